package linux

import (
	"encoding/binary"
	"slices"

	"sockstat/mib2"
)

const (
	reqBytecode = 1 // INET_DIAG_REQ_BYTECODE

	sockidLen = 48 // struct inet_diag_sockid: all zero in a dump
)

// diagDump is one dump to ask the kernel for: of one address family with struct
// inet_diag_req_v2 or unix_diag_req, or, if family is 0, of TCP sockets of both internet
// families in one walk of the kernel's table with the older struct inet_diag_req.
type diagDump struct {
	family byte
	icons  bool // of Unix listeners, only the connections that wait to be accepted
}

var (
	dumpBoth = []diagDump{{family: 0}}
	dumpEach = []diagDump{{family: linuxAFInet}, {family: linuxAFInet6}}
	dumpUnix = []diagDump{{family: linuxAFUnix}}
)

// diagDumps returns the dumps that can have sockets a filter wants.
func diagDumps(proto mib2.Protocol, f *diagFilter) []diagDump {
	switch {
	case !f.Wants(proto) || f.states(proto) == 0:
		return nil
	case proto == mib2.Unix:
		return dumpUnix
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
	switch {
	case d.icons:
		return unixDiagRequest(seq, 1<<linuxListen, showIcons)
	case d.family == linuxAFUnix:
		return unixDiagRequest(seq, linuxAllStates, showName|showVFS|showPeer|showQueues|showUID)
	}
	order := binary.NativeEndian
	kind, states, ext := sockDiagByFamily, f.states(proto), extensions(proto, f.Parts)
	if d.family == 0 {
		kind = tcpdiagGetsock
	}
	b := make([]byte, 4, 256) // the length follows
	b = order.AppendUint16(b, uint16(kind))
	b = order.AppendUint16(b, nlmFlagRequest|nlmFlagDump)
	b = order.AppendUint32(b, seq)
	b = order.AppendUint32(b, 0) // sender: the kernel fills it in
	if d.family == 0 {
		b = append(b, 0, 0, 0, ext)
		b = append(b, make([]byte, sockidLen)...)
		b = order.AppendUint32(b, states)
		b = order.AppendUint32(b, 0) // idiag_dbs
	} else {
		b = append(b, d.family, proto.Number(), ext, 0)
		b = order.AppendUint32(b, states)
		b = append(b, make([]byte, sockidLen)...)
	}
	if code := portProgram(&f.Filter); code != nil {
		b = order.AppendUint16(b, uint16(nlaHeaderLen+len(code)))
		b = order.AppendUint16(b, reqBytecode)
		b = append(b, code...)
	}
	order.PutUint32(b, uint32(len(b)))
	return b
}

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
		ask(mib2.AttrTCPInfo, mib2.AttrCongestion)
	}
	if p&mib2.PartMem != 0 {
		ask(mib2.AttrMem, mib2.AttrTOS, mib2.AttrTClass) // AttrClassID comes with the last
	}
	return ext
}
