package vtab

import (
	"slices"

	"sockstat/mib2"
	"sockstat/vtab/table"
)

// withoutInternet returns the columns that mean something to sockets that are not of the
// internet and have no ports.
func withoutInternet(columns []table.Column[socket]) []table.Column[socket] {
	return without(columns, "local_port", "remote_port", "v4mapped", "scope", "remote_scope", "creator", "created_ticks")
}

// withoutBytes returns the columns that mean something to sockets of whose queues the kernel tells
// at most the memory.
func withoutBytes(columns []table.Column[socket]) []table.Column[socket] {
	return without(columns, "recv_q", "send_q")
}

// withoutQueues leaves out those too that tell of connections that wait.
func withoutQueues(columns []table.Column[socket]) []table.Column[socket] {
	return without(withoutBytes(columns), "backlog", "backlog_max")
}

// without returns all columns but some.
func without(columns []table.Column[socket], names ...string) []table.Column[socket] {
	return slices.DeleteFunc(slices.Clone(columns), func(c table.Column[socket]) bool { return slices.Contains(names, c.Name) })
}

// unixColumns are what is particular to Unix sockets.
var unixColumns = []table.Column[socket]{
	{Name: "type", Type: table.Text,
		Doc:    "stream, dgram or seqpacket",
		Values: textsOf(mib2.UnixTypes), Get: func(s *socket) table.Value { return table.Static(s.Unix.Type.String()) }},
	{Name: "path", Type: table.Text,
		Doc: "Path it is bound to, or its abstract name with @ in place of the first NUL; NULL if none; (socketpair) for one on illumos",
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
	{Name: "next_datagram", Type: table.Integer,
		Doc: "Bytes of the datagram that is read next, 0 also if none waits; NULL unless dgram",
		Get: func(s *socket) table.Value { return unless(s.recvMeasure() != mib2.MeasureNext, s.RecvQ) }},
	queueMemColumns[1],
}

// abstractColumns tell abstract names from paths of files, which may look the same.
var abstractColumns = []table.Column[socket]{
	{Name: "abstract", Type: table.Integer,
		Doc: "unix: 1 if its path is an abstract name, 0 if that of a file; NULL if it has none, or if not known",
		Get: func(s *socket) table.Value {
			if s.Unix == nil {
				return table.Null()
			}
			return abstract(s.Unix.Path, s.Unix.Abstract)
		}},
	{Name: "peer_abstract", Type: table.Integer,
		Doc: "unix: the same of the path of its peer",
		Get: func(s *socket) table.Value {
			if s.Unix == nil {
				return table.Null()
			}
			return abstract(s.Unix.PeerPath, s.Unix.PeerAbstract)
		}},
}

// abstract returns whether a name is an abstract one.
func abstract(name string, is mib2.Truth) table.Value {
	if name == "" || is == mib2.NotKnown {
		return table.Null()
	}
	return table.Bool(is == mib2.Yes)
}
