package linux

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"sockstat/internal/bpf"
)

// Calls are the system calls by which everything is read. A nil field is the call to the
// kernel itself. A test that puts in functions of its own can make any call fail, be
// interrupted, give less than there is or take long. Several goroutines may call them at
// once. Errors are a plain [unix.Errno], as package unix returns them. Paths in bytes end
// with a NUL, and nothing that is passed may be kept.
type Calls struct {
	Openat     func(dir int, path []byte, flags int) (fd int, err error)
	Read       func(fd int, buf []byte) (int, error)
	Getdents   func(dir int, buf []byte) (int, error)
	Readlinkat func(dir int, path, buf []byte) (int, error)
	Statx      func(dir int, path []byte, mask int, to *unix.Statx_t) error
	Fstatat    func(dir int, path string, to *unix.Stat_t, flags int) error
	Statfs     func(path string, to *unix.Statfs_t) error
	// BPF is bpf(2), which returns a descriptor: the attributes are a part of union
	// bpf_attr of the given size.
	BPF func(command int, attributes unsafe.Pointer, size uintptr) (fd int, err error)
	// Kcmp is kcmp(2), which returns 0 if two threads have the same of something.
	Kcmp     func(thread, other int32, what int) (int, error)
	Getxattr func(path string, name string, buf []byte) (int, error)
	// Capabilities returns the effective capabilities of the caller, capabilities(7), a bit
	// for each.
	Capabilities func() (uint64, error)
	// SinceBoot is CLOCK_BOOTTIME of clock_gettime(2), by which the kernel says when a
	// process began.
	SinceBoot func() (time.Duration, error)

	// Pidfd returns a descriptor of the caller's for what one of a process stands for,
	// pidfd_getfd(2).
	Pidfd func(pid, fd int32) (int, error)
	// SocketNamespace returns a descriptor of the network namespace of a socket.
	SocketNamespace func(socket int) (fd int, err error)
	// NamespaceID returns the number of the namespace that a descriptor is of. It is given to
	// no other.
	NamespaceID func(fd int) (uint64, error)
	// Setns moves the calling thread to the network namespace of a descriptor, setns(2).
	Setns func(fd int) error
}

// Kernel returns the calls to the kernel itself, for others to be put around them.
func Kernel() Calls { return kernel }

var kernel = Calls{
	Openat: openat, Read: unix.Read, Getdents: unix.Getdents, Readlinkat: readlinkat,
	Statx: statx, Fstatat: unix.Fstatat, Statfs: unix.Statfs, BPF: bpf.Kernel,
	Kcmp: kcmp, Getxattr: unix.Getxattr, Capabilities: capabilities, SinceBoot: sinceBoot,
	Pidfd: pidfdGetfd, SocketNamespace: socketNamespace, NamespaceID: namespaceID,
	Setns: func(fd int) error { return unix.Setns(fd, unix.CLONE_NEWNET) },
}

// orKernel returns the calls with those to the kernel in place of nil.
func (c Calls) orKernel() *Calls {
	if c.areNil() { // as always but in tests: nothing to allocate
		return &kernel
	}
	full := kernel
	put(&full.Openat, c.Openat, c.Openat != nil)
	put(&full.Read, c.Read, c.Read != nil)
	put(&full.Getdents, c.Getdents, c.Getdents != nil)
	put(&full.Readlinkat, c.Readlinkat, c.Readlinkat != nil)
	put(&full.Statx, c.Statx, c.Statx != nil)
	put(&full.Fstatat, c.Fstatat, c.Fstatat != nil)
	put(&full.Statfs, c.Statfs, c.Statfs != nil)
	put(&full.BPF, c.BPF, c.BPF != nil)
	put(&full.Kcmp, c.Kcmp, c.Kcmp != nil)
	put(&full.Getxattr, c.Getxattr, c.Getxattr != nil)
	put(&full.Capabilities, c.Capabilities, c.Capabilities != nil)
	put(&full.SinceBoot, c.SinceBoot, c.SinceBoot != nil)
	put(&full.Pidfd, c.Pidfd, c.Pidfd != nil)
	put(&full.SocketNamespace, c.SocketNamespace, c.SocketNamespace != nil)
	put(&full.NamespaceID, c.NamespaceID, c.NamespaceID != nil)
	put(&full.Setns, c.Setns, c.Setns != nil)
	return &full
}

func put[call any](to *call, of call, isSet bool) {
	if isSet {
		*to = of
	}
}

func (c Calls) areNil() bool {
	return c.Openat == nil && c.Read == nil && c.Getdents == nil && c.Readlinkat == nil &&
		c.Statx == nil && c.Fstatat == nil && c.Statfs == nil && c.BPF == nil && c.Kcmp == nil && c.Getxattr == nil && c.Capabilities == nil && c.SinceBoot == nil &&
		c.Pidfd == nil && c.SocketNamespace == nil && c.NamespaceID == nil && c.Setns == nil
}

// Most calls are made for every process or descriptor: relative to a directory's descriptor,
// with paths and results in buffers that are used again. On a machine with 60,000 open files
// one string for each costs more than what it says.

func openat(dir int, path []byte, flags int) (int, error) {
	fd, _, errno := unix.Syscall6(unix.SYS_OPENAT, uintptr(dir),
		uintptr(unsafe.Pointer(&path[0])), uintptr(flags), 0, 0, 0)
	if errno != 0 {
		return -1, errno
	}
	return int(fd), nil
}

func readlinkat(dir int, path, buf []byte) (int, error) {
	n, _, errno := unix.Syscall6(unix.SYS_READLINKAT, uintptr(dir),
		uintptr(unsafe.Pointer(&path[0])),
		uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)), 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

func statx(dir int, path []byte, mask int, to *unix.Statx_t) error {
	_, _, errno := unix.Syscall6(unix.SYS_STATX, uintptr(dir), uintptr(unsafe.Pointer(&path[0])),
		0, uintptr(mask), uintptr(unsafe.Pointer(to)), 0)
	if errno != 0 {
		return errno
	}
	return nil
}

func kcmp(thread, other int32, what int) (int, error) {
	result, _, errno := unix.Syscall6(unix.SYS_KCMP, uintptr(thread), uintptr(other), uintptr(what), 0, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(result), nil
}

func capabilities() (uint64, error) {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData // 32 bits in each
	if err := unix.Capget(&header, &data[0]); err != nil {
		return 0, err
	}
	return uint64(data[1].Effective)<<32 | uint64(data[0].Effective), nil
}

func sinceBoot() (time.Duration, error) {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		return 0, err
	}
	return time.Duration(ts.Nano()), nil
}

func pidfdGetfd(pid, fd int32) (int, error) {
	process, err := unix.PidfdOpen(int(pid), 0)
	if err != nil {
		return -1, err
	}
	defer unix.Close(process)
	return unix.PidfdGetfd(process, int(fd), 0)
}

func socketNamespace(socket int) (int, error) {
	const getNamespace = 0x894C // SIOCGSKNS of include/uapi/linux/sockios.h
	fd, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(socket), getNamespace, 0)
	if errno != 0 {
		return -1, errno
	}
	return int(fd), nil
}

func namespaceID(fd int) (id uint64, err error) {
	const getID = 0x8008b70d // NS_GET_ID of include/uapi/linux/nsfs.h
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), getID, uintptr(unsafe.Pointer(&id)))
	if errno != 0 {
		return 0, errno
	}
	return id, nil
}
