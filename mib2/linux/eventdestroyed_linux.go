package linux

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"sockstat/mib2"
)

// destroyedBuffer is the room for messages that wait, as much as the administrator allows
// (net.core.rmem_max).
const destroyedBuffer = 32 << 20

// destroyedEvents reads what the kernel tells of sockets that it gives up.
type destroyedEvents struct {
	ctx     context.Context
	decoder *destroyedDecoder
	file    *os.File // the netlink socket, which does not block
	raw     syscall.RawConn
	why     string
	buf     []byte
	stop    func() bool
	lost    atomic.Uint64
	ended   bool // the last events were read
	all     bool // the events of other zones are wanted too
}

// watchDestroyed binds a socket to the groups; why says why it is not the best way.
func watchDestroyed(ctx context.Context, filter mib2.EventFilter, why string) (*destroyedEvents, error) {
	release, err := realCalls.orReal().release()
	if err != nil {
		return nil, err
	}
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return nil, os.NewSyscallError("netlink sock_diag socket", err)
	}
	_ = unix.SetsockoptInt(fd, unix.SOL_NETLINK, unix.NETLINK_NO_ENOBUFS, 1) // go on after a loss at once
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, destroyedBuffer) != nil {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, destroyedBuffer) // as much as may be
	}
	const groups = 1<<0 | 1<<2 // SKNLGRP_INET_TCP_DESTROY, INET6: 1 and 3 of linux/sock_diag.h
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: groups}); err != nil {
		unix.Close(fd)
		return nil, os.NewSyscallError("bind to the groups of sock_diag", err)
	}
	r := &destroyedEvents{ctx: ctx, decoder: newDestroyedDecoder(hasAccECN16(release)), why: why, all: filter.AllZones,
		file: os.NewFile(uintptr(fd), "netlink"), buf: make([]byte, diagBuffer)}
	if r.raw, err = r.file.SyscallConn(); err != nil {
		r.file.Close()
		return nil, err
	}
	r.stop = context.AfterFunc(ctx, func() { _ = r.file.SetReadDeadline(time.Unix(0, 1)) })
	return r, nil
}

// Read waits for a message and takes those that are there, as many as fit into a batch. After
// the end of the context it does so once more.
func (r *destroyedEvents) Read(dst []mib2.Event) ([]mib2.Event, error) {
	for have := len(dst); len(dst) == have; {
		if r.ctx.Err() != nil {
			return r.readLast(dst)
		}
		var failed error
		err := r.raw.Read(func(fd uintptr) bool {
			var waits bool
			dst, waits, failed = r.receive(dst, int(fd))
			return !waits || len(dst) > have
		})
		r.countLost()
		switch {
		case failed != nil:
			return dst, fmt.Errorf("netlink sock_diag groups: %w", failed)
		case err != nil && r.ctx.Err() == nil:
			return dst, err
		}
	}
	return dst, nil
}

// readLast takes what is there at the end of the context, the first time.
func (r *destroyedEvents) readLast(dst []mib2.Event) ([]mib2.Event, error) {
	if r.ended {
		return dst, context.Cause(r.ctx)
	}
	r.ended = true
	have := len(dst)
	var failed error
	if err := r.raw.Control(func(fd uintptr) { dst, _, failed = r.receive(dst, int(fd)) }); err != nil {
		return dst, err
	}
	r.countLost()
	if failed == nil && len(dst) == have {
		return dst, context.Cause(r.ctx)
	}
	return dst, failed
}

// receive takes messages until there are none, and it would have to wait, or a batch is full.
func (r *destroyedEvents) receive(dst []mib2.Event, fd int) (_ []mib2.Event, waits bool, err error) {
	now := time.Now()
	for end := len(dst) + eventBatch; len(dst) < end; {
		n, cut, sender, err := receive(fd, r.buf)
		switch {
		case err == unix.EINTR, err == unix.ENOBUFS: // lost messages are counted elsewhere
			continue
		case err == unix.EAGAIN:
			return dst, true, nil
		case err != nil:
			return dst, false, err
		case sender != 0:
			continue
		case cut:
			return dst, false, errTruncated
		}
		if dst, err = r.decoder.append(dst, r.buf[:n], now); err != nil {
			return dst, false, err
		}
	}
	return dst, false, nil
}

// countLost asks how many messages there was no room for: SK_MEMINFO_DROPS of SO_MEMINFO
// (Linux 4.12).
func (r *destroyedEvents) countLost() {
	_ = r.raw.Control(func(fd uintptr) {
		var info [36]byte
		size := uint32(len(info))
		_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, fd, unix.SOL_SOCKET, unix.SO_MEMINFO,
			uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
		const dropsAt = 4 * 8
		if errno == 0 && size >= dropsAt+4 {
			r.lost.Store(uint64(binary.NativeEndian.Uint32(info[dropsAt:])))
		}
	})
}

// Lost returns how many messages were lost.
func (r *destroyedEvents) Lost() uint64 { return r.lost.Load() }

// Source says that the events come from netlink, and why.
func (r *destroyedEvents) Source() string { return "netlink (" + r.why + ")" }

// Limits says what is not told.
func (r *destroyedEvents) Limits() string {
	limits := "without BPF only the end of connections is told, without processes"
	if r.all {
		limits += ", and only of the caller's own zone"
	}
	return limits + " (" + r.why + ")"
}

// Close ends the messages.
func (r *destroyedEvents) Close() error {
	r.stop()
	return r.file.Close()
}
