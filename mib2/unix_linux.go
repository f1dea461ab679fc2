package mib2

import (
	"context"
	"errors"
	"fmt"
	"io"
	"syscall"
)

func init() { openUnix = openUnixLinux }

// openUnixLinux reads Unix sockets from netlink; without unix_diag, or where netlink is
// refused, from /proc/net/unix.
func openUnixLinux(ctx context.Context) (sockets []UnixSocket, source string, err error) {
	way, err := forcedWay()
	if err != nil {
		return nil, "", err
	}
	why := tablesVariable + "=proc"
	if way != wayProc {
		sockets, err = dumpUnix(ctx)
		if err == nil {
			linkPeers(sockets)
			return sockets, "netlink", nil
		}
		if way == wayNetlink || !diagAbsent(err) {
			return nil, "", fmt.Errorf("netlink sock_diag dump of unix: %w", err)
		}
		why = whyProc(Unix, err)
	}
	sockets, err = readProcUnix()
	return sockets, "/proc/net/unix (" + why + ")", err
}

func dumpUnix(ctx context.Context) (sockets []UnixSocket, err error) {
	fd, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, netlinkSockDiag)
	if err != nil {
		return nil, err
	}
	s := diagSocket(fd)
	defer s.close()
	const seq = 1
	if err := s.send(unixDiagRequest(seq)); err != nil {
		return nil, err
	}
	buf := make([]byte, diagBuffer)
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n, err := s.recv(buf)
		if err != nil {
			return nil, err
		}
		sockets, err = appendUnixDiag(sockets, buf[:n], seq)
		if errors.Is(err, io.EOF) {
			return sockets, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

func readProcUnix() (sockets []UnixSocket, err error) {
	f, err := openProcNet("unix")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	all, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	if sockets, err = appendProcUnix(nil, all); err != nil {
		return nil, fmt.Errorf("read /proc/net/unix: %w", err)
	}
	return sockets, nil
}
