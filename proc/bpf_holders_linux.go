package proc

import (
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
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
func (l linux) askBPF(ctx context.Context, pids []int32) (*SocketHolders, error) {
	if err := l.inFirstPIDNamespace(); err != nil {
		return nil, err
	}
	types, err := kernelTaskFileTypes()
	if err != nil {
		return nil, err
	}
	iterator, err := openIterator(socketFiles(types), types.function)
	if err != nil {
		return nil, err
	}
	defer unix.Close(iterator)
	records := newHeldRecords(pids, l.openFiles())
	if err := readHeldRecords(ctx, iterator, records); err != nil {
		return nil, fmt.Errorf("read BPF iterator: %w", err)
	}
	others, hidden, err := l.walk(ctx, pids, records.seen)
	if err != nil {
		return nil, err
	}
	return newSocketHolders(append(records.found, others...), hidden), nil
}

// readHeldRecords reads what the program wrote.
func readHeldRecords(ctx context.Context, iterator int, records *heldRecords) error {
	buf := make([]byte, 32<<10) // the kernel's own, PAGE_SIZE<<3, is that large
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := unix.Read(iterator, buf)
		switch {
		case err == unix.EINTR, err == unix.EAGAIN: // no record of a million files
		case err != nil:
			return err
		case n == 0:
			return nil
		default:
			if err := records.add(buf[:n]); err != nil {
				return err
			}
		}
	}
}

var errPIDNamespace = errors.New("not in the first PID namespace")

// inFirstPIDNamespace is nil if the kernel's own PIDs, those that the program sees, are
// those of the caller and of its proc.
func (l linux) inFirstPIDNamespace() error {
	const first = 0xEFFFFFFC // PROC_PID_INIT_INO, include/linux/proc_ns.h
	path := l.proc + "/self/ns/pid"
	var st unix.Stat_t
	switch err := unix.Stat(path, &st); {
	case err != nil:
		return fmt.Errorf("stat %s: %w", path, err)
	case st.Ino != first:
		return errPIDNamespace
	}
	return nil
}

// kernelTaskFileTypes reads the BTF of the running kernel, CONFIG_DEBUG_INFO_BTF.
func kernelTaskFileTypes() (taskFileTypes, error) {
	const path = "/sys/kernel/btf/vmlinux"
	file, err := os.Open(path)
	if err != nil {
		return taskFileTypes{}, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return taskFileTypes{}, err
	}
	image, err := unix.Mmap(int(file.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_PRIVATE)
	if err == nil { // since Linux 6.16
		defer unix.Munmap(image)
	} else if image, err = os.ReadFile(path); err != nil {
		return taskFileTypes{}, err
	}
	return findTaskFileTypes(image)
}
