package linux

import (
	"context"
	"io"
	"slices"

	"sockstat/internal/ahead"
	"sockstat/mib2"
)

// besideReader reads a table and, at the same time, sockets that the kernel finds only by
// another walk. Close does not wait for that, which ends by itself.
type besideReader struct {
	mib2.Reader
	tables  *tables
	filter  diagFilter                   // of the other walk
	begun   bool                         // the other walk was started
	replies int                          // that Reader gave so far
	alone   bool                         // there is nothing to find for the other walk
	cookies []uint64                     // of the sockets of Reader, unless alone
	other   *ahead.Reader[[]mib2.Socket] // the other walk; its sockets come in one batch
	err     error                        // of opening it
}

// besideAfter is after how many replies the other walk begins: who wanted a few rows only
// has enough by then, and a process cannot end in the middle of the walk.
const besideAfter = 8

// openTCP reads TCP sockets. Those that are bound but neither listen nor are connected
// (Linux 6.8) take a walk of their own, over all bound ports: 14 ms where the one over
// 61,300 connections takes 50. It is done beside that, unless there can be none.
func (t *tables) openTCP(filter mib2.Filter) (mib2.Reader, error) {
	const bound = uint32(1 << linuxBoundInactive)
	all := diagFilter{Filter: filter}
	if t.nothingBound() { // then none is closed either of those that have a port
		all.without = bound | 1<<linuxClose
		return t.openConnected(all)
	}
	if states := all.states(mib2.TCP); states&bound == 0 || states&^bound == 0 {
		return t.openDiag(mib2.TCP, all)
	}
	first, err := t.openDiag(mib2.TCP, diagFilter{filter, bound})
	if err != nil {
		return nil, err
	}
	r := &besideReader{Reader: first, tables: t, filter: diagFilter{filter, ^bound}}
	if filter.LocalPorts != nil || filter.RemotePorts != nil { // few replies are to be expected
		r.begin()
	}
	return r, nil
}

// openConnected reads sockets that listen or are connected, in another namespace than the
// caller's. It spares the walk over the connections of all namespaces where it can.
func (t *tables) openConnected(all diagFilter) (mib2.Reader, error) {
	const listen = uint32(1 << linuxListen)
	if all.states(mib2.TCP)&^listen == 0 {
		return t.openDiag(mib2.TCP, all)
	}
	if t.neverConnected() {
		all.without = ^listen
		return t.openDiag(mib2.TCP, all)
	}
	if list, ok := t.in.Connections.in(t, t.in.Inode); ok {
		return t.openAsking(all, list)
	}
	return t.openDiag(mib2.TCP, all)
}

// begin begins the other walk. It is opened here, for it has to read the network namespace
// of this thread.
func (r *besideReader) begin() {
	r.begun = true
	if r.alone = r.tables.allInUse(); r.alone {
		return
	}
	var dump *diagReader
	if dump, r.err = r.tables.openDiag(mib2.TCP, r.filter); r.err != nil {
		return
	}
	r.other = ahead.Start(r.tables.ctx, mib2.TCP.String(), 1, func(ctx context.Context, send func([]mib2.Socket) bool) error {
		defer dump.Close()
		dump.ctx = ctx
		var rows []mib2.Socket
		for {
			var err error
			if rows, err = dump.Read(rows); err == io.EOF {
				send(rows)
				return nil
			} else if err != nil {
				return err
			}
		}
	})
}

// Read appends what the other walk found after all the rest. Of a socket that began to
// listen or to connect between the two, what the first one found is shown.
func (r *besideReader) Read(dst []mib2.Socket) ([]mib2.Socket, error) {
	have := len(dst)
	dst, err := r.Reader.Read(dst)
	if !r.alone {
		r.cookies = appendCookies(r.cookies, dst[have:])
	}
	r.replies++
	if !r.begun && (r.replies == besideAfter || err == io.EOF) {
		r.begin()
	}
	if err != io.EOF || r.alone {
		return dst, err
	}
	if r.err != nil {
		return dst, r.err
	}
	rows, err := r.other.Next() // after the one batch, the end
	if err != nil {
		return dst, err
	}
	if rows = r.without(rows); len(rows) == 0 {
		_, err := r.other.Next() // at the end its socket is closed, which would be seen among those of netlink
		return dst, err
	}
	return append(dst, rows...), nil
}

func appendCookies(dst []uint64, sockets []mib2.Socket) []uint64 {
	for i := range sockets {
		dst = append(dst, sockets[i].Cookie)
	}
	return dst
}

// without returns the rows that Reader did not have.
func (r *besideReader) without(rows []mib2.Socket) []mib2.Socket {
	if len(rows) == 0 {
		return nil
	}
	seen := make(map[uint64]bool, len(rows)) // which of rows Reader had: mostly few
	for i := range rows {
		seen[rows[i].Cookie] = false
	}
	for _, cookie := range r.cookies {
		if _, both := seen[cookie]; both {
			seen[cookie] = true
		}
	}
	return slices.DeleteFunc(rows, func(s mib2.Socket) bool { return seen[s.Cookie] })
}

// Close ends both walks.
func (r *besideReader) Close() error {
	if r.other != nil {
		r.other.Close(0)
	}
	return r.Reader.Close()
}

// Source names the way of both.
func (r *besideReader) Source() string { return r.Reader.(mib2.Sourcer).Source() }
