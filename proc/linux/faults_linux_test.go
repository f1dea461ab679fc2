package linux

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// fault is what goes wrong with some of the system calls of a run.
type fault struct {
	name  string
	err   error // of the call, which is not made
	short int   // bytes that are read at most, if not 0
	stop  bool  // the caller gives up while the call is made
}

var faults = []fault{
	{name: "interrupted", err: unix.EINTR},
	{name: "input/output error", err: unix.EIO},
	{name: "too many files", err: unix.EMFILE},
	{name: "no memory", err: unix.ENOMEM},
	{name: "no buffer", err: unix.ENOBUFS},
	{name: "invalid", err: unix.EINVAL},
	{name: "no such call", err: unix.ENOSYS},
	{name: "denied", err: unix.EACCES},
	{name: "no such file", err: unix.ENOENT},
	{name: "no such process", err: unix.ESRCH},
	{name: "one byte", short: 1},
	{name: "some bytes", short: 100},
	{name: "given up", stop: true},
}

// isHarmless reports whether everything is read as it is without the fault.
func (f fault) isHarmless() bool { return f.err == unix.EINTR || f.short > 0 }

// isAbsence reports whether the fault says that something is not there, or not to be seen.
func (f fault) isAbsence() bool { return isGone(f.err) || isDenied(f.err) }

// faulty makes the calls of a run, of which the nth goes wrong, or, if every is set, every
// so manieth.
type faulty struct {
	fault
	Calls
	nth, every int64
	made       atomic.Int64
	cancel     context.CancelFunc
}

// hit counts a call and reports whether this is one that goes wrong.
func (f *faulty) hit() bool {
	n := f.made.Add(1)
	hit := n == f.nth || f.every > 0 && n%f.every == 0
	if hit && f.stop {
		f.cancel()
	}
	return hit
}

// fails reports whether a call fails without being made.
func (f *faulty) fails() bool { return f.hit() && f.err != nil }

// room returns the part of a buffer that is to be filled.
func (f *faulty) room(buf []byte, least int) []byte {
	if f.short > 0 {
		return buf[:min(len(buf), max(f.short, least))]
	}
	return buf
}

// calls returns the faulty calls.
func (f *faulty) calls() Calls {
	return Calls{
		Openat: func(dir int, path []byte, flags int) (int, error) {
			if f.fails() {
				return -1, f.err
			}
			return f.Calls.Openat(dir, path, flags)
		},
		Read: func(fd int, buf []byte) (int, error) {
			if f.hit() {
				if f.err != nil {
					return -1, f.err
				}
				buf = f.room(buf, 1)
			}
			return f.Calls.Read(fd, buf)
		},
		Getdents: func(dir int, buf []byte) (int, error) {
			if f.hit() {
				if f.err != nil {
					return -1, f.err
				}
				buf = f.room(buf, 64) // one entry has to fit in
			}
			return f.Calls.Getdents(dir, buf)
		},
		Readlinkat: func(dir int, path, buf []byte) (int, error) {
			if f.fails() {
				return 0, f.err
			}
			return f.Calls.Readlinkat(dir, path, buf)
		},
		Statx: func(dir int, path []byte, mask int, to *unix.Statx_t) error {
			if f.fails() {
				return f.err
			}
			return f.Calls.Statx(dir, path, mask, to)
		},
		Fstatat: func(dir int, path string, to *unix.Stat_t, flags int) error {
			if f.fails() {
				return f.err
			}
			return f.Calls.Fstatat(dir, path, to, flags)
		},
		Statfs: func(path string, to *unix.Statfs_t) error {
			if f.fails() {
				return f.err
			}
			return f.Calls.Statfs(path, to)
		},
		BPF: func(command int, attributes unsafe.Pointer, size uintptr) (int, error) {
			if f.fails() {
				return -1, f.err
			}
			return f.Calls.BPF(command, attributes, size)
		},
		Kcmp: func(thread, other int32, what int) (int, error) {
			if f.fails() {
				return 0, f.err
			}
			return f.Calls.Kcmp(thread, other, what)
		},
		Getxattr: func(path, name string, buf []byte) (int, error) {
			if f.fails() {
				return 0, f.err
			}
			return f.Calls.Getxattr(path, name, buf)
		},
		Capabilities: func() (uint64, error) {
			if f.fails() {
				return 0, f.err
			}
			return f.Calls.Capabilities()
		},
	}
}

// walkFaults makes runs with every fault at every call. A run reads with the given calls
// and says what is wrong with its answer, "" if nothing is. After the first calls, each of
// which fails in some run, the others are much alike: some are passed over.
func walkFaults(t *testing.T, calls Calls, first int64, run func(ctx context.Context, calls Calls, f fault) string) {
	for _, of := range faults {
		t.Run(of.name, func(t *testing.T) {
			files := openFilesOfTest(t)
			last := int64(0)
			for n := int64(1); n <= last+1; n += 1 + n/first*12 {
				ctx, cancel := context.WithCancel(t.Context())
				f := &faulty{fault: of, Calls: calls, nth: n, cancel: cancel}
				if wrong := run(ctx, f.calls(), of); wrong != "" {
					t.Errorf("call %d: %s", n, wrong)
				}
				cancel()
				last = max(last, f.made.Load())
			}
			if last < 5 {
				t.Errorf("there were %d calls", last)
			}
			if of.isHarmless() { // every second call: what is done again succeeds
				f := &faulty{fault: of, Calls: calls, every: 2}
				if wrong := run(t.Context(), f.calls(), of); wrong != "" {
					t.Errorf("every second call: %s", wrong)
				}
			}
			if now := openFilesOfTest(t); now > files {
				t.Errorf("%d files are open, before there were %d", now, files)
			}
		})
	}
}

func openFilesOfTest(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// failure says what is wrong with the error that a run ended with.
func failure(err error, of fault) string {
	want := of.err
	if of.stop {
		want = context.Canceled
	}
	if of.isHarmless() || !errors.Is(err, want) {
		return fmt.Sprintf("error %v", err)
	}
	return ""
}
