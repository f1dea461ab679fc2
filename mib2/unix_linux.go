package mib2

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"syscall"
)

func init() { openUnix = openUnixLinux }

// openUnixLinux reads Unix sockets from netlink; without unix_diag, or where netlink is
// refused, from /proc/net/unix.
func openUnixLinux(ctx context.Context) ([]UnixSocket, error) {
	sockets, err := dumpUnix(ctx)
	if diagAbsent(err) {
		return readProcUnix()
	}
	if err != nil {
		return nil, fmt.Errorf("netlink sock_diag dump of unix: %w", err)
	}
	linkPeers(sockets)
	return sockets, nil
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
	for i, line := range bytes.Split(bytes.TrimSuffix(all, []byte("\n")), []byte("\n")) {
		if i == 0 {
			continue // the heading
		}
		s, ok, err := parseProcUnix(line)
		if err != nil {
			return nil, fmt.Errorf("read /proc/net/unix: line %d: %w", i+1, err)
		}
		if ok {
			sockets = append(sockets, s)
		}
	}
	return sockets, nil
}
