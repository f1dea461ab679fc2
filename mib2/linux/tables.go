// Package linux reads the socket tables of Linux.
//
// Sockets come from netlink (NETLINK_SOCK_DIAG, sock_diag(7)). Where the kernel has no
// tcp_diag, udp_diag or unix_diag module, or a sandbox refuses netlink, they come from
// /proc/net, which knows less. [Tables] says which way to go and where proc(5) is mounted; a
// reader says which way it took.
//
// Decoders take bytes and compile on every system. System calls go through [Calls].
package linux

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"syscall"

	"sockstat/mib2"
)

// Tables are those of a network namespace. The zero Tables are those of the caller's on this
// machine, read in the best way there is.
type Tables struct {
	Proc  string // mount point of proc(5), "/proc" if empty
	Way   string // one of Ways: insists on it. "" takes the best
	Calls Calls  // the system calls
	// In is the network namespace that is read, nil for that of the thread that opens them.
	In *Namespace
}

var _ mib2.Tables = Tables{}

// The values of Tables.Way.
const (
	WayNetlink = "netlink"
	WayProc    = "proc"
)

// WayVariable names the environment variable from which the user expects Tables.Way. The
// package does not read it, but its messages name it.
const WayVariable = "SOCKSTAT_TABLES"

// CheckWay returns an error if a way is neither empty nor one of those there are.
func CheckWay(way string) error {
	if ways := []string{WayNetlink, WayProc}; way != "" && !slices.Contains(ways, way) {
		return fmt.Errorf("%s: %q is neither %s", WayVariable, way, strings.Join(ways, " nor "))
	}
	return nil
}

// Open starts reading the first of the protocols.
func (t Tables) Open(ctx context.Context, protocols []mib2.Protocol, filter mib2.Filter) (mib2.Reader, []mib2.Protocol, error) {
	if err := CheckWay(t.Way); err != nil {
		return nil, nil, err
	}
	if len(protocols) == 0 {
		return mib2.Rows(nil).Open(ctx, nil, filter)
	}
	proto, rest := protocols[0], protocols[1:]
	if !slices.Contains(mib2.Protocols, proto) {
		return nil, nil, mib2.ErrNoProtocol
	}
	opening, whyFiles, err := t.prepare(ctx)
	if err != nil {
		return nil, nil, err
	}
	if whyFiles != "" {
		return opening.openFiles(proto, filter, whyFiles), rest, nil
	}
	if t.In != nil && opening.isEmpty(proto) {
		none, _, err := mib2.Rows(nil).Open(ctx, nil, filter)
		return none, rest, err
	}
	r, err := opening.open(t.Way, proto, filter)
	if err != nil {
		return nil, nil, err
	}
	return r, rest, nil
}

// prepare goes where the tables are, and says why they have to be read from files if they do.
func (t Tables) prepare(ctx context.Context) (opening *tables, whyFiles string, err error) {
	opening = &tables{ctx: ctx, proc: t.Proc, calls: t.Calls.orReal()}
	if opening.proc == "" {
		opening.proc = "/proc"
	}
	if t.In != nil {
		opening.in = t.In
		whyFiles, err = t.In.tablesIn(opening)
	}
	return opening, whyFiles, err
}

// nothingBound reports whether it is known that no TCP socket is only bound.
func (t *tables) nothingBound() bool { return t.in != nil && t.in.NothingBound }

// tables is what the readers of a table share.
type tables struct {
	ctx   context.Context // that of the reading
	proc  string
	calls *Calls

	// Where the files of proc(5) are those of a process in another namespace:
	files  string       // its directory net
	verify func() error // whether it is in that namespace still

	in *Namespace // that is entered, nil for that of the calling thread
}

func (t *tables) open(way string, proto mib2.Protocol, filter mib2.Filter) (mib2.Reader, error) {
	switch way {
	case WayNetlink:
		return t.openOnly(proto, filter)
	case WayProc:
		return t.openFiles(proto, filter, WayVariable+"="+WayProc), nil
	}
	return t.openBest(proto, filter)
}

