package linux

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// cpath is a path that ends with a NUL, as system calls want it.
type cpath []byte

// set makes the path "<n><suffix>"; what it held before is gone.
func (p *cpath) set(n int32, suffix string) cpath {
	*p = append(strconv.AppendInt((*p)[:0], int64(n), 10), suffix...)
	*p = append(*p, 0)
	return *p
}

// name makes the path name.
func (p *cpath) name(name string) cpath {
	*p = append(append((*p)[:0], name...), 0)
	return *p
}

// open opens a file below dir. A signal may interrupt this and the other calls, which are
// then made again.
func (c *Calls) open(dir int, path cpath, flags int) (int, error) {
	for {
		if fd, err := c.Openat(dir, path, flags|unix.O_CLOEXEC); err != unix.EINTR {
			return fd, err
		}
	}
}

// openDir opens a directory below dir for reading.
func (c *Calls) openDir(dir int, path cpath) (int, error) {
	return c.open(dir, path, unix.O_RDONLY|unix.O_DIRECTORY)
}

// readlink writes the target of a link into buf and returns its length. A target that fills
// buf may have been cut off.
func (c *Calls) readlink(dir int, path cpath, buf []byte) (int, error) {
	for {
		if n, err := c.Readlinkat(dir, path, buf); err != unix.EINTR {
			return n, err
		}
	}
}

// statx asks for what mask says of the file at path.
func (c *Calls) statx(dir int, path cpath, mask int, to *unix.Statx_t) error {
	for {
		if err := c.Statx(dir, path, mask, to); err != unix.EINTR {
			return err
		}
	}
}

// stat asks for all about the file at path, to which links are followed.
func (c *Calls) stat(dir int, path string, to *unix.Stat_t) error {
	for {
		if err := c.Fstatat(dir, path, to, 0); err != unix.EINTR {
			return err
		}
	}
}

// getxattr reads an extended attribute of the file at path, to which links are followed.
func (c *Calls) getxattr(path, name string, buf []byte) (int, error) {
	for {
		if n, err := c.Getxattr(path, name, buf); err != unix.EINTR {
			return n, err
		}
	}
}

// statfs asks for the file system that path is on.
func (c *Calls) statfs(path string, to *unix.Statfs_t) error {
	for {
		if err := c.Statfs(path, to); err != unix.EINTR {
			return err
		}
	}
}

// read reads what is there, 0 bytes at the end.
func (c *Calls) read(fd int, buf []byte) (int, error) {
	for {
		if n, err := c.Read(fd, buf); err != unix.EINTR {
			return max(n, 0), err
		}
	}
}

// How many bytes are read of a kind of files at most.
const (
	lines     = 1 << 20
	arguments = 128 << 10 // more would let copies of one process fill the memory
	image     = 1 << 30   // of the kernel's types

	registeredFiles = 64 << 20 // of io_uring, at most 2^20
)

// errTooLong says that a file has more bytes than are read.
var errTooLong = errors.New("file too long")

// readFile reads the file at path into buf, which grows as needed, and returns what was
// read with the buffer for the next file. What is read of a file that is longer than most
// comes with errTooLong.
//
// The kernel gives files of proc in one piece if there is room for them, but nothing says
// so: that no more follows is known when a read gives nothing. It is a hundredth of the cost.
func (c *Calls) readFile(dir int, path cpath, buf []byte, most int) (content, next []byte, err error) {
	fd, err := c.open(dir, path, unix.O_RDONLY)
	if err != nil {
		return nil, buf, err
	}
	defer unix.Close(fd)
	for n := 0; ; {
		if n > most {
			return buf[:most], buf, errTooLong
		}
		if n == len(buf) {
			buf = append(buf, make([]byte, max(len(buf), 4096))...)
		}
		m, err := c.read(fd, buf[n:])
		if err != nil {
			return nil, buf, err
		}
		n += m
		if m == 0 {
			return buf[:n], buf, nil
		}
	}
}

// getdents reads entries of an open directory into buf, 0 bytes at the end.
func (c *Calls) getdents(dir int, buf []byte) (int, error) {
	for {
		if n, err := c.Getdents(dir, buf); err != unix.EINTR {
			return max(n, 0), err
		}
	}
}

