package linux

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"sockstat/internal/bpf"
	"sockstat/mib2"
)

const (
	// eventRing is how many bytes of records the kernel keeps for us: of 130,000 events.
	eventRing = 1 << 24
	// eventPause is how long the ring is left to itself. To be woken up for each record would
	// make connections slower by 29 microseconds each.
	eventPause = 20 * time.Millisecond
	// eventBatch is how many events are read at once.
	eventBatch = 4096
)

// bpfEvents reads what the program watchSockets writes.
type bpfEvents struct {
	ctx         context.Context
	call        bpf.Syscall
	decoder     eventDecoder
	ring        *bpf.Ring
	full        *bpf.Counter // records for which there was no room
	descriptors []int        // program, link, map of connections
	timer       *time.Timer
	ended       bool // the last events were read
	closed      bool
	lost        atomic.Uint64
}

// watchByBPF loads and attaches the program.
func watchByBPF(ctx context.Context, filter mib2.EventFilter) (_ *bpfEvents, err error) {
	if err := inFirstPIDNamespace(); err != nil {
		return nil, err
	}
	types, err := kernelEventTypes()
	if err != nil {
		return nil, err
	}
	r := &bpfEvents{ctx: ctx, call: bpf.Kernel}
	defer func() {
		if err != nil {
			r.Close()
		}
	}()
	p := eventProgram{types: types, filter: filter}
	if p.zone, err = ownNetwork(); err != nil {
		return nil, err
	}
	r.decoder.ownZone = p.zone
	if p.connections, err = r.call.NewSocketStorage(connectionSize / 4); err != nil {
		return nil, err
	}
	r.descriptors = append(r.descriptors, p.connections)
	if r.ring, err = r.call.NewRing(eventRing); err != nil {
		return nil, err
	}
	if r.full, err = r.call.NewCounter(); err != nil {
		return nil, err
	}
	p.ring, p.lost = r.ring.FD, r.full.FD
	prog, link, err := r.call.OpenTracepoint(p.watchSockets(), types.tracepoint)
	if err != nil {
		return nil, err
	}
	r.descriptors = append(r.descriptors, link, prog)
	return r, nil
}

// kernelEventTypes reads the BTF of the running kernel, CONFIG_DEBUG_INFO_BTF.
func kernelEventTypes() (eventTypes, error) {
	image, err := os.ReadFile("/sys/kernel/btf/vmlinux")
	if err != nil {
		return eventTypes{}, err
	}
	b, err := bpf.ParseTypes(image)
	if err != nil {
		return eventTypes{}, err
	}
	return findEventTypes(b)
}

// inFirstPIDNamespace is nil if the kernel's own PIDs, those that the program sees, are those
// of the caller.
func inFirstPIDNamespace() error {
	const name, first = "/proc/self/ns/pid", 0xEFFFFFFC // PROC_PID_INIT_INO, include/linux/proc_ns.h
	var about unix.Stat_t
	if err := unix.Stat(name, &about); err != nil {
		return fmt.Errorf("stat %s: %w", name, err)
	}
	if about.Ino != first {
		return errors.New("not in the first PID namespace")
	}
	return nil
}

// Read looks for records again and again until there are some. After the end of the context
// it does so once more.
func (r *bpfEvents) Read(dst []mib2.Event) ([]mib2.Event, error) {
	for have := len(dst); ; {
		switch {
		case r.closed:
			return dst, os.ErrClosed
		case r.ended:
			return dst, context.Cause(r.ctx)
		}
		r.ended = r.ctx.Err() != nil
		if err := r.setClock(); err != nil {
			return dst, err
		}
		_, err := r.ring.Read(eventBatch, func(record []byte) (err error) {
			dst, err = r.decoder.append(dst, record)
			return err
		})
		r.lost.Store(r.full.Value() + r.call.Missed(r.descriptors[len(r.descriptors)-1]))
		if err != nil || len(dst) > have {
			return dst, err
		}
		r.pause()
	}
}

// pause waits a while, or for the end of the context.
func (r *bpfEvents) pause() {
	if r.timer == nil {
		r.timer = time.NewTimer(eventPause)
	} else {
		r.timer.Reset(eventPause)
	}
	select {
	case <-r.timer.C:
	case <-r.ctx.Done():
		r.timer.Stop()
	}
}

// setClock notes what the time of day was when the clock of the records began. The time of
// day may be set meanwhile.
func (r *bpfEvents) setClock() error {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		return fmt.Errorf("read the clock: %w", err)
	}
	r.decoder.boot = time.Now().Round(0).Add(-time.Duration(ts.Nano()))
	return nil
}

// Lost returns how many events were lost.
func (r *bpfEvents) Lost() uint64 { return r.lost.Load() }

// Source says that the events come from BPF.
func (r *bpfEvents) Source() string { return "bpf" }

// Limits says that there are none.
func (r *bpfEvents) Limits() string { return "" }

// Close detaches the program.
func (r *bpfEvents) Close() error {
	r.closed = true
	for _, fd := range r.descriptors {
		unix.Close(fd)
	}
	r.descriptors = nil
	if r.ring != nil {
		r.ring.Close()
		r.ring = nil
	}
	if r.full != nil {
		r.full.Close()
		r.full = nil
	}
	return nil
}
