package linux

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"

	"golang.org/x/sys/unix"

	"sockstat/internal/bpf"
	"sockstat/proc"
)

// askBPF lets a BPF program look at the descriptors of all processes, which takes
// CAP_BPF and CAP_PERFMON and Linux 5.11. The kernel passes over threads with the same
// descriptors as the first; if that has ended, what the others share comes once from
// each of them.
//
// It sees more than /proc shows: processes of others under hidepid. But a hardened kernel can keep back
// from both what its first process does. So the processes of which it saw nothing are
// walked as well: threads of the kernel, those that have closed their first descriptors,
// and those that count as hidden.
func (f *finder) askBPF(ctx context.Context, pids []int32) (*proc.SocketHolders, error) {
	records, err := f.heldRecords(ctx, pids)
	if err != nil {
		return nil, err
	}
	f.seen = records.seen
	others, hidden, err := f.walk(ctx, pids, union(records.seen, f.besides))
	if err != nil {
		return nil, err
	}
	found := append(records.found, others...)
	if len(records.rings) > 0 {
		registered, more, err := f.ofRings(records.rings)
		if err != nil {
			return nil, err
		}
		found, hidden = append(found, registered...), append(hidden, more...)
	}
	h := newHolders(found, hidden)
	if records.zones != nil {
		h.Zones, h.AllZones = append(records.zones.list, f.files...), true
	}
	return h, nil
}

// heldRecords runs the program and returns what it wrote.
func (f *finder) heldRecords(ctx context.Context, pids []int32) (*heldRecords, error) {
	if err := f.inFirstPIDNamespace(); err != nil {
		return nil, err
	}
	b, err := f.kernelTypes()
	if err != nil {
		return nil, err
	}
	types, err := findTaskFileTypes(b, f.closer, f.zoned)
	if err != nil {
		return nil, err
	}
	iterator, err := f.calls.openIterator(socketFiles(types, f.inodes()), types.function)
	if err != nil {
		return nil, err
	}
	defer unix.Close(iterator)
	records := newHeldRecords(pids, f.openFiles())
	records.closer = f.closer
	if f.zoned {
		records.zones = new(heldZones)
	}
	add := func(b []byte) error {
		if err := records.add(b); err != nil || f.enough == 0 || len(records.found) < f.enough {
			return err
		}
		return errEnough
	}
	if err := f.readIterator(ctx, iterator, false, add); err != nil && err != errEnough {
		return nil, fmt.Errorf("read BPF iterator: %w", err)
	}
	return records, nil
}

// inodes returns those of the sockets that are wanted, nil if all are or too many to compare each with.
func (f *finder) inodes() []uint64 {
	const most = 32
	if !f.closer || len(f.sockets) > most {
		return nil
	}
	inodes := make([]uint64, len(f.sockets))
	for i, e := range f.sockets {
		inodes[i] = e.Inode
	}
	return inodes
}

// union returns the members of two sets.
func union(a, b map[int32]struct{}) map[int32]struct{} {
	if len(b) == 0 {
		return a
	}
	both := maps.Clone(a)
	maps.Copy(both, b)
	return both
}

// ofRings looks at the sockets that are registered with io_urings.
func (f *finder) ofRings(rings []ringFD) (found []proc.Held, hidden []int32, err error) {
	root, err := f.calls.openDir(unix.AT_FDCWD, f.path.name(f.Root))
	if err != nil {
		return nil, nil, &os.PathError{Op: "open", Path: f.Root, Err: err}
	}
	defer unix.Close(root)
	w := &fdWalker{calls: f.calls, root: root, buf: f.buf}
	for _, ring := range rings {
		path := fmt.Sprintf("%d/task/%d/fdinfo/%d", ring.pid, ring.thread, ring.fd)
		if err := w.registered(ring.pid, root, path); err != nil {
			return nil, nil, fmt.Errorf("read %s/%s: %w", f.Root, path, err)
		}
	}
	return w.found, w.hidden, nil
}

// readIterator hands on what a program wrote, at most as much as the kernel has room for at
// once: PAGE_SIZE<<3. The kernel says EAGAIN if there was no record of a million files, and
// for the object with which a program ends early.
func (f *finder) readIterator(ctx context.Context, iterator int, early bool, add func([]byte) error) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := f.calls.read(iterator, f.buf)
		switch {
		case err == unix.EAGAIN && early:
			return nil
		case err == unix.EAGAIN:
		case err != nil:
			return err
		case n == 0:
			return nil
		default:
			if err := add(f.buf[:n]); err != nil {
				return err
			}
		}
	}
}

var errPIDNamespace = errors.New("not in the first PID namespace")

// inFirstPIDNamespace is nil if the kernel's own PIDs, those that the program sees, are
// those of the caller and of its proc.
func (f *finder) inFirstPIDNamespace() error {
	const name, first = "self/ns/pid", 0xEFFFFFFC // PROC_PID_INIT_INO, include/linux/proc_ns.h
	switch err := f.stat(name); {
	case err != nil:
		return fmt.Errorf("stat %s/%s: %w", f.Root, name, err)
	case f.about.Ino != first:
		return errPIDNamespace
	}
	return nil
}

// kernelTypes reads the BTF of the running kernel, CONFIG_DEBUG_INFO_BTF, once. It is valid
// until the finder is closed.
func (f *finder) kernelTypes() (*bpf.Types, error) {
	if f.types != nil {
		return f.types, nil
	}
	const name = "/sys/kernel/btf/vmlinux"
	c := f.calls
	fd, err := c.open(unix.AT_FDCWD, f.path.name(name), unix.O_RDONLY)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	defer unix.Close(fd)
	if err := c.stat(unix.AT_FDCWD, name, &f.about); err != nil {
		return nil, &os.PathError{Op: "stat", Path: name, Err: err}
	}
	size := int(f.about.Size)
	raw, err := unix.Mmap(fd, 0, size, unix.PROT_READ, unix.MAP_PRIVATE)
	if err == nil { // since Linux 6.16
		f.mapped = raw
	} else if raw, _, err = c.readFile(unix.AT_FDCWD, f.path.name(name), make([]byte, size+1), image); err != nil {
		return nil, &os.PathError{Op: "read", Path: name, Err: err}
	}
	b, err := bpf.ParseTypes(raw)
	if err == nil {
		f.types = b
	}
	return b, err
}

// close gives back what the finder has read of the kernel's types.
func (f *finder) close() {
	if f.mapped != nil {
		unix.Munmap(f.mapped)
	}
	f.types, f.mapped = nil, nil
}
