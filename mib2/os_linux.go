// # Linux
//
// Sockets come from netlink (NETLINK_SOCK_DIAG, sock_diag(7)). Where the kernel has no
// tcp_diag or udp_diag module, or a sandbox refuses netlink, they come from /proc/net,
// which knows less. The environment variable SOCKSTAT_TABLES, "netlink" or "proc",
// insists on one of the two. A Reader is a [Sourcer] that says which it was.
package mib2

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"syscall"
)

// tablesVariable names the environment variable that insists on a way.
const tablesVariable = "SOCKSTAT_TABLES"

func init() { open = openLinux }

func openLinux(proto Protocol, filter Filter) (Reader, error) {
	if !slices.Contains(Protocols, proto) {
		return nil, ErrUnsupported
	}
	switch way, err := forcedWay(); {
	case err != nil:
		return nil, err
	case way == wayNetlink:
		return openNetlink(proto, filter)
	case way == wayProc:
		return openProc(proto, filter, tablesVariable+"=proc"), nil
	}
	return openBest(proto, filter)
}

// The ways to read tables, by name.
const (
	wayNetlink = "netlink"
	wayProc    = "proc"
)

// forcedWay returns the way that the environment insists on, "" if it does not.
func forcedWay() (string, error) {
	way := os.Getenv(tablesVariable)
	if !slices.Contains([]string{"", wayNetlink, wayProc}, way) {
		return "", fmt.Errorf("%s: %q is neither netlink nor proc", tablesVariable, way)
	}
	return way, nil
}

func openNetlink(proto Protocol, filter Filter) (Reader, error) {
	if proto == TCP {
		return openTCP(filter)
	}
	return openDiag(proto, filter)
}

func openBest(proto Protocol, filter Filter) (Reader, error) {
	second := func(why error) Reader { return openProc(proto, filter, whyProc(proto, why)) }
	first, err := openNetlink(proto, filter)
	switch {
	case err == nil:
		return &fallbackReader{Reader: first, second: second, absent: diagAbsent}, nil
	case diagAbsent(err):
		return second(err), nil
	}
	return nil, err
}

// diagErrors say that the kernel has no sock_diag for a protocol, or that a security
// policy refuses it.
var diagErrors = []syscall.Errno{syscall.ENOENT, syscall.EPROTONOSUPPORT, syscall.EAFNOSUPPORT,
	syscall.EOPNOTSUPP, syscall.ENOSYS, syscall.ECONNREFUSED, syscall.EACCES, syscall.EPERM}

func diagAbsent(err error) bool {
	return slices.ContainsFunc(diagErrors, func(e syscall.Errno) bool { return errors.Is(err, e) })
}

func whyProc(proto Protocol, err error) string {
	if errors.Is(err, syscall.ENOENT) {
		return fmt.Sprintf("no %v_diag: %v", proto, syscall.ENOENT)
	}
	return err.Error()
}
