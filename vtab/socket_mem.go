package vtab

import (
	"sockstat/mib2"
	"sockstat/vtab/engine"
)

// memColumns are the memory and the options of a socket.
var memColumns = []engine.Column[socket]{
	{Name: "drops", Type: engine.Integer, Part: uint64(mib2.PartMem),
		Doc: "Packets dropped, most of them for want of receive buffer",
		Get: ofInfo(mib2.AttrMem, func(i *mib2.Info) engine.Value { return engine.Int(i.Mem.Drops) })},
	{Name: "rmem_alloc", Type: engine.Integer, Part: uint64(mib2.PartMem),
		Doc: "Memory of packets to be received, in bytes",
		Get: ofInfo(mib2.AttrMem, func(i *mib2.Info) engine.Value { return engine.Int(i.Mem.RmemAlloc) })},
	{Name: "rcvbuf", Type: engine.Integer, Part: uint64(mib2.PartMem),
		Doc: "Limit of the receive buffer (SO_RCVBUF), in bytes",
		Get: ofInfo(mib2.AttrMem, func(i *mib2.Info) engine.Value { return engine.Int(i.Mem.RcvBuf) })},
	{Name: "wmem_alloc", Type: engine.Integer, Part: uint64(mib2.PartMem),
		Doc: "Memory of packets handed to the network, in bytes",
		Get: ofInfo(mib2.AttrMem, func(i *mib2.Info) engine.Value { return engine.Int(i.Mem.WmemAlloc) })},
	{Name: "sndbuf", Type: engine.Integer, Part: uint64(mib2.PartMem),
		Doc: "Limit of the send buffer (SO_SNDBUF), in bytes",
		Get: ofInfo(mib2.AttrMem, func(i *mib2.Info) engine.Value { return engine.Int(i.Mem.SndBuf) })},
	{Name: "fwd_alloc", Type: engine.Integer, Part: uint64(mib2.PartMem),
		Doc: "Memory reserved in advance, in bytes",
		Get: ofInfo(mib2.AttrMem, func(i *mib2.Info) engine.Value { return engine.Int(i.Mem.FwdAlloc) })},
	{Name: "wmem_queued", Type: engine.Integer, Part: uint64(mib2.PartMem),
		Doc: "Memory of packets to be sent, in bytes",
		Get: ofInfo(mib2.AttrMem, func(i *mib2.Info) engine.Value { return engine.Int(i.Mem.WmemQueued) })},
	{Name: "optmem", Type: engine.Integer, Part: uint64(mib2.PartMem),
		Doc: "Memory of options and filters, in bytes",
		Get: ofInfo(mib2.AttrMem, func(i *mib2.Info) engine.Value { return engine.Int(i.Mem.OptMem) })},
	{Name: "mem_backlog", Type: engine.Integer, Part: uint64(mib2.PartMem),
		Doc: "Memory of packets that arrived while the socket was in use, in bytes",
		Get: ofInfo(mib2.AttrMem, func(i *mib2.Info) engine.Value { return engine.Int(i.Mem.Backlog) })},
	{Name: "tos", Type: engine.Integer, Part: uint64(mib2.PartMem),
		Doc: "Type of service of IPv4 packets",
		Get: ofInfo(mib2.AttrTOS, func(i *mib2.Info) engine.Value { return engine.Int(i.TOS) })},
	{Name: "tclass", Type: engine.Integer, Part: uint64(mib2.PartMem),
		Doc: "Traffic class of IPv6 packets",
		Get: ofInfo(mib2.AttrTClass, func(i *mib2.Info) engine.Value { return engine.Int(i.TClass) })},
	{Name: "mark", Type: engine.Integer, Part: uint64(mib2.PartMem),
		Doc: "Mark of packets (SO_MARK); NULL without the capability CAP_NET_ADMIN",
		Get: ofInfo(mib2.AttrMark, func(i *mib2.Info) engine.Value { return engine.Int(i.Mark) })},
	{Name: "class_id", Type: engine.Integer, Part: uint64(mib2.PartMem),
		Doc: "Traffic control class (net_cls), or the priority (SO_PRIORITY)",
		Get: ofInfo(mib2.AttrClassID, func(i *mib2.Info) engine.Value { return engine.Int(i.ClassID) })},
	{Name: "cgroup_id", Type: engine.Integer, Part: uint64(mib2.PartMem),
		Doc: "Inode of the control group's directory",
		Get: ofInfo(mib2.AttrCgroupID, func(i *mib2.Info) engine.Value { return engine.Uint(i.CgroupID) })},
	{Name: "shutdown", Type: engine.Text, Part: uint64(mib2.PartMem),
		Doc: "Directions that are shut down: recv, send or both; NULL if none",
		Get: ofInfo(mib2.AttrShutdown, func(i *mib2.Info) engine.Value { return engine.NonEmpty(shutdowns[i.Shutdown&3]) })},
}

// shutdowns are the values of shutdown by mib2.Shutdown.
var shutdowns = [...]string{0: "", mib2.ShutdownRecv: "recv", mib2.ShutdownSend: "send",
	mib2.ShutdownRecv | mib2.ShutdownSend: "both"}

// ofInfo makes a getter of one for what the kernel may leave out.
func ofInfo(attr mib2.Attr, get func(*mib2.Info) engine.Value) func(*socket) engine.Value {
	return func(s *socket) engine.Value {
		if !s.Info.Has(attr) {
			return engine.Null()
		}
		return get(s.Info)
	}
}
