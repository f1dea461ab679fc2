package linux

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"sockstat/mib2"
)

// otherRequest returns the message that asks for all sockets of an address family that is
// not of the internet, in the structure of that family.
func otherRequest(family byte, seq uint32) []byte {
	order := binary.NativeEndian
	b := appendDumpHeader(make([]byte, 0, 80), sockDiagByFamily, seq)
	switch family {
	case linuxAFUnix: // struct unix_diag_req
		b = append(b, family, 0, 0, 0)
		b = order.AppendUint32(b, linuxAllStates)
		b = order.AppendUint32(b, 0) // inode: any
		b = order.AppendUint32(b, showName|showVFS|showPeer|showQueues|showUID)
		b = order.AppendUint64(b, ^uint64(0)) // cookie: any
	case linuxAFVsock: // struct vsock_diag_req
		b = append(b, family, 0, 0, 0)
		b = order.AppendUint32(b, linuxAllStates)
		b = append(b, make([]byte, 16)...) // inode, attributes and cookie, to be 0
	case linuxAFSMC: // struct smc_diag_req
		b = append(b, family, 0, 0, 0)
		b = append(b, make([]byte, sockidLen)...)
	default: // the same structure for packet, netlink and XDP sockets
		b = append(b, family, allOf[family], 0, 0)
		b = order.AppendUint32(b, 0) // inode: any
		b = order.AppendUint32(b, show[family])
		b = order.AppendUint64(b, 0) // cookie: any
	}
	order.PutUint32(b, uint32(len(b)))
	return b
}

// allOf is the protocol that asks for sockets of all protocols of a family: NDIAG_PROTO_ALL.
var allOf = map[byte]byte{linuxAFNetlink: 255}

// show are the bits that ask for the attributes of a family: there are few such sockets, so
// all that are decoded are asked for.
var show = map[byte]uint32{
	linuxAFPacket:  0x3f, // PACKET_SHOW_*
	linuxAFNetlink: 0x0b, // NDIAG_SHOW_MEMINFO, GROUPS, FLAGS
	linuxAFXDP:     0x1f, // XDP_SHOW_*
}

// appendSpecial decodes the message of a socket of a less common protocol.
func (d *diagDecoder) appendSpecial(dst []mib2.Socket, m nlMessage) ([]mib2.Socket, error) {
	var s mib2.Socket
	var err error
	switch d.proto {
	case mib2.Packet:
		s, err = decodePacket(m.data)
	case mib2.Netlink:
		s, err = decodeNetlink(m.data, m.port)
	case mib2.Vsock:
		s, err = decodeVsock(m.data)
	case mib2.XDP:
		s, err = decodeXDP(m.data)
	case mib2.SMC:
		s, err = decodeSMC(m.data)
	case mib2.SCTP:
		return d.appendSCTP(dst, m.data)
	default:
		return d.appendSocket(dst, m.data)
	}
	if errors.Is(err, errNotThis) || err == nil && (d.again(&s) || !d.filter.Match(&s)) {
		return dst, nil
	} else if err != nil {
		return dst, err
	}
	return append(dst, s), nil
}

// errNotThis says that a message is of no socket that is to be shown.
var errNotThis = errors.New("not a socket of this protocol")

// again reports whether a dump had a socket before. That of netlink has those that listen to
// a group twice, that of SCTP has endpoints with associations twice.
func (d *diagDecoder) again(s *mib2.Socket) bool {
	if d.seen == nil {
		d.seen = map[uint64]bool{}
	}
	was := s.Cookie != 0 && d.seen[s.Cookie]
	d.seen[s.Cookie] = true
	return was
}

// eachAttr calls f with each attribute, and checks that it is as long as lens says it is at
// least; f may rely on that.
func eachAttr(b []byte, lens map[uint16]int, f func(kind uint16, data []byte)) error {
	for len(b) > 0 {
		kind, data, rest, err := nextAttr(b)
		if err != nil {
			return err
		}
		if want := lens[kind]; len(data) < want {
			return short(fmt.Sprintf("attribute %d", kind), len(data), want)
		}
		f(kind, data)
		b = rest
	}
	return nil
}

