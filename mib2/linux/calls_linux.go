package linux

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// netlinkSockDiag is NETLINK_SOCK_DIAG of include/uapi/linux/netlink.h.
const netlinkSockDiag = 4

// realCalls are those of the kernel.
var realCalls = Calls{
	Socket: func() (int, error) {
		return syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, netlinkSockDiag)
	},
	RouteSocket: func() (int, error) {
		return syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, syscall.NETLINK_ROUTE)
	},
	Send: func(fd int, b []byte) error {
		return syscall.Sendto(fd, b, 0, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK})
	},
	Receive: receive,
	Open: func(path string) (int, error) {
		return syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	},
	Read:    syscall.Read,
	ReadAt:  syscall.Pread,
	Close:   syscall.Close,
	ReadDir: os.ReadDir,
	Release: uname,
	Setns:   func(fd int) error { return unix.Setns(fd, unix.CLONE_NEWNET) },

	FirstThread: func() bool { return syscall.Gettid() == os.Getpid() },
}

func receive(fd int, b []byte) (n int, cut bool, sender uint32, err error) {
	n, _, flags, from, err := syscall.Recvmsg(fd, b, nil, 0)
	if err != nil {
		return 0, false, 0, err
	}
	sender = ^uint32(0)
	if address, ok := from.(*syscall.SockaddrNetlink); ok {
		sender = address.Pid
	}
	return n, flags&syscall.MSG_TRUNC != 0, sender, nil
}

func uname() (string, error) {
	var u syscall.Utsname
	if err := syscall.Uname(&u); err != nil {
		return "", err
	}
	var release []byte
	for _, c := range u.Release {
		if c == 0 {
			break
		}
		release = append(release, byte(c))
	}
	return string(release), nil
}
