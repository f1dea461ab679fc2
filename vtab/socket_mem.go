package vtab

import (
	"slices"

	"sockstat/mib2"
	"sockstat/vtab/table"
)

// queueMemColumns are the queues of which the kernel tells no bytes but memory. They are in
// the row of any socket, and cost no question of their own.
var queueMemColumns = []table.Column[socket]{
	{Name: "rmem_alloc", Type: table.Integer,
		Doc: "Memory of packets that the process has not read, in bytes; UDP only, of TCP see tcp",
		Get: (*socket).recvMemory},
	{Name: "wmem_alloc", Type: table.Integer,
		Doc: "Memory of packets handed to the network or, of unix, not read by their receivers, in bytes; of TCP see tcp",
		Get: (*socket).sendMemory},
}

// recvMemory returns the memory of what is received and not read, NULL if that is not told.
func (s *socket) recvMemory() table.Value {
	return unless(s.listening() || s.recvMeasure() != mib2.MeasureMemory, s.RecvQ)
}

// sendMemory returns the memory of what is sent.
func (s *socket) sendMemory() table.Value {
	return unless(s.listening() || s.sendMeasure() != mib2.MeasureMemory, s.SendQ)
}

// memColumns are the memory and the options of a socket.
func memColumns() []table.Column[socket] {
	return slices.Concat(memoryColumns, optionColumns)
}

// memoryColumns are the memory of a socket.
var memoryColumns = []table.Column[socket]{
	{Name: "drops", Type: table.Integer, Part: partMem,
		Doc: "Packets dropped, most of them for want of receive buffer",
		Get: ofInfo(mib2.AttrMem, func(i *mib2.Info) table.Value { return table.Int(i.Mem.Drops) })},
	{Name: "rmem_alloc", Type: table.Integer, Part: partMem,
		Doc: "Memory of packets to be received, in bytes",
		Get: func(s *socket) table.Value {
			if s.Info.Has(mib2.AttrMem) {
				return table.Int(s.Info.Mem.RmemAlloc)
			}
			return s.recvMemory()
		}},
	{Name: "rcvbuf", Type: table.Integer, Part: partMem,
		Doc: "Limit of the receive buffer (SO_RCVBUF), in bytes",
		Get: ofInfo(mib2.AttrMem, func(i *mib2.Info) table.Value { return table.Int(i.Mem.RcvBuf) })},
	{Name: "wmem_alloc", Type: table.Integer, Part: partMem,
		Doc: "Memory of packets handed to the network, in bytes",
		Get: func(s *socket) table.Value {
			if s.Info.Has(mib2.AttrMem) {
				return table.Int(s.Info.Mem.WmemAlloc)
			}
			return s.sendMemory()
		}},
	{Name: "sndbuf", Type: table.Integer, Part: partMem,
		Doc: "Limit of the send buffer (SO_SNDBUF), in bytes",
		Get: ofInfo(mib2.AttrMem, func(i *mib2.Info) table.Value { return table.Int(i.Mem.SndBuf) })},
	{Name: "fwd_alloc", Type: table.Integer, Part: partMem,
		Doc: "Memory reserved in advance, in bytes",
		Get: ofInfo(mib2.AttrMem, func(i *mib2.Info) table.Value { return table.Int(i.Mem.FwdAlloc) })},
	{Name: "wmem_queued", Type: table.Integer, Part: partMem,
		Doc: "Memory of packets to be sent, in bytes",
		Get: ofInfo(mib2.AttrMem, func(i *mib2.Info) table.Value { return table.Int(i.Mem.WmemQueued) })},
	{Name: "optmem", Type: table.Integer, Part: partMem,
		Doc: "Memory of options and filters, in bytes",
		Get: ofInfo(mib2.AttrMem, func(i *mib2.Info) table.Value { return table.Int(i.Mem.OptMem) })},
	{Name: "mem_backlog", Type: table.Integer, Part: partMem,
		Doc: "Memory of packets that arrived while the socket was in use, in bytes",
		Get: ofInfo(mib2.AttrMem, func(i *mib2.Info) table.Value { return table.Int(i.Mem.Backlog) })},
}

