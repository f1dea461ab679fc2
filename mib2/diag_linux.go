package mib2

import (
	"bytes"
	"errors"
	"os"
	"syscall"
)

// netlinkSockDiag is NETLINK_SOCK_DIAG of include/uapi/linux/netlink.h.
const netlinkSockDiag = 4

var errTruncated = errors.New("reply longer than the buffer")

// openDiag returns a reader of a netlink socket of its own; the first Read starts it.
func openDiag(proto Protocol, filter Filter) (*diagReader, error) {
	fd, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, netlinkSockDiag)
	if err != nil {
		return nil, os.NewSyscallError("netlink sock_diag socket", err)
	}
	r := newDiagReader(proto, filter)
	r.decoder.accECN16 = hasAccECN16()
	s := diagSocket(fd)
	r.send, r.recv, r.close = s.send, s.recv, s.close
	return r, nil
}

// diagSocket is a blocking netlink socket: the kernel does the work of a dump within
// recvmsg, so there is nothing to wait for.
type diagSocket int

func (s diagSocket) send(b []byte) error {
	to := &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}
	for {
		if err := syscall.Sendto(int(s), b, 0, to); err != syscall.EINTR {
			return err
		}
	}
}

// recv receives one reply of the kernel; what others send is ignored.
func (s diagSocket) recv(b []byte) (int, error) {
	for {
		n, _, flags, from, err := syscall.Recvmsg(int(s), b, nil, 0)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return 0, err
		}
		if sender, ok := from.(*syscall.SockaddrNetlink); !ok || sender.Pid != 0 {
			continue
		}
		if flags&syscall.MSG_TRUNC != 0 {
			return 0, errTruncated
		}
		if n == 0 {
			return 0, short("reply", 0, nlmsgHeaderLen)
		}
		return n, nil
	}
}

func (s diagSocket) close() error { return syscall.Close(int(s)) }

// hasAccECN16 reports whether the kernel is one of the two whose struct tcp_info ends
// in 16-bit numbers; see TCPInfo.decode.
func hasAccECN16() bool {
	var u syscall.Utsname
	if syscall.Uname(&u) != nil {
		return false
	}
	var release []byte
	for _, c := range u.Release {
		release = append(release, byte(c))
	}
	return bytes.HasPrefix(release, []byte("6.18.")) || bytes.HasPrefix(release, []byte("6.19."))
}
