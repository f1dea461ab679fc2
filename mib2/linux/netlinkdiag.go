package linux

import (
	"encoding/binary"
	mathbits "math/bits"

	"sockstat/mib2"
)

// struct netlink_diag_msg and its attributes, include/uapi/linux/netlink_diag.h, since 3.10.
const (
	netlinkDiagMsgLen = 28

	netlinkAttrMem    = 0
	netlinkAttrGroups = 1
	netlinkAttrFlags  = 4

	sockDiagProtocol = 4 // NETLINK_SOCK_DIAG
)

// decodeNetlink decodes a struct netlink_diag_msg and its attributes. The socket with the
// port own, by which the dump is read, is none to be shown.
func decodeNetlink(b []byte, own uint32) (s mib2.Socket, err error) {
	if len(b) < netlinkDiagMsgLen {
		return s, short("netlink_diag_msg", len(b), netlinkDiagMsgLen)
	}
	u32 := func(at int) uint32 { return binary.NativeEndian.Uint32(b[at:]) }
	n := &mib2.NetlinkInfo{Protocol: b[2], PortID: u32(4), DstPortID: u32(8), DstGroup: u32(12)}
	if n.Protocol == sockDiagProtocol && n.PortID == own && own != 0 {
		return s, errNotThis
	}
	s = mib2.Socket{Proto: mib2.Netlink, Family: mib2.NetlinkFamily, Inode: uint64(u32(16)), Cookie: cookieAt(b[20:]),
		RecvMeasure: mib2.MeasureUnknown, SendMeasure: mib2.MeasureUnknown,
		Special: &mib2.Special{Type: mib2.SocketType(b[1]), NoUID: true, Netlink: n}}
	err = eachAttr(b[netlinkDiagMsgLen:], map[uint16]int{netlinkAttrFlags: 4}, func(kind uint16, data []byte) {
		switch kind {
		case netlinkAttrMem:
			s.Info = memInfo(data)
			setQueues(&s, s.Info.Mem.RmemAlloc, s.Info.Mem.WmemAlloc)
		case netlinkAttrGroups:
			n.Groups = netlinkGroups(data)
		case netlinkAttrFlags:
			n.Flags, n.FlagsKnown = mib2.NetlinkFlags(binary.NativeEndian.Uint32(data)), true
		}
	})
	setNetlinkState(&s)
	return s, err
}

// netlinkGroups returns the numbers of the groups in a bitmap of longs. Where a long has 32
// bits, the words are read in pairs: that is the same on little-endian machines.
func netlinkGroups(b []byte) (groups []uint32) {
	for word := uint32(0); len(b) > 0; word++ {
		var w [8]byte
		b = b[copy(w[:], b):]
		for v := binary.NativeEndian.Uint64(w[:]); v != 0; v &= v - 1 {
			groups = append(groups, 64*word+uint32(mathbits.TrailingZeros64(v))+1)
		}
	}
	return groups
}

// setNetlinkState sets the state: connected is one that sends to another socket than the
// kernel's, or to a group.
func setNetlinkState(s *mib2.Socket) {
	if s.State = mib2.Bound; s.Special.Netlink.DstPortID != 0 || s.Special.Netlink.DstGroup != 0 {
		s.State = mib2.Connected
	}
}
