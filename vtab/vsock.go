package vtab

import (
	"sockstat/mib2"
	"sockstat/vtab/table"
)

// vsockColumns are what is particular to sockets of virtual machines.
func vsockColumns() []table.Column[socket] {
	return []table.Column[socket]{
		typeColumn,
		ofVsock("local_cid", table.Integer, "Number of this machine: 2 is the host; NULL if any", func(v *mib2.VsockInfo) table.Value {
			return known(uint64(v.CID), uint64(mib2.AnyVsock))
		}),
		ofVsock("remote_cid", table.Integer, "Number of the machine of the peer; NULL without one", func(v *mib2.VsockInfo) table.Value {
			return known(uint64(v.PeerCID), uint64(mib2.AnyVsock))
		}),
		ofVsock("shutdown", table.Text, "Directions that are shut down: recv, send or both; NULL if none", func(v *mib2.VsockInfo) table.Value {
			return table.NonEmpty(shutdowns[v.Shutdown&3])
		}),
	}
}

// ofVsock declares a column of a vsock socket.
func ofVsock(name string, typ table.Type, doc string, get func(*mib2.VsockInfo) table.Value) table.Column[socket] {
	return table.Column[socket]{Name: name, Type: typ, Doc: doc, Get: func(s *socket) table.Value {
		if s.Special == nil || s.Special.Vsock == nil {
			return table.Null()
		}
		return get(s.Special.Vsock)
	}}
}
