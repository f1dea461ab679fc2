package vtab

import (
	"slices"

	"sockstat/vtab/table"
)

// withoutInternet returns the columns that mean something to sockets that are not of the
// internet and have no ports.
func withoutInternet(columns []table.Column[socket]) []table.Column[socket] {
	return without(columns, "local_port", "remote_port", "v4mapped", "scope", "remote_scope", "creator", "created_ticks")
}

// without returns all columns but some.
func without(columns []table.Column[socket], names ...string) []table.Column[socket] {
	return slices.DeleteFunc(slices.Clone(columns), func(c table.Column[socket]) bool { return slices.Contains(names, c.Name) })
}

// unixColumns are what is particular to Unix sockets.
var unixColumns = []table.Column[socket]{
	{Name: "type", Type: table.Text,
		Doc: "stream, dgram or seqpacket",
		Get: func(s *socket) table.Value { return table.Static(s.Unix.Type.String()) }},
	{Name: "path", Type: table.Text,
		Doc: "Path it is bound to, @ first if abstract; NULL if none; (socketpair) for one on illumos",
		Get: func(s *socket) table.Value { return staticOrNull(s.Unix.Path) }},
	{Name: "bound_inode", Type: table.Integer,
		Doc: "Inode of the file that its path names; NULL if none, or not known",
		Get: func(s *socket) table.Value { return nonZero64(s.Unix.BoundInode) }},
	{Name: "peer_inode", Type: table.Integer,
		Doc: "Inode of its peer; joins unix.inode; NULL if none, or not known",
		Get: func(s *socket) table.Value { return nonZero64(s.Unix.PeerInode) }},
	{Name: "peer_path", Type: table.Text,
		Doc: "Path of its peer; NULL if it has none",
		Get: func(s *socket) table.Value { return staticOrNull(s.Unix.PeerPath) }},
}
