package illumos

import (
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// readFile reads a file of /proc into buf, which grows until it is larger than the file,
// and returns what was read with the buffer for the next one.
func readFile(path string, buf []byte) (content, next []byte, err error) {
	fd, err := retry(func() (int, error) { return unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0) })
	if err != nil {
		return nil, buf, err
	}
	defer unix.Close(fd)
	for n := 0; ; {
		if n == len(buf) {
			buf = append(buf, make([]byte, max(len(buf), 1024))...)
		}
		m, err := retry(func() (int, error) { return unix.Read(fd, buf[n:]) })
		switch {
		case err != nil:
			return nil, buf, err
		case m <= 0, n+m >= maxFile:
			return buf[:n+max(m, 0)], buf, nil
		}
		n += m
	}
}

// maxFile is how much is read of a file of /proc.
const maxFile = 1 << 20

// retry makes a system call again while a signal interrupts it, but not for ever.
func retry(call func() (int, error)) (n int, err error) {
	const attempts = 1000
	for range attempts {
		if n, err = call(); err != unix.EINTR {
			break
		}
	}
	return n, err
}

// numbers lists the entries of a directory whose names are numbers, in ascending order:
// the processes in /proc, the descriptors in fd. Types of entries are not asked for: that
// would cost an lstat(2) for each.
func numbers(dir string) ([]int32, error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	names, err := d.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	var list []int32
	for _, name := range names {
		if n, err := strconv.ParseUint(name, 10, 31); err == nil {
			list = append(list, int32(n))
		}
	}
	slices.Sort(list)
	return list, nil
}

// pids lists the processes to look at in ascending order: the wanted ones, all if wanted
// is nil.
func (p Proc) pids(wanted []int32) ([]int32, error) {
	if wanted == nil {
		list, err := numbers(p.Root)
		if err == nil && len(list) == 0 {
			err = fmt.Errorf("list %s: no proc(5) is mounted: %w", p.Root, fs.ErrNotExist)
		}
		return list, err
	}
	list := slices.DeleteFunc(slices.Clone(wanted), func(pid int32) bool { return pid < 0 })
	slices.Sort(list)
	return slices.Compact(list), nil
}

// path returns the path of a file of a process.
func (p Proc) path(pid int32, name string) string {
	return p.Root + "/" + strconv.Itoa(int(pid)) + "/" + name
}
