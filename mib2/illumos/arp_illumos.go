package illumos

import (
	"context"
	"fmt"
	"os"
	"slices"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"sockstat/mib2"
)

// messageTime is how long the next message may take. The kernel answers within putmsg, so
// normally all messages wait at once.
const messageTime = 3 * time.Second

// kernelTime is how long anything may take.
var kernelTime = limit{step: 5 * time.Second, all: time.Minute}

// arp is an open /dev/arp, which is the driver of IP itself.
type arp struct {
	ctx     context.Context
	step    func() // called after each system call that may take long
	fd      int
	buf     []byte
	ctl     [maxControl]byte
	message tpiMessage
}

const arpPath = "/dev/arp"

// openARP opens the device and asks for the tables of a level. The modules pass messages
// on unchanged since 2007; what they were for is done by IP.
func openARP(ctx context.Context, step func(), level uint32) (*arp, error) {
	fd, err := openRetry(arpPath, unix.O_RDWR)
	if err != nil {
		return nil, err
	}
	step()
	a := &arp{ctx: ctx, step: step, fd: fd, buf: make([]byte, 64<<10)}
	for _, module := range []string{"tcp", "udp"} {
		if err := push(fd, module); err != nil {
			a.close()
			return nil, fmt.Errorf("push %s on %s: %w", module, arpPath, err)
		}
	}
	if err := putmsg(fd, request(level)); err != nil {
		a.close()
		return nil, os.NewSyscallError("putmsg "+arpPath, err)
	}
	step()
	return a, nil
}

func (a *arp) close() { unix.Close(a.fd) }

// openRetry opens a device, not for the runtime's poller, which would make it non-blocking.
func openRetry(path string, flags int) (int, error) {
	for {
		fd, err := unix.Open(path, flags|unix.O_CLOEXEC, 0)
		switch err {
		case nil:
			return fd, nil
		case syscall.EINTR:
		default:
			return -1, &os.PathError{Op: "open", Path: path, Err: err}
		}
	}
}

// push pushes a STREAMS module.
func push(fd int, module string) error {
	name, err := syscall.BytePtrFromString(module)
	if err == nil {
		_, err = ioctl(fd, unix.I_PUSH, unsafe.Pointer(name))
	}
	return err
}

// next takes the next message. Control and data come by one call; more calls fetch what
// the buffer has no room for.
func (a *arp) next() (*tpiMessage, error) {
	if err := a.wait(); err != nil {
		return nil, err
	}
	control := &strbuf{maxlen: maxControl, buf: &a.ctl[0]}
	data := &strbuf{maxlen: int32(len(a.buf)), buf: &a.buf[0]}
	more, err := getmsg(a.fd, control, data)
	if err != nil {
		return nil, os.NewSyscallError("getmsg "+arpPath, err)
	}
	a.step()
	m := &a.message
	*m = tpiMessage{cut: more&moreControl != 0}
	if control.len >= 0 {
		m.control = a.ctl[:control.len]
	}
	if data.len >= 0 {
		m.data = a.buf[:data.len]
	}
	if more&moreData != 0 {
		err = a.rest(m)
	}
	return m, err
}

// rest fetches the rest of the data of a message, as far as they were announced.
func (a *arp) rest(m *tpiMessage) error {
	limit, err := m.limit()
	if err != nil {
		return nil // who looks at the message will say so
	}
	for int64(len(m.data)) < limit {
		if err := context.Cause(a.ctx); err != nil {
			return err
		}
		if len(m.data) >= maxKept {
			return replyError("no_end", "more than %d bytes without an end", maxKept)
		}
		m.data = slices.Grow(m.data, max(len(m.data), 64<<10))
		free := m.data[len(m.data):cap(m.data)]
		data := &strbuf{maxlen: int32(len(free)), buf: &free[0]}
		more, err := getmsg(a.fd, nil, data)
		if err != nil {
			return os.NewSyscallError("getmsg "+arpPath, err)
		}
		a.step()
		m.data = m.data[:len(m.data)+int(max(data.len, 0))]
		if more&moreData == 0 {
			break
		}
	}
	a.buf = m.data[:cap(m.data)]
	return nil
}

// wait waits for a message. An error message is of high priority, which is all that
// distinguishes it here.
func (a *arp) wait() error {
	deadline := time.Now().Add(messageTime)
	for {
		if err := context.Cause(a.ctx); err != nil {
			return err
		}
		left := time.Until(deadline)
		if left <= 0 {
			return replyError("no_end", "no message for %s", messageTime)
		}
		fds := []unix.PollFd{{Fd: int32(a.fd), Events: unix.POLLIN | unix.POLLRDNORM | unix.POLLPRI}}
		switch n, err := unix.Poll(fds, int(left.Milliseconds())+1); {
		case n > 0:
			return nil
		case err != nil && err != syscall.EINTR && err != syscall.EAGAIN:
			return os.NewSyscallError("poll "+arpPath, err)
		}
	}
}

// readARP reads the sockets of some protocols by one request.
func readARP(ctx context.Context, protocols []mib2.Protocol, filter *mib2.Filter) ([]mib2.Socket, error) {
	level := uint32(levelAll)
	if len(protocols) == 1 {
		level = mibProtocols[protocols[0]].counters.level
	}
	return wait(ctx, kernelTime, func(ctx context.Context, step func()) ([]mib2.Socket, error) {
		a, err := openARP(ctx, step, level)
		if err != nil {
			return nil, err
		}
		defer a.close()
		return appendReply(nil, a, protocols, filter)
	})
}
