package bpf

import (
	"fmt"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// Ring is a ring buffer in which a program puts records (Linux 5.8), and out of which they are
// read by looking: a wake-up for each record would take the program twenty times as long.
// Documentation/bpf/ringbuf.rst.
type Ring struct {
	FD       int    // of the map
	consumer []byte // page with our position, which the kernel reads
	producer []byte // page with its position, then the records twice, so that none is in two parts
	records  Records
}

// NewRing makes a ring of so many bytes, a power of 2 and whole pages.
func (c Syscall) NewRing(size int) (*Ring, error) {
	fd, err := c.NewMap(Map{Type: unix.BPF_MAP_TYPE_RINGBUF, Entries: uint32(size)})
	if err != nil {
		return nil, err
	}
	r := &Ring{FD: fd}
	page := unix.Getpagesize()
	r.consumer, err = unix.Mmap(fd, 0, page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err == nil {
		r.producer, err = unix.Mmap(fd, int64(page), page+2*size, unix.PROT_READ, unix.MAP_SHARED)
	}
	if err != nil {
		r.Close()
		return nil, fmt.Errorf("map memory of BPF ring: %w", err)
	}
	r.records = Records{Data: r.producer[page:], Size: uint64(size)}
	return r, nil
}

// Read calls f with each record that there is, at most so many, and returns how many there
// were. The bytes are valid until f returns. An error of f ends the reading.
func (r *Ring) Read(most int, f func(record []byte) error) (n int, err error) {
	at, end := load64(r.consumer, 0), load64(r.producer, 0)
	defer func() { atomic.StoreUint64(word64(r.consumer, 0), at) }()
	for n < most && at != end {
		record, next, err := r.records.At(at, end)
		if err != nil || next == at {
			return n, err
		}
		if record != nil {
			n++
			if err := f(record); err != nil {
				return n, err
			}
		}
		at = next
	}
	return n, nil
}

// Close gives the ring back.
func (r *Ring) Close() error {
	for _, memory := range [][]byte{r.consumer, r.producer} {
		if memory != nil {
			unix.Munmap(memory)
		}
	}
	if r.FD >= 0 {
		unix.Close(r.FD)
	}
	*r = Ring{FD: -1}
	return nil
}

func load64(b []byte, at int) uint64 { return atomic.LoadUint64(word64(b, at)) }
