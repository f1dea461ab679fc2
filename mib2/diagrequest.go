package mib2

import (
	"encoding/binary"
	"slices"
)

const (
	reqBytecode = 1 // INET_DIAG_REQ_BYTECODE

	sockidLen = 48 // struct inet_diag_sockid: all zero in a dump
)

var linuxProtocols = []byte{TCP: 6, UDP: 17} // IPPROTO_*

// diagDump is one dump to ask the kernel for: of one address family with struct
// inet_diag_req_v2, or, if family is 0, of TCP sockets of both families in one walk
// of the kernel's table with the older struct inet_diag_req.
type diagDump struct{ family byte }

var (
	dumpBoth = []diagDump{{0}}
	dumpEach = []diagDump{{linuxAFInet}, {linuxAFInet6}}
)

// diagDumps returns the dumps that can have sockets a filter wants.
func diagDumps(proto Protocol, f *Filter) []diagDump {
	switch {
	case f.wantsNothing() || f.linuxStates(proto) == 0:
		return nil
	case f.Families != nil && !slices.Contains(f.Families, Inet):
		return dumpEach[1:]
	case proto == TCP:
		// IPv4 alone too: mapped addresses are those of IPv6 sockets.
		return dumpBoth
	}
	return dumpEach
}

// wantsNothing reports whether no socket can get through, whatever its state.
func (f *Filter) wantsNothing() bool {
	none := func(ports []PortRange) bool { return ports != nil && len(portsOrAll(ports)) == 0 }
	return f.Families != nil && len(f.Families) == 0 || none(f.LocalPorts) || none(f.RemotePorts)
}

func portsOrAll(ports []PortRange) []PortRange {
	if merged := mergeRanges(ports); merged != nil {
		return merged
	}
	return []PortRange{{0, 65535}}
}

// request returns the message that starts the dump.
func (d diagDump) request(proto Protocol, f *Filter, seq uint32) []byte {
	order := binary.NativeEndian
	kind, states, ext := sockDiagByFamily, f.linuxStates(proto), extensions(proto, f.Parts)
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
		b = append(b, d.family, linuxProtocols[proto], ext, 0)
		b = order.AppendUint32(b, states)
		b = append(b, make([]byte, sockidLen)...)
	}
	if code := portProgram(f); code != nil {
		b = order.AppendUint16(b, uint16(nlaHeaderLen+len(code)))
		b = order.AppendUint16(b, reqBytecode)
		b = append(b, code...)
	}
	order.PutUint32(b, uint32(len(b)))
	return b
}

// extensions returns the bits of idiag_ext for what costs extra; some attributes come
// unasked.
func extensions(proto Protocol, p Parts) byte {
	var ext byte
	ask := func(attrs ...Attr) {
		for _, a := range attrs {
			ext |= 1 << (a - 1)
		}
	}
	if p&PartInfo != 0 && proto == TCP {
		ask(AttrTCPInfo, AttrCongestion)
	}
	if p&PartMem != 0 {
		ask(AttrMem, AttrTOS, AttrTClass) // AttrClassID comes with the last
	}
	return ext
}
