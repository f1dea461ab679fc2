package vtab

import (
	"context"
	"net/netip"

	"sockstat/mib2"
	"sockstat/vtab/table"
)

// subflowColumns tell which TCP sockets belong to one of MPTCP. A process that opens an MPTCP
// socket, as servers written in Go do to listen, has one descriptor, for which the kernel has
// the socket of MPTCP and one of TCP for each path, all with one inode. The table of all
// sockets has those of TCP, so that each listener is there once; those of MPTCP are in the
// table mptcp.
var subflowColumns = []table.Column[socket]{
	{Name: "mptcp", Type: table.Integer,
		Doc: "1 if it is a subflow of a Multipath TCP socket, which has its inode in mptcp; NULL but for TCP, and if not known",
		Get: func(s *socket) table.Value {
			if s.Proto != mib2.TCP || s.where.mptcp == nil {
				return table.Null()
			}
			return table.Bool(s.where.mptcp.has(s.Socket))
		}},
}

// subflows tell TCP sockets that belong to MPTCP sockets: by the inode, which all of them have
// in common, or by their ends before a connection is accepted and after it is closed.
type subflows struct {
	inodes map[uint64]bool
	ends   map[[2]netip.AddrPort]bool
}

// readSubflows reads the MPTCP sockets of a zone. It returns nil if they cannot be read.
func readSubflows(ctx context.Context, tables mib2.Tables) *subflows {
	sockets, err := mib2.ReadAll(ctx, tables, []mib2.Protocol{mib2.MPTCP}, mib2.Filter{})
	if err != nil {
		return nil
	}
	f := &subflows{map[uint64]bool{}, map[[2]netip.AddrPort]bool{}}
	for i := range sockets {
		if s := &sockets[i]; s.Inode != 0 {
			f.inodes[s.Inode] = true
		} else {
			f.ends[[2]netip.AddrPort{s.Local, s.Remote}] = true
		}
	}
	return f
}

func (f *subflows) has(s *mib2.Socket) bool {
	if s.Inode != 0 {
		return f.inodes[s.Inode]
	}
	return len(f.ends) > 0 && f.ends[[2]netip.AddrPort{s.Local, s.Remote}]
}
