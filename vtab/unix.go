package vtab

import (
	"context"
	"slices"

	"sockstat/mib2"
	"sockstat/vtab/engine"
)

// Unix is the table of the kernel's Unix-domain sockets.
var Unix = &engine.Spec[socket]{
	Name: "unix",
	Doc:  "Unix sockets of the kernel, one row each; who holds them is in sockets",
	Rows: 500,
	Columns: slices.Concat(slices.DeleteFunc(slices.Clone(identityColumns), inetOnly), unixColumns,
		slices.DeleteFunc(slices.Clone(kernelColumns), inetOnly)),
	Open: func(ctx context.Context, q *engine.Query) (engine.Reader[socket], error) {
		where, err := newPlace(q)
		if err != nil || !wants(q, "zone", where.zone) && !mib2.Replaying() {
			return &list[socket]{}, err
		}
		rows, err := readUnix(ctx, q, where)
		return &list[socket]{rows}, err
	},
}

// inetOnly reports whether a column means nothing to Unix sockets.
func inetOnly(c engine.Column[socket]) bool {
	return slices.Contains([]string{"local_port", "remote_port", "interface", "v4mapped", "scope", "remote_scope",
		"creator", "created_ticks"}, c.Name)
}

// unixColumns are what is particular to Unix sockets.
var unixColumns = []engine.Column[socket]{
	{Name: "type", Type: engine.Text,
		Doc: "stream, dgram or seqpacket",
		Get: func(s *socket) engine.Value { return engine.Static(s.unix.Type.String()) }},
	{Name: "path", Type: engine.Text,
		Doc: "Path it is bound to, @ first if abstract; NULL if none; (socketpair) for one on illumos",
		Get: func(s *socket) engine.Value { return staticOrNull(s.unix.Path) }},
	{Name: "bound_inode", Type: engine.Integer,
		Doc: "Inode of the file that its path names; NULL if none, or not known",
		Get: func(s *socket) engine.Value { return nonZero64(s.unix.BoundInode) }},
	{Name: "peer_inode", Type: engine.Integer,
		Doc: "Inode of its peer; joins unix.inode; NULL if none, or not known",
		Get: func(s *socket) engine.Value { return nonZero64(s.unix.PeerInode) }},
	{Name: "peer_path", Type: engine.Text,
		Doc: "Path of its peer; NULL if it has none",
		Get: func(s *socket) engine.Value { return staticOrNull(s.unix.PeerPath) }},
}

// unixLabels are the values of label for Unix sockets.
var unixLabels = [...]string{mib2.Stream: "stream", mib2.Datagram: "dgram", mib2.SeqPacket: "seqpac"}

// wantsUnix reports whether a query of sockets lets Unix sockets through. They have no
// ports.
func wantsUnix(q *engine.Query) bool {
	local, _ := q.Nulls("local_port")
	remote, _ := q.Nulls("remote_port")
	return local && remote && wants(q, "proto", mib2.Unix.String()) && wants(q, "family", mib2.Local.String()) &&
		wants(q, "label", unixLabels[mib2.Stream], unixLabels[mib2.Datagram], unixLabels[mib2.SeqPacket])
}

// readUnix reads the Unix sockets.
func readUnix(ctx context.Context, q *engine.Query, where *place) (rows []socket, err error) {
	sockets, source, err := mib2.OpenUnix(ctx)
	if err != nil {
		return nil, err
	}
	if source != "" {
		q.Note(engine.Notice{Detail: true, Text: "Unix sockets read from " + source})
	}
	for i := range sockets {
		u := &sockets[i]
		rows = append(rows, socket{unix: u, where: where, Socket: &mib2.Socket{Proto: mib2.Unix, Family: mib2.Local,
			State: u.State, UID: u.UID, Inode: u.Inode, Cookie: u.Cookie, RecvQ: u.RecvQ, SendQ: u.SendQ}})
	}
	return rows, nil
}