// openNetlink opens the dumps of a protocol.
func (t *tables) openNetlink(proto mib2.Protocol, filter mib2.Filter) (mib2.Reader, error) {
	switch proto {
	case mib2.TCP:
		return t.openTCP(filter)
	case mib2.Unix:
		return t.openUnixDiag(filter)
	case mib2.ICMP:
		return nil, errNoDiag
	}
	return t.openDiag(proto, diagFilter{Filter: filter})
}

// openFiles opens the files of a protocol in /proc/net; why says why not netlink. What has
// none has no rows.
func (t *tables) openFiles(proto mib2.Protocol, filter mib2.Filter, why string) mib2.Reader {
	switch proto {
	case mib2.Unix:
		return t.openProcUnix(filter, why)
	case mib2.Packet:
		return t.openProcTable(proto, filter, why, appendProcPacket)
	case mib2.Netlink:
		return t.openProcTable(proto, filter, why, appendProcNetlink)
	}
	if proto.ProcNet(mib2.Inet) == "" {
		return t.nothing(why)
	}
	return t.openProc(proto, filter, why)
}

// nothing returns a reader without sockets; why says why there are none.
func (t *tables) nothing(why string) mib2.Reader {
	return mib2.ReadAtOnce(t.ctx, fmt.Sprintf("nowhere (%s)", why), func(context.Context) ([]mib2.Socket, error) { return nil, nil })
}

// openBest opens the dumps of a protocol, or if there are none its files.
func (t *tables) openBest(proto mib2.Protocol, filter mib2.Filter) (mib2.Reader, error) {
	if proto == mib2.MPTCP && t.unused(mptcpNames) {
		return t.nothing("no socket of it is in use"), nil
	}
	if proto.ProcNet(proto.Families()[0]) == "" {
		return t.openOnly(proto, filter)
	}
	second := func(why error) mib2.Reader { return t.openFiles(proto, filter, whyProc(proto, why)) }
	first, err := t.openNetlink(proto, filter)
	switch {
	case err == nil:
		return &fallbackReader{Reader: first, second: second, absent: diagAbsent}, nil
	case diagAbsent(err):
		return second(err), nil
	}
	return nil, err
}

// openOnly opens the dumps of a protocol. A kernel without the module for one of the less
// common protocols shows none of its sockets, which is no reason to fail.
func (t *tables) openOnly(proto mib2.Protocol, filter mib2.Filter) (mib2.Reader, error) {
	second := func(why error) mib2.Reader { return t.nothing(whyProc(proto, why)) }
	first, err := t.openNetlink(proto, filter)
	switch {
	case proto.Common():
		return first, err
	case err == nil:
		return &fallbackReader{Reader: first, second: second, absent: moduleAbsent}, nil
	case moduleAbsent(err):
		return second(err), nil
	}
	return nil, err
}

// errNoDiag says that no kernel has sock_diag for a protocol.
var errNoDiag error = syscall.ENOENT

// moduleAbsent reports whether an error says that the kernel has no sock_diag for a protocol,
// not that somebody refuses it.
func moduleAbsent(err error) bool { return diagAbsent(err) && !errors.Is(err, fs.ErrPermission) }

// diagErrors say that the kernel has no sock_diag for a protocol, or that a security
// policy refuses it.
var diagErrors = []syscall.Errno{syscall.ENOENT, syscall.EPROTONOSUPPORT, syscall.EAFNOSUPPORT,
	syscall.EOPNOTSUPP, syscall.ENOSYS, syscall.ECONNREFUSED, syscall.EACCES, syscall.EPERM}

func diagAbsent(err error) bool {
	return slices.ContainsFunc(diagErrors, func(e syscall.Errno) bool { return errors.Is(err, e) })
}

func whyProc(proto mib2.Protocol, err error) string {
	if errors.Is(err, syscall.ENOENT) {
		module := proto
		if proto == mib2.UDPLite {
			module = mib2.UDP // which has both
		}
		return fmt.Sprintf("no %v_diag: %v", module, syscall.ENOENT)
	}
	return err.Error()
}
