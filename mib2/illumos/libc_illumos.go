package illumos

import (
	"syscall"
	"unsafe"
)

// The functions of libc that package syscall does not offer, or that package unix offers
// without their result: its Getmsg drops MOREDATA and panics where a part is absent. A
// libc function is called by sysvicall6 at the address in a variable that is linked to a
// symbol of its own, which has to begin with "libc_".
//
//go:cgo_import_dynamic libc_sockstat_getmsg getmsg "libc.so"
//go:cgo_import_dynamic libc_sockstat_putmsg putmsg "libc.so"
//go:cgo_import_dynamic libc_sockstat_ioctl ioctl "libc.so"

//go:linkname libc_sockstat_getmsg libc_sockstat_getmsg
//go:linkname libc_sockstat_putmsg libc_sockstat_putmsg
//go:linkname libc_sockstat_ioctl libc_sockstat_ioctl

var libc_sockstat_getmsg, libc_sockstat_putmsg, libc_sockstat_ioctl uintptr

//go:linkname sysvicall6 syscall.sysvicall6
func sysvicall6(function, nargs, a1, a2, a3, a4, a5, a6 uintptr) (r1, r2 uintptr, err syscall.Errno)

// strbuf is struct strbuf of sys/stropts.h.
type strbuf struct {
	maxlen, len int32
	buf         *byte
}

// What getmsg returns, sys/stropts.h: there is more of the part.
const (
	moreControl = 1
	moreData    = 2
)

// getmsg takes the next message, as far as it has room. The length of an absent part
// becomes -1; a part without a buffer stays where it is.
func getmsg(fd int, control, data *strbuf) (more int32, err error) {
	for {
		var flags int32
		r, _, errno := sysvicall6(uintptr(unsafe.Pointer(&libc_sockstat_getmsg)), 4,
			uintptr(fd), uintptr(unsafe.Pointer(control)), uintptr(unsafe.Pointer(data)),
			uintptr(unsafe.Pointer(&flags)), 0, 0)
		switch more := int32(r); {
		case more != -1:
			return more, nil
		case errno != syscall.EINTR:
			return 0, errno
		}
	}
}

// putmsg sends a message with a control part alone.
func putmsg(fd int, control []byte) error {
	b := &strbuf{len: int32(len(control)), buf: &control[0]}
	for {
		r, _, errno := sysvicall6(uintptr(unsafe.Pointer(&libc_sockstat_putmsg)), 4,
			uintptr(fd), uintptr(unsafe.Pointer(b)), 0, 0, 0, 0)
		switch {
		case int32(r) != -1:
			return nil
		case errno != syscall.EINTR:
			return errno
		}
	}
}

// ioctl makes a request with a pointer.
func ioctl(fd int, request uintptr, arg unsafe.Pointer) (int32, error) {
	for {
		r, _, errno := sysvicall6(uintptr(unsafe.Pointer(&libc_sockstat_ioctl)), 3,
			uintptr(fd), request, uintptr(arg), 0, 0, 0)
		switch n := int32(r); {
		case n != -1:
			return n, nil
		case errno != syscall.EINTR:
			return -1, errno
		}
	}
}
