package linux

import (
	"encoding/binary"
	"net/netip"

	"sockstat/mib2"
)

// Attributes of routes, include/uapi/linux/rtnetlink.h.
const (
	rtaDst       = 1
	rtaOIF       = 4
	rtaGateway   = 5
	rtaPriority  = 6
	rtaPrefSrc   = 7
	rtaMetrics   = 8
	rtaMultipath = 9
	rtaTable     = 15
	rtaVia       = 18

	rtaxMTU = 2

	rtmFlagCloned  = 0x200
	rtnexthopLen   = 8
	nextHopsOfBits = 0xff // RTNH_F_* in rtm_flags
)

// appendRoute decodes a struct rtmsg and its attributes: a row, or one for each of several
// next hops.
func appendRoute(dst []mib2.Route, b []byte) ([]mib2.Route, error) {
	if len(b) < rtmsgLen {
		return dst, short("rtmsg", len(b), rtmsgLen)
	}
	family, flags := b[0], binary.NativeEndian.Uint32(b[8:])
	if family != linuxAFInet && family != linuxAFInet6 || flags&rtmFlagCloned != 0 {
		return dst, nil // of another protocol, or just remembered
	}
	r := mib2.Route{
		Table: numberName(routeTables, uint32(b[4])), Protocol: numberName(routeProtocols, uint32(b[5])),
		Scope: numberName(routeScopes, uint32(b[6])), Type: numberName(routeTypes, uint32(b[7])),
		Flags: flagNames(nextHopFlags, flags&nextHopsOfBits),
	}
	bits := int(b[1])
	address := netip.IPv6Unspecified()
	if family == linuxAFInet {
		address = netip.IPv4Unspecified()
	}
	var hops []byte
	for b = b[rtmsgLen:]; len(b) > 0; {
		attr, data, rest, err := nextAttr(b)
		if err != nil {
			return dst, err
		}
		switch attr {
		case rtaDst:
			if a, ok := netip.AddrFromSlice(data); ok {
				address = a
			}
		case rtaMultipath:
			hops = data
		default:
			if err := setRouteAttr(&r, attr, data); err != nil {
				return dst, err
			}
		}
		b = rest
	}
	r.Destination = netip.PrefixFrom(address, bits)
	if !r.Destination.IsValid() {
		return dst, nil
	}
	if len(hops) == 0 {
		return append(dst, r), nil
	}
	return appendHops(dst, r, hops)
}

func setRouteAttr(r *mib2.Route, attr uint16, data []byte) (err error) {
	switch attr {
	case rtaOIF:
		r.Interface = attr32(data)
	case rtaGateway:
		r.Gateway, _ = netip.AddrFromSlice(data)
	case rtaVia: // struct rtvia: a gateway of another family
		if len(data) > 2 {
			r.Gateway, _ = netip.AddrFromSlice(data[2:])
		}
	case rtaPriority:
		r.Metric = attr32(data)
	case rtaPrefSrc:
		r.Source, _ = netip.AddrFromSlice(data)
	case rtaTable:
		r.Table = numberName(routeTables, attr32(data))
	case rtaMetrics:
		r.MTU, err = routeMTU(data)
	}
	return err
}

// routeMTU returns RTAX_MTU among the attributes of RTA_METRICS.
func routeMTU(b []byte) (uint32, error) {
	for len(b) > 0 {
		attr, data, rest, err := nextAttr(b)
		if err != nil {
			return 0, err
		}
		if attr == rtaxMTU {
			return attr32(data), nil
		}
		b = rest
	}
	return 0, nil
}

// appendHops appends a route once for each struct rtnexthop.
func appendHops(dst []mib2.Route, route mib2.Route, b []byte) ([]mib2.Route, error) {
	for len(b) > 0 {
		if len(b) < rtnexthopLen {
			return dst, short("rtnexthop", len(b), rtnexthopLen)
		}
		size := int(binary.NativeEndian.Uint16(b))
		if size < rtnexthopLen || size > len(b) {
			return dst, short("next hop", len(b), size)
		}
		hop := route
		hop.Flags, hop.Weight = flagNames(nextHopFlags, uint32(b[2])), uint32(b[3])+1
		hop.Interface = binary.NativeEndian.Uint32(b[4:])
		for attrs := b[rtnexthopLen:size]; len(attrs) > 0; {
			attr, data, rest, err := nextAttr(attrs)
			if err != nil {
				return dst, err
			}
			if attr == rtaGateway || attr == rtaVia {
				if err := setRouteAttr(&hop, attr, data); err != nil {
					return dst, err
				}
			}
			attrs = rest
		}
		dst = append(dst, hop)
		b = b[align4(size, len(b)):]
	}
	return dst, nil
}

// Names in the spelling of ip-route(8), of RTN_*, RT_SCOPE_*, RT_TABLE_*, RTPROT_* and RTNH_F_*
// of include/uapi/linux/rtnetlink.h.
var (
	routeTypes = map[uint32]string{0: "none", 1: "unicast", 2: "local", 3: "broadcast", 4: "anycast", 5: "multicast", 6: "blackhole",
		7: "unreachable", 8: "prohibit", 9: "throw", 10: "nat", 11: "xresolve"}
	routeScopes    = map[uint32]string{0: "global", 200: "site", 253: "link", 254: "host", 255: "nowhere"}
	routeTables    = map[uint32]string{253: "default", 254: "main", 255: "local"}
	routeProtocols = map[uint32]string{0: "unspec", 1: "redirect", 2: "kernel", 3: "boot", 4: "static", 8: "gated", 9: "ra", 10: "mrt",
		11: "zebra", 12: "bird", 13: "dnrouted", 14: "xorp", 15: "ntk", 16: "dhcp", 17: "mrouted", 18: "keepalived", 42: "babel",
		84: "ovn", 99: "openr", 186: "bgp", 187: "isis", 188: "ospf", 189: "rip", 192: "eigrp"}
	nextHopFlags = []string{"dead", "pervasive", "onlink", "offload", "linkdown", "unresolved", "trap"}
)
