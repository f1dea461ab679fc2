// Package illumos reads the socket tables of illumos.
//
// TCP and UDP sockets come from IP itself, by the request that netstat makes of /dev/arp. It
// needs no privilege and shows the caller's own zone. Unix sockets come from a kstat.
// Tables, on illumos alone, asks the live kernel, and Tables.Save keeps its reply in a file,
// which [Reply] reads on any system.
package illumos

import (
	"context"
	"os"

	"sockstat/mib2"
)

// Reply is a reply of /dev/arp that Tables.Save wrote to a file: the TCP and UDP sockets of
// some zone of some machine. It has no Unix sockets.
type Reply struct{ File string }

var _ mib2.Tables = Reply{}

// Open reads both protocols by one walk through the file.
func (r Reply) Open(ctx context.Context, protocols []mib2.Protocol, filter mib2.Filter) (mib2.Reader, []mib2.Protocol, error) {
	now, rest, err := firstTables(protocols)
	if err != nil {
		return nil, nil, err
	}
	if len(now) == 0 || !isMIB(now[0]) {
		return mib2.ReadAtOnce(ctx, "", func(context.Context) ([]mib2.Socket, error) { return nil, nil }), rest, nil
	}
	return mib2.ReadAtOnce(ctx, r.File, func(context.Context) ([]mib2.Socket, error) {
		return r.read(now, filter)
	}), rest, nil
}

func (r Reply) read(protocols []mib2.Protocol, filter mib2.Filter) ([]mib2.Socket, error) {
	f, err := os.Open(r.File)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return DecodeCapture(nil, f, protocols, filter)
}

// firstTables splits the protocols of which a system tells by the first request off the
// others: those of the MIB, TCP and UDP, by one, Unix sockets by another.
func firstTables(protocols []mib2.Protocol) (now, rest []mib2.Protocol, err error) {
	for i, p := range protocols {
		switch {
		case i == 0 && !isMIB(p) && p != mib2.Unix:
			return nil, nil, mib2.ErrNoProtocol
		case p == protocols[0] || isMIB(p) && isMIB(protocols[0]):
			now = append(now, p)
		default:
			rest = append(rest, p)
		}
	}
	return now, rest, nil
}

// isMIB reports whether the sockets of a protocol are in a table of the MIB.
func isMIB(p mib2.Protocol) bool { return mibProtocols[p] != nil }
