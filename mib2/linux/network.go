package linux

import (
	"context"
	"errors"
	"fmt"
	"io"

	"sockstat/mib2"
)

// Network is that of the network namespace of the thread that reads it, by netlink
// (NETLINK_ROUTE, rtnetlink(7)) and proc(5). The zero Network is that of this machine.
type Network struct {
	Proc  string     // mount point of proc(5), "/proc" if empty
	In    *Namespace // another namespace than the thread's; nil for that
	Calls Calls      // the system calls
}

var _ mib2.Network = Network{}

// tables returns what its readers share.
func (n Network) tables(ctx context.Context) *tables {
	t := &tables{ctx: ctx, proc: n.Proc, calls: n.Calls.orReal()}
	if t.proc == "" {
		t.proc = "/proc"
	}
	if n.In != nil {
		t.calls = n.In.calls(t.calls)
	}
	return t
}

// Interfaces asks for all links, struct ifinfomsg.
func (n Network) Interfaces(ctx context.Context) ([]mib2.Interface, error) {
	return dumpRoute(n.tables(ctx), "interfaces", rtmGetLink, ifinfomsgLen, appendLink)
}

// Addresses asks for all addresses, struct ifaddrmsg.
func (n Network) Addresses(ctx context.Context) ([]mib2.Address, error) {
	return dumpRoute(n.tables(ctx), "addresses", rtmGetAddr, ifaddrmsgLen, appendAddress)
}

// Routes asks for the routes of all tables, struct rtmsg.
func (n Network) Routes(ctx context.Context) ([]mib2.Route, error) {
	return dumpRoute(n.tables(ctx), "routes", rtmGetRoute, rtmsgLen, appendRoute)
}

// mostDumps is how often a table is read that changes meanwhile.
const mostDumps = 5

// dumpRoute asks for all of something, with a message of zeros, and decodes each answer.
func dumpRoute[R any](t *tables, what string, kind uint16, size int, decode func(dst []R, b []byte) ([]R, error)) ([]R, error) {
	var rows []R
	err := mib2.ErrChanged
	for try := 0; try < mostDumps && errors.Is(err, mib2.ErrChanged); try++ {
		rows, err = dumpRouteOnce(t, kind, size, decode)
	}
	switch {
	case err == nil:
		return rows, nil
	case errors.Is(err, mib2.ErrChanged):
		return rows, err
	}
	return nil, fmt.Errorf("netlink route dump of %s: %w", what, err)
}

func dumpRouteOnce[R any](t *tables, kind uint16, size int, decode func(dst []R, b []byte) ([]R, error)) (rows []R, err error) {
	s, err := openSocket(t.calls, "netlink route socket", t.calls.RouteSocket)
	if err != nil {
		return nil, err
	}
	defer s.close()
	const seq = 1
	if err := s.send(routeRequest(kind, size, seq)); err != nil {
		return nil, err
	}
	d := routeDecoder{seq: seq, answer: kind - 2} // RTM_NEW* before RTM_GET*
	buf := make([]byte, diagBuffer)
	for {
		if t.ctx.Err() != nil {
			return nil, context.Cause(t.ctx)
		}
		n, err := s.recv(buf)
		if err != nil {
			return nil, err
		}
		rows, err = appendRouteReply(&d, rows, buf[:n], decode)
		switch {
		case err != io.EOF && err != nil:
			return nil, err
		case err == io.EOF && d.interrupted:
			return rows, mib2.ErrChanged
		case err == io.EOF:
			return rows, nil
		}
	}
}
