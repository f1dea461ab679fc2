package linux

import (
	"encoding/binary"

	"sockstat/mib2"
)

// struct packet_diag_msg and its attributes, include/uapi/linux/packet_diag.h, since 3.7.
const (
	packetDiagMsgLen = 16

	packetAttrInfo   = 0
	packetAttrMCList = 1
	packetAttrRxRing = 2
	packetAttrTxRing = 3
	packetAttrFanout = 4
	packetAttrUID    = 5
	packetAttrMem    = 6
	packetAttrFilter = 7

	packetMCLen    = 44 // struct packet_diag_mclist
	bpfInstruction = 8  // struct sock_filter
)

var packetAttrLens = map[uint16]int{packetAttrInfo: 24, packetAttrRxRing: 28, packetAttrTxRing: 28, packetAttrFanout: 4, packetAttrUID: 4}

// decodePacket decodes a struct packet_diag_msg and its attributes.
func decodePacket(b []byte) (s mib2.Socket, err error) {
	if len(b) < packetDiagMsgLen {
		return s, short("packet_diag_msg", len(b), packetDiagMsgLen)
	}
	order := binary.NativeEndian
	p := &mib2.PacketInfo{Ethertype: order.Uint16(b[2:])}
	s = mib2.Socket{Proto: mib2.Packet, Family: mib2.Link, Inode: uint64(order.Uint32(b[4:])), Cookie: cookieAt(b[8:]),
		RecvMeasure: mib2.MeasureUnknown, SendMeasure: mib2.MeasureUnknown,
		Special: &mib2.Special{Type: mib2.SocketType(b[1]), NoUID: true, Packet: p}}
	p.Running = p.Ethertype != 0 // where the kernel does not say more
	err = eachAttr(b[packetDiagMsgLen:], packetAttrLens, func(kind uint16, data []byte) {
		switch kind {
		case packetAttrInfo:
			setPacketInfo(&s, p, data)
		case packetAttrMCList:
			p.Promiscuous = takesAll(data)
		case packetAttrRxRing:
			p.RxRing = packetRing(data)
		case packetAttrTxRing:
			p.TxRing = packetRing(data)
		case packetAttrFanout:
			n := order.Uint32(data)
			p.Fanout = &mib2.Fanout{ID: uint16(n), Type: uint8(n >> 16)}
		case packetAttrUID:
			s.UID, s.Special.NoUID = order.Uint32(data), false
		case packetAttrMem:
			s.Info = memInfo(data)
			setQueues(&s, s.Info.Mem.RmemAlloc, s.Info.Mem.WmemAlloc)
		case packetAttrFilter:
			// Empty, it says that the reader may not see the filter.
			p.Filter, p.FilterKnown = len(data)/bpfInstruction, len(data) > 0
		}
	})
	setPacketState(&s)
	return s, err
}

// setPacketInfo takes a struct packet_diag_info.
func setPacketInfo(s *mib2.Socket, p *mib2.PacketInfo, b []byte) {
	u32 := func(at int) uint32 { return binary.NativeEndian.Uint32(b[at:]) }
	s.Interface, p.Version, p.Reserve, p.CopyThresh, p.Timestamp = u32(0), u32(4), u32(8), u32(12), u32(16)
	p.Flags, p.Details, p.FilterKnown = mib2.PacketFlags(u32(20)), true, true
	p.Running = p.Flags&mib2.PacketRunning != 0
}

// packetRing takes the beginning of a struct packet_diag_ring.
func packetRing(b []byte) mib2.PacketRing {
	u32 := func(at int) uint32 { return binary.NativeEndian.Uint32(b[at:]) }
	return mib2.PacketRing{BlockSize: u32(0), Blocks: u32(4), FrameSize: u32(8), Frames: u32(12)}
}

// takesAll reports whether an array of struct packet_diag_mclist has one of
// PACKET_MR_PROMISC or PACKET_MR_ALLMULTI.
func takesAll(b []byte) bool {
	for ; len(b) >= packetMCLen; b = b[packetMCLen:] {
		if kind := binary.NativeEndian.Uint16(b[8:]); kind == 1 || kind == 2 {
			return true
		}
	}
	return false
}

// setPacketState sets the state: a socket without a protocol gets no frames until it is bound
// to one.
func setPacketState(s *mib2.Socket) {
	if s.State = mib2.Unbound; s.Special.Packet.Ethertype != 0 {
		s.State = mib2.Bound
	}
}
