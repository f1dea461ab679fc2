package linux

import (
	"encoding/binary"
	"slices"

	"sockstat/mib2"
)

const (
	reqBytecode = 1 // INET_DIAG_REQ_BYTECODE
	reqProtocol = 3 // INET_DIAG_REQ_PROTOCOL, since 5.9: for numbers that sdiag_protocol has no room for

	sockidLen = 48 // struct inet_diag_sockid: all zero in a dump
)

// diagDump is one dump to ask the kernel for: of one address family with struct
// inet_diag_req_v2 or that of the family, or, if family is 0, of TCP sockets of both internet
// families in one walk of the kernel's table with the older struct inet_diag_req.
type diagDump struct {
	family byte
	icons  bool // of Unix listeners, only the connections that wait to be accepted
}

var (
	dumpBoth = []diagDump{{family: 0}}
	dumpEach = []diagDump{{family: linuxAFInet}, {family: linuxAFInet6}}
)

// otherFamilies are the AF_* of the protocols that are not of the internet, and of SMC, whose
// dump has sockets of both internet families.
var otherFamilies = map[mib2.Protocol]byte{mib2.Unix: linuxAFUnix, mib2.Packet: linuxAFPacket, mib2.Netlink: linuxAFNetlink,
	mib2.Vsock: linuxAFVsock, mib2.XDP: linuxAFXDP, mib2.SMC: linuxAFSMC}

// diagDumps returns the dumps that can have sockets a filter wants.
func diagDumps(proto mib2.Protocol, f *diagFilter) []diagDump {
	other := otherFamilies[proto]
	switch {
	case !f.Wants(proto) || f.states(proto) == 0:
		return nil
	case other != 0:
		return []diagDump{{family: other}}
	case f.Families != nil && !slices.Contains(f.Families, mib2.Inet):
		return dumpEach[1:]
	case proto == mib2.TCP:
		// IPv4 alone too: mapped addresses are those of IPv6 sockets.
		return dumpBoth
	}
	return dumpEach
}

// request returns the message that starts the dump.
func (d diagDump) request(proto mib2.Protocol, f *diagFilter, seq uint32) []byte {
	if d.icons {
		return unixDiagRequest(seq, 1<<linuxListen, showIcons)
	}
	if other := otherFamilies[proto]; other != 0 {
		return otherRequest(other, seq)
	}
	order := binary.NativeEndian
	kind, states, ext := sockDiagByFamily, f.states(proto), extensions(proto, f.Parts)
	if d.family == 0 {
		kind = tcpdiagGetsock
	}
	b := appendDumpHeader(make([]byte, 0, 256), uint16(kind), seq)
	if d.family == 0 {
		b = append(b, 0, 0, 0, ext)
		b = append(b, make([]byte, sockidLen)...)
		b = order.AppendUint32(b, states)
		b = order.AppendUint32(b, 0) // idiag_dbs
	} else {
		b = append(b, d.family, byte(min(proto.Number(), rawProtocol)), ext, 0)
		b = order.AppendUint32(b, states)
		b = append(b, make([]byte, sockidLen)...)
	}
	if number := uint32(proto.Number()); number > rawProtocol {
		b = order.AppendUint16(b, nlaHeaderLen+4)
		b = order.AppendUint16(b, reqProtocol)
		b = order.AppendUint32(b, number)
	}
	if code := portProgram(&f.Filter); code != nil && pushesPorts(proto) {
		b = order.AppendUint16(b, uint16(nlaHeaderLen+len(code)))
		b = order.AppendUint16(b, reqBytecode)
		b = append(b, code...)
	}
	order.PutUint32(b, uint32(len(b)))
	return b
}

// appendDumpHeader appends the header of a message that asks for a dump. Its length, which
// comes first, is still to be set.
func appendDumpHeader(b []byte, kind uint16, seq uint32) []byte {
	return appendHeader(b, kind, nlmFlagRequest|nlmFlagDump, seq)
}

// appendHeader appends the header of a message with such flags.
func appendHeader(b []byte, kind, flags uint16, seq uint32) []byte {
	order := binary.NativeEndian
	b = order.AppendUint32(b, 0)
	b = order.AppendUint16(b, kind)
	b = order.AppendUint16(b, flags)
	b = order.AppendUint32(b, seq)
	return order.AppendUint32(b, 0) // sender: the kernel fills it in
}

// pushesPorts reports whether the kernel filters sockets of a protocol by port: it has the
// protocol of raw sockets where others have a port, and does not look at those of SCTP.
func pushesPorts(p mib2.Protocol) bool { return p != mib2.Raw && p != mib2.SCTP }

// extensions returns the bits of idiag_ext, which ask for the attributes that cost the kernel
// time. It is a byte, with no bit for attributes numbered above 8, so the kernel sends those
// that it has without being asked (inet_diag_msg_attrs_fill of net/ipv4/inet_diag.c):
// INET_DIAG_SKV6ONLY, INET_DIAG_CGROUP_ID, INET_DIAG_SOCKOPT and, to callers with
// CAP_NET_ADMIN, INET_DIAG_MARK. INET_DIAG_SHUTDOWN, whose number is 8, it sends always too.
func extensions(proto mib2.Protocol, p mib2.Parts) byte {
	var ext byte
	ask := func(attrs ...mib2.Attr) {
		for _, a := range attrs {
			ext |= 1 << (a - 1)
		}
	}
	if p&mib2.PartInfo != 0 && proto == mib2.TCP {
		ask(mib2.AttrTCPInfo, mib2.AttrCongestion) // AttrULP comes with the first
	}
	if p&mib2.PartControl != 0 && proto == mib2.TCP {
		ask(mib2.AttrVegas) // for AttrDCTCP and AttrBBR too
	}
	if p&mib2.PartInfo != 0 && proto == mib2.MPTCP {
		ask(mib2.AttrTCPInfo) // has struct mptcp_info
	}
	if p&mib2.PartMem != 0 {
		ask(mib2.AttrMem, mib2.AttrTOS, mib2.AttrTClass) // AttrClassID comes with the last
	}
	return ext
}
