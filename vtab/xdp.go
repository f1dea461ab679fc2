package vtab

import (
	"sockstat/mib2"
	"sockstat/vtab/table"
)

// xdpColumns are what is particular to express data path sockets.
func xdpColumns() []table.Column[socket] {
	return []table.Column[socket]{
		ofXDP("queue", "Queue of the interface", func(s *socket, x *mib2.XDPInfo) table.Value {
			return unless(s.State == mib2.Unbound, x.Queue)
		}),
		ofXDP("rx_ring", "Packets that the ring of received ones has room for; NULL without one", func(_ *socket, x *mib2.XDPInfo) table.Value { return table.NonZero(x.RxRing) }),
		ofXDP("tx_ring", "Packets that the ring of those to be sent has room for; NULL without one", func(_ *socket, x *mib2.XDPInfo) table.Value { return table.NonZero(x.TxRing) }),
		ofXDP("fill_ring", "Frames that the ring for the kernel to fill has room for; NULL without one", func(_ *socket, x *mib2.XDPInfo) table.Value { return table.NonZero(x.FillRing) }),
		ofXDP("completion_ring", "Frames that the ring of those sent has room for; NULL without one", func(_ *socket, x *mib2.XDPInfo) table.Value { return table.NonZero(x.CompletionRing) }),
		ofUmem("umem_id", "Number of the memory of its frames, which sockets may share", func(u *mib2.XDPUmem) table.Value { return table.Int(u.ID) }),
		ofUmem("umem_bytes", "Size of that memory, in bytes", func(u *mib2.XDPUmem) table.Value { return table.Uint(u.Size) }),
		ofUmem("umem_chunk", "Size of a frame, in bytes", func(u *mib2.XDPUmem) table.Value { return table.Int(u.Chunk) }),
		ofUmem("umem_users", "Sockets that share the memory", func(u *mib2.XDPUmem) table.Value { return table.Int(u.Shared) }),
		ofUmem("zerocopy", "1 if the interface writes to that memory itself", func(u *mib2.XDPUmem) table.Value { return table.Bool(u.ZeroCopy) }),
		ofStats("rx_dropped", "Packets dropped that were received", func(s *mib2.XDPStats) uint64 { return s.RxDropped }),
		ofStats("rx_invalid", "Invalid frames that the process gave to be filled", func(s *mib2.XDPStats) uint64 { return s.RxInvalid }),
		ofStats("rx_full", "Packets dropped as the ring was full", func(s *mib2.XDPStats) uint64 { return s.RxFull }),
		ofStats("fill_empty", "How often there was no frame to be filled", func(s *mib2.XDPStats) uint64 { return s.FillEmpty }),
		ofStats("tx_invalid", "Invalid frames that the process gave to be sent", func(s *mib2.XDPStats) uint64 { return s.TxInvalid }),
		ofStats("tx_empty", "How often there was no frame to be sent", func(s *mib2.XDPStats) uint64 { return s.TxEmpty }),
	}
}

// ofXDP declares a column of an express data path socket.
func ofXDP(name, doc string, get func(*socket, *mib2.XDPInfo) table.Value) table.Column[socket] {
	return table.Column[socket]{Name: name, Type: table.Integer, Doc: doc, Get: func(s *socket) table.Value {
		if s.Special == nil || s.Special.XDP == nil {
			return table.Null()
		}
		return get(s, s.Special.XDP)
	}}
}

// ofUmem declares a column of its memory.
func ofUmem(name, doc string, get func(*mib2.XDPUmem) table.Value) table.Column[socket] {
	return ofXDP(name, doc, func(_ *socket, x *mib2.XDPInfo) table.Value {
		if x.Umem == nil {
			return table.Null()
		}
		return get(x.Umem)
	})
}

// ofStats declares a column of its counters.
func ofStats(name, doc string, get func(*mib2.XDPStats) uint64) table.Column[socket] {
	return ofXDP(name, doc, func(_ *socket, x *mib2.XDPInfo) table.Value {
		if x.Stats == nil {
			return table.Null()
		}
		return table.Uint(get(x.Stats))
	})
}
