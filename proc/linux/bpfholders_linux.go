package linux

import (
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"sockstat/proc"
)

// askBPF lets a BPF program look at the descriptors of all processes, which takes
// CAP_BPF and CAP_PERFMON and Linux 5.11. The kernel passes over threads with the same
// descriptors as the first; if that has ended, what the others share comes once from
// each of them.
//
// It sees more than /proc shows: processes of others under hidepid, and the descriptors
// that a thread has for itself after unshare(2). But a hardened kernel can keep back
// from both what its first process does. So the processes of which it saw nothing are
// walked as well: threads of the kernel, those that have closed their first descriptors,
// and those that count as hidden.
func (f *finder) askBPF(ctx context.Context, pids []int32) (*proc.SocketHolders, error) {
	if err := f.inFirstPIDNamespace(); err != nil {
		return nil, err
	}
	types, err := f.calls.kernelTaskFileTypes()
	if err != nil {
		return nil, err
	}
	iterator, err := f.calls.openIterator(socketFiles(types), types.function)
	if err != nil {
		return nil, err
	}
	defer unix.Close(iterator)
	records := newHeldRecords(pids, f.openFiles())
	if err := f.readHeldRecords(ctx, iterator, records); err != nil {
		return nil, fmt.Errorf("read BPF iterator: %w", err)
	}
	others, hidden, err := f.walk(ctx, pids, records.seen)
	if err != nil {
		return nil, err
	}
	return proc.NewSocketHolders(append(records.found, others...), hidden), nil
}

// readHeldRecords reads what the program wrote, at most as much as the kernel has room for
// at once: PAGE_SIZE<<3.
func (f *finder) readHeldRecords(ctx context.Context, iterator int, records *heldRecords) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := f.calls.read(iterator, f.buf)
		switch {
		case err == unix.EAGAIN: // no record of a million files
		case err != nil:
			return err
		case n == 0:
			return nil
		default:
			if err := records.add(f.buf[:n]); err != nil {
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

// kernelTaskFileTypes reads the BTF of the running kernel, CONFIG_DEBUG_INFO_BTF.
func (c *Calls) kernelTaskFileTypes() (taskFileTypes, error) {
	const name = "/sys/kernel/btf/vmlinux"
	var path cpath
	fd, err := c.open(unix.AT_FDCWD, path.name(name), unix.O_RDONLY)
	if err != nil {
		return taskFileTypes{}, &os.PathError{Op: "open", Path: name, Err: err}
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := c.stat(unix.AT_FDCWD, name, &st); err != nil {
		return taskFileTypes{}, &os.PathError{Op: "stat", Path: name, Err: err}
	}
	types, err := unix.Mmap(fd, 0, int(st.Size), unix.PROT_READ, unix.MAP_PRIVATE)
	if err == nil { // since Linux 6.16
		defer unix.Munmap(types)
	} else if types, _, err = c.readFile(unix.AT_FDCWD, path, make([]byte, st.Size+1), image); err != nil {
		return taskFileTypes{}, &os.PathError{Op: "read", Path: name, Err: err}
	}
	return findTaskFileTypes(types)
}
