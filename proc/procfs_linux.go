package proc

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// This file has the few system calls that are made for every process or descriptor.
// They are made relative to a directory's descriptor, with paths and results in
// buffers that are used again: on a machine with 60,000 open files one string for each
// costs more than what it says.

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

// openDir opens a directory below dir for reading.
func openDir(dir int, path cpath) (int, error) {
	return openat(dir, path, unix.O_RDONLY|unix.O_DIRECTORY)
}

func openat(dir int, path cpath, flags int) (int, error) {
	for {
		fd, _, errno := unix.Syscall6(unix.SYS_OPENAT, uintptr(dir),
			uintptr(unsafe.Pointer(&path[0])), uintptr(flags|unix.O_CLOEXEC), 0, 0, 0)
		switch errno {
		case 0:
			return int(fd), nil
		case unix.EINTR:
		default:
			return -1, errno
		}
	}
}

// readlinkat writes the target of a link into buf and returns its length. A target
// that fills buf may have been cut off.
func readlinkat(dir int, path cpath, buf []byte) (int, error) {
	n, _, errno := unix.Syscall6(unix.SYS_READLINKAT, uintptr(dir),
		uintptr(unsafe.Pointer(&path[0])),
		uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)), 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// statx asks for what mask says of the file at path.
func statx(dir int, path cpath, mask int, to *unix.Statx_t) error {
	_, _, errno := unix.Syscall6(unix.SYS_STATX, uintptr(dir), uintptr(unsafe.Pointer(&path[0])),
		0, uintptr(mask), uintptr(unsafe.Pointer(to)), 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// readFile reads the file at path, at most limit bytes, into buf, which grows as
// needed, and returns what was read with the buffer for the next file.
func readFile(dir int, path cpath, buf []byte, limit int) (content, next []byte, err error) {
	fd, err := openat(dir, path, unix.O_RDONLY)
	if err != nil {
		return nil, buf, err
	}
	defer unix.Close(fd)
	n := 0
	for {
		if n == len(buf) {
			if n >= limit {
				return buf[:limit], buf, nil
			}
			buf = append(buf, make([]byte, max(len(buf), 4096))...)
		}
		m, err := unix.Read(fd, buf[n:])
		switch {
		case err == unix.EINTR:
		case err != nil:
			return nil, buf, err
		case m < len(buf)-n: // these files come in one piece if there is room for them
			return buf[:min(n+m, limit)], buf, nil
		default:
			n += m
		}
	}
}

// appendNumbers appends the entries of an open directory whose names are numbers: the
// processes in /proc, the threads in task, the descriptors in fd.
func appendNumbers(dst []int32, dir int, buf []byte) ([]int32, error) {
	for {
		n, err := unix.Getdents(dir, buf)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return dst, err
		case n <= 0:
			return dst, nil
		}
		dst = appendDirents(dst, buf[:n])
	}
}

// appendDirents appends the numbers among the names in a getdents64(2) buffer, struct
// linux_dirent64: inode and offset (8 bytes each), length of the entry (2), type (1),
// name up to a NUL.
func appendDirents(dst []int32, b []byte) []int32 {
	const lengthAt, nameAt = 16, 19
	for len(b) > nameAt {
		length := int(binary.NativeEndian.Uint16(b[lengthAt:]))
		if length <= nameAt || length > len(b) {
			break
		}
		if n, ok := number(b[nameAt:length]); ok {
			dst = append(dst, n)
		}
		b = b[length:]
	}
	return dst
}

// number reads a decimal number that ends with a NUL.
func number(b []byte) (int32, bool) {
	var n int64
	for i, c := range b {
		switch {
		case c == 0:
			return int32(n), i > 0
		case c < '0' || c > '9':
			return 0, false
		}
		if n = n*10 + int64(c-'0'); n > math.MaxInt32 {
			return 0, false
		}
	}
	return 0, false
}

// linkInode returns N of a link target such as "socket:[N]" with the prefix "socket:[".
func linkInode(target []byte, prefix string) (uint64, bool) {
	end := len(target) - 1
	if end <= len(prefix) || string(target[:len(prefix)]) != prefix || target[end] != ']' {
		return 0, false
	}
	var n uint64
	for _, c := range target[len(prefix):end] {
		if c < '0' || c > '9' || n > (math.MaxUint64-9)/10 {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return n, true
}

// openProc opens proc and lists the PIDs to look at in ascending order: the wanted
// ones, all if wanted is nil.
func (l linux) openProc(wanted []int32) (dir *os.File, pids []int32, err error) {
	dir, err = os.OpenFile(l.proc, unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, nil, err
	}
	if wanted != nil {
		pids = slices.Clone(wanted)
	} else if pids, err = appendNumbers(nil, int(dir.Fd()), make([]byte, 32<<10)); err != nil {
		dir.Close()
		return nil, nil, fmt.Errorf("list %s: %w", l.proc, err)
	}
	slices.Sort(pids)
	return dir, slices.Compact(pids), nil
}

// isGone reports whether an error says that there is no such process (any more).
func isGone(err error) bool {
	return err == unix.ENOENT || err == unix.ESRCH
}

// isDenied reports whether an error says that the caller may not see something.
func isDenied(err error) bool {
	return err == unix.EACCES || err == unix.EPERM
}

// unlessGone drops an error which says that there is no such process any more.
func unlessGone(err error) error {
	if isGone(err) {
		return nil
	}
	return err
}

// isProcess reports whether a PID that was asked for is a process: threads have a
// directory in /proc too, which is not listed.
func isProcess(dir int, pid int32, path *cpath, buf []byte) (ok bool, next []byte, err error) {
	content, buf, err := readFile(dir, path.set(pid, "/status"), buf, maxFile)
	if err != nil {
		return false, buf, err
	}
	s, err := parseStatus(content)
	return err == nil && s.tgid == pid, buf, nil
}

// maxFile is how much is read of a file of /proc; only arguments can be longer.
const maxFile = 128 << 10