// appendNumbers appends the entries of an open directory whose names are numbers: the
// processes in /proc, the threads in task, the descriptors in fd.
func (c *Calls) appendNumbers(dst []int32, dir int, buf []byte) ([]int32, error) {
	for {
		n, err := c.getdents(dir, buf)
		if err != nil || n == 0 {
			return dst, err
		}
		dst = appendDirents(dst, buf[:n])
	}
}

// list opens proc and lists the PIDs to look at in ascending order: the wanted ones, all if
// wanted is nil. Path and buf are scratch.
func (p Proc) list(c *Calls, wanted []int32, path *cpath, buf []byte) (dir *os.File, pids []int32, err error) {
	fd, err := c.openDir(unix.AT_FDCWD, path.name(p.Root))
	if err != nil {
		return nil, nil, &os.PathError{Op: "open", Path: p.Root, Err: err}
	}
	dir = os.NewFile(uintptr(fd), p.Root)
	if wanted != nil {
		pids = slices.Clone(wanted)
	} else if pids, err = c.appendNumbers(nil, fd, buf); err != nil {
		dir.Close()
		return nil, nil, fmt.Errorf("list %s: %w", p.Root, err)
	}
	if wanted == nil && len(pids) == 0 {
		err = errNotMounted
	} else if wanted != nil {
		err = p.isMounted(c, fd, buf)
	}
	if err != nil {
		dir.Close()
		return nil, nil, fmt.Errorf("list %s: %w", p.Root, err)
	}
	slices.Sort(pids)
	return dir, slices.Compact(pids), nil
}

// errNotMounted is the error where there should be processes, at least the caller itself. It
// counts as fs.ErrNotExist.
var errNotMounted error = notMountedError{}

type notMountedError struct{}

func (notMountedError) Error() string { return "there are no processes: proc(5) is not mounted" }

func (notMountedError) Is(target error) bool { return target == fs.ErrNotExist }

// isMounted returns an error if a directory, which is open as dir, has nothing of proc(5). In
// the proc of another PID namespace self leads nowhere, but there are processes.
func (p Proc) isMounted(c *Calls, dir int, buf []byte) error {
	var about unix.Stat_t
	err := c.stat(dir, "self", &about)
	if err == nil || unlessUnseen(err) != nil {
		return err
	}
	pids, err := c.appendNumbers(nil, dir, buf)
	if err == nil && len(pids) == 0 {
		return errNotMounted
	}
	return err
}

// isGone reports whether an error says that there is no such process (any more).
func isGone(err error) bool {
	return err == unix.ENOENT || err == unix.ESRCH
}

// isDenied reports whether an error says that the caller may not see something.
func isDenied(err error) bool {
	return err == unix.EACCES || err == unix.EPERM
}

// isResource reports whether an error is about the reader, not about what is read.
func isResource(err error) bool {
	return err == unix.EMFILE || err == unix.ENFILE || err == unix.ENOMEM
}

// unlessGone drops an error which says that there is no such process any more.
func unlessGone(err error) error {
	if isGone(err) {
		return nil
	}
	return err
}

// unlessUnseen drops an error which says that something is not there or not to be seen.
func unlessUnseen(err error) error {
	if isDenied(err) {
		return nil
	}
	return unlessGone(err)
}

// isProcess reports whether a PID that was asked for is a process: threads have a
// directory in /proc too, which is not listed.
func (c *Calls) isProcess(dir int, pid int32, path *cpath, buf []byte) (ok bool, next []byte, err error) {
	content, buf, err := c.readFile(dir, path.set(pid, "/status"), buf, lines)
	if err != nil {
		return false, buf, err
	}
	s, err := parseStatus(content)
	return err == nil && s.tgid == pid, buf, nil
}

// otherThreads returns the threads of a process other than the first, from the directory of
// its threads, which is below dir.
func (c *Calls) otherThreads(dir int, task cpath, pid int32) ([]int32, error) {
	tasks, err := c.openDir(dir, task)
	if err != nil {
		return nil, err
	}
	defer unix.Close(tasks)
	threads, err := c.appendNumbers(nil, tasks, make([]byte, 4096))
	return slices.DeleteFunc(threads, func(thread int32) bool { return thread == pid }), err
}