// optionColumns are the options of a socket of the internet.
var optionColumns = []table.Column[socket]{
	{Name: "tos", Type: table.Integer, Part: partMem,
		Doc: "Type of service of IPv4 packets",
		Get: ofInfo(mib2.AttrTOS, func(i *mib2.Info) table.Value { return table.Int(i.TOS) })},
	{Name: "tclass", Type: table.Integer, Part: partMem,
		Doc: "Traffic class of IPv6 packets",
		Get: ofInfo(mib2.AttrTClass, func(i *mib2.Info) table.Value { return table.Int(i.TClass) })},
	{Name: "dscp", Type: table.Integer, Part: partMem,
		Doc: "Differentiated services code point of its packets, the upper six bits of tclass for IPv6, of tos for IPv4",
		Get: func(s *socket) table.Value {
			switch {
			case s.Family == mib2.Inet6 && s.Info.Has(mib2.AttrTClass):
				return table.Int(s.Info.TClass >> 2)
			case s.Family == mib2.Inet && s.Info.Has(mib2.AttrTOS):
				return table.Int(s.Info.TOS >> 2)
			}
			return table.Null()
		}},
	{Name: "sockopts", Type: table.Text, Part: partMem,
		Doc: "Options that are set, blank-separated: recverr freebind hdrincl mc_loop transparent mc_all nodefrag " +
			"bind_address_no_port recverr_rfc4884 defer_connect",
		Get: ofInfo(mib2.AttrOptions, func(i *mib2.Info) table.Value {
			return flagNames(uint32(i.Options&^mib2.OptionConnection), sockoptNames)
		})},
	{Name: "mark", Type: table.Integer, Part: partMem,
		Doc: "Mark of packets (SO_MARK); NULL without the capability CAP_NET_ADMIN",
		Get: ofInfo(mib2.AttrMark, func(i *mib2.Info) table.Value { return table.Int(i.Mark) })},
	{Name: "class_id", Type: table.Integer, Part: partMem,
		Doc: "Traffic control class (net_cls), or the priority (SO_PRIORITY)",
		Get: ofInfo(mib2.AttrClassID, func(i *mib2.Info) table.Value { return table.Int(i.ClassID) })},
	{Name: "cgroup_id", Type: table.Integer, Part: partMem,
		Doc: "Inode of the control group's directory",
		Get: ofInfo(mib2.AttrCgroupID, func(i *mib2.Info) table.Value { return table.Uint(i.CgroupID) })},
	{Name: "cgroup", Type: table.Text, Part: partMem,
		Doc: "Path of the control group in which it was opened; NULL if it is gone or cannot be seen",
		Get: func(s *socket) table.Value {
			if !s.Info.Has(mib2.AttrCgroupID) || s.where.cgroups == nil {
				return table.Null()
			}
			return staticOrNull(s.where.cgroups()[s.Info.CgroupID])
		}},
	{Name: "shutdown", Type: table.Text, Part: partMem,
		Doc:    "Directions that are shut down: recv, send or both; NULL if none",
		Values: shutdowns[1:], Get: ofInfo(mib2.AttrShutdown, func(i *mib2.Info) table.Value { return table.NonEmpty(shutdowns[i.Shutdown&3]) })},
}

// sockoptNames are the bits of mib2.SocketOptions in the words of ss.
var sockoptNames = []string{"recverr", "is_icsk", "freebind", "hdrincl", "mc_loop", "transparent", "mc_all", "nodefrag",
	"bind_address_no_port", "recverr_rfc4884", "defer_connect"}

// shutdowns are the values of shutdown by mib2.Shutdown.
var shutdowns = [...]string{0: "", mib2.ShutdownRecv: "recv", mib2.ShutdownSend: "send",
	mib2.ShutdownRecv | mib2.ShutdownSend: "both"}

// ofInfo makes a getter of one for what the kernel may leave out.
func ofInfo(attr mib2.Attr, get func(*mib2.Info) table.Value) func(*socket) table.Value {
	return func(s *socket) table.Value {
		if !s.Info.Has(attr) {
			return table.Null()
		}
		return get(s.Info)
	}
}
