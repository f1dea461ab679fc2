package mib2

import (
	"io"
	"slices"
)

// besideReader reads a table and, at the same time, sockets that the kernel finds only by
// another walk. Close does not wait for that, which ends by itself.
type besideReader struct {
	Reader
	other   Filter        // of the other walk
	begun   bool          // the other walk
	replies int           // of Reader
	alone   bool          // there is nothing to find for the other walk
	cookies []uint64      // of the sockets of Reader, unless alone
	rows    chan []Socket // of the other walk, once it is done; has room for them
	err     error         // of it; set before rows is closed
}

// besideAfter is after how many replies the other walk begins: who wanted a few rows only
// has enough by then, and a process cannot end in the middle of the walk.
const besideAfter = 8

// openTCP reads TCP sockets. Those that are bound but neither listen nor are connected
// (Linux 6.8) take a walk of their own, over all bound ports: 14 ms where the one over
// 61,300 connections takes 50. It is done beside that, unless there can be none.
func openTCP(filter Filter) (Reader, error) {
	const bound = uint32(1 << linuxBoundInactive)
	if states := filter.linuxStates(TCP); states&bound == 0 || states&^bound == 0 {
		return openDiag(TCP, filter)
	}
	others, onlyBound := filter, filter
	others.without, onlyBound.without = bound, ^bound
	first, err := openDiag(TCP, others)
	if err != nil {
		return nil, err
	}
	r := &besideReader{Reader: first, other: onlyBound, rows: make(chan []Socket, 1)}
	if filter.LocalPorts != nil || filter.RemotePorts != nil { // few replies are to be expected
		r.begin()
	}
	return r, nil
}

// begin begins the other walk. It is opened here, for it has to read the network namespace
// of this thread.
func (r *besideReader) begin() {
	r.begun = true
	if r.alone = allInUse(); r.alone {
		close(r.rows)
		return
	}
	other, err := openDiag(TCP, r.other)
	if err != nil {
		r.err = err
		close(r.rows)
		return
	}
	go r.read(other)
}

// read does the other walk.
func (r *besideReader) read(other Reader) {
	defer close(r.rows)
	defer other.Close()
	var rows []Socket
	for {
		var err error
		if rows, err = other.Read(rows); err == io.EOF {
			r.rows <- rows
			return
		} else if err != nil {
			r.err = err
			return
		}
	}
}

// Read appends what the other walk found after all the rest. Of a socket that began to
// listen or to connect between the two, what the first one found is shown.
func (r *besideReader) Read(dst []Socket) ([]Socket, error) {
	have := len(dst)
	dst, err := r.Reader.Read(dst)
	if !r.alone {
		r.cookies = appendCookies(r.cookies, dst[have:])
	}
	r.replies++
	if !r.begun && (r.replies == besideAfter || err == io.EOF) {
		r.begin()
	}
	if err != io.EOF {
		return dst, err
	}
	rows := <-r.rows
	if r.err != nil {
		return dst, r.err
	}
	if rows = r.without(rows); len(rows) == 0 {
		return dst, io.EOF
	}
	return append(dst, rows...), nil
}

func appendCookies(dst []uint64, sockets []Socket) []uint64 {
	for i := range sockets {
		dst = append(dst, sockets[i].Cookie)
	}
	return dst
}

// without returns the rows that Reader did not have.
func (r *besideReader) without(rows []Socket) []Socket {
	if len(rows) == 0 {
		return nil
	}
	seen := make(map[uint64]bool, len(rows)) // of those of rows: mostly few
	for i := range rows {
		seen[rows[i].Cookie] = false
	}
	for _, cookie := range r.cookies {
		if _, both := seen[cookie]; both {
			seen[cookie] = true
		}
	}
	return slices.DeleteFunc(rows, func(s Socket) bool { return seen[s.Cookie] })
}

// Source names the way of both.
func (r *besideReader) Source() string { return r.Reader.(Sourcer).Source() }