// cookieAt returns a cookie, which is told in two halves.
func cookieAt(b []byte) uint64 {
	return uint64(binary.NativeEndian.Uint32(b)) | uint64(binary.NativeEndian.Uint32(b[4:]))<<32
}

// memInfo returns the memory of a socket as if it were one of the internet.
func memInfo(b []byte) *mib2.Info {
	i := &mib2.Info{Attrs: 1 << mib2.AttrMem}
	setMem(&i.Mem, b)
	return i
}

// Attributes of struct inet_diag_msg that only some protocols have.
const (
	inetAttrProtocol = 10 // INET_DIAG_PROTOCOL, of raw sockets
	inetAttrLocals   = 12 // INET_DIAG_LOCALS, of SCTP
	inetAttrPeers    = 13 // INET_DIAG_PEERS, of SCTP associations
)

// setInetSpecial sets what is particular to sockets of internet protocols other than TCP and
// UDP.
func (d *diagDecoder) setInetSpecial(s *mib2.Socket, attrs []byte) error {
	switch d.proto {
	case mib2.Raw:
		raw := setRaw(s)
		return eachAttr(attrs, map[uint16]int{inetAttrProtocol: 1}, func(kind uint16, data []byte) {
			if kind == inetAttrProtocol {
				raw.Protocol = data[0]
			}
		})
	case mib2.MPTCP:
		return d.setMPTCP(s, attrs)
	}
	return nil
}

// setRaw sets what is particular to a raw socket. Where others have ports, the kernel gives
// the protocol and 0.
func setRaw(s *mib2.Socket) *mib2.RawInfo {
	raw := &mib2.RawInfo{Protocol: uint8(s.Local.Port())}
	s.Special = &mib2.Special{Raw: raw}
	s.Local, s.Remote = withoutPort(s.Local), withoutPort(s.Remote)
	return raw
}

// withoutPort returns an address with the port 0.
func withoutPort(a netip.AddrPort) netip.AddrPort {
	if !a.IsValid() {
		return a
	}
	return netip.AddrPortFrom(a.Addr(), 0)
}

// setMPTCP sets what is particular to MPTCP. Kernels before 5.9 take the request for one of
// raw sockets, which have a protocol.
func (d *diagDecoder) setMPTCP(s *mib2.Socket, attrs []byte) error {
	raw := false
	err := eachAttr(attrs, nil, func(kind uint16, data []byte) {
		switch {
		case kind == inetAttrProtocol:
			raw = true
		case kind == uint16(mib2.AttrTCPInfo) && d.filter.Parts&mib2.PartInfo != 0:
			s.Special = &mib2.Special{MPTCP: mptcpInfo(data)}
		}
	})
	if raw {
		return errNotThis
	}
	return err
}

// mptcpInfo takes what a kernel sent of struct mptcp_info, however long.
func mptcpInfo(b []byte) *mib2.MPTCPInfo {
	var p [mib2.MPTCPInfo6_10]byte
	m := &mib2.MPTCPInfo{Size: mib2.MPTCPInfoSize(copy(p[:], b))}
	u32 := func(at int) uint32 { return binary.NativeEndian.Uint32(p[at:]) }
	u64 := func(at int) uint64 { return binary.NativeEndian.Uint64(p[at:]) }
	m.Subflows, m.AddAddrSignal, m.AddAddrAccepted = p[0], p[1], p[2]
	m.SubflowsMax, m.AddAddrSignalMax, m.AddAddrAcceptedMax = p[3], p[4], p[5]
	m.Fallback, m.RemoteKey, m.Token = u32(8)&1 != 0, u32(8)&2 != 0, u32(12)
	m.WriteSeq, m.SndUna, m.RcvNxt = u64(16), u64(24), u64(32)
	m.LocalAddrUsed, m.LocalAddrMax, m.Checksum = p[40], p[41], p[42] != 0
	m.Retransmits, m.BytesRetrans, m.BytesSent, m.BytesReceived, m.BytesAcked = u32(44), u64(48), u64(56), u64(64), u64(72)
	m.SubflowsTotal, m.LastDataSent, m.LastDataRecv, m.LastAckRecv = p[80], u32(84), u32(88), u32(92)
	return m
}
