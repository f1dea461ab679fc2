package linux

import (
	"encoding/binary"
	"net"

	"sockstat/mib2"
)

// Attributes of links, include/uapi/linux/if_link.h.
const (
	iflaAddress     = 1
	iflaName        = 3
	iflaMTU         = 4
	iflaLink        = 5
	iflaQdisc       = 6
	iflaMaster      = 10
	iflaOperState   = 16
	iflaLinkInfo    = 18
	iflaAlias       = 20
	iflaStats64     = 23
	iflaPromiscuity = 30
	iflaLinkNetNSID = 37

	iflaInfoKind = 1

	linkStats64Len = 10 * 8 // of struct rtnl_link_stats64, what is read
)

// appendLink decodes a struct ifinfomsg and its attributes.
func appendLink(dst []mib2.Interface, b []byte) ([]mib2.Interface, error) {
	if len(b) < ifinfomsgLen {
		return dst, short("ifinfomsg", len(b), ifinfomsgLen)
	}
	if b[0] != 0 { // of a bridge, which was not asked for
		return dst, nil
	}
	kind := binary.NativeEndian.Uint16(b[2:])
	i := mib2.Interface{
		Type:  numberName(linkTypes, uint32(kind)),
		Index: binary.NativeEndian.Uint32(b[4:]),
		Flags: flagNames(linkFlags, binary.NativeEndian.Uint32(b[8:])),
	}
	for b = b[ifinfomsgLen:]; len(b) > 0; {
		attr, data, rest, err := nextAttr(b)
		if err != nil {
			return dst, err
		}
		if err := setLinkAttr(&i, attr, data); err != nil {
			return dst, err
		}
		b = rest
	}
	if !hasHardwareAddress(kind) {
		i.MAC = ""
	}
	if i.Link == i.Index && !i.LinkOutside {
		i.Link = 0
	}
	return append(dst, i), nil
}

func setLinkAttr(i *mib2.Interface, attr uint16, data []byte) (err error) {
	switch attr {
	case iflaAddress:
		i.MAC = net.HardwareAddr(data).String()
	case iflaName:
		i.Name = attrText(data)
	case iflaMTU:
		i.MTU = attr32(data)
	case iflaLink:
		i.Link = attr32(data)
	case iflaQdisc:
		i.Qdisc = attrText(data)
	case iflaMaster:
		i.Master = attr32(data)
	case iflaOperState:
		if len(data) > 0 && int(data[0]) < len(operStates) {
			i.State = operStates[data[0]]
		}
	case iflaLinkInfo:
		i.Kind, err = linkKind(data)
	case iflaAlias:
		i.Alias = attrText(data)
	case iflaStats64:
		if len(data) >= linkStats64Len {
			i.Stats, i.HasStats = linkStats(data), true
		}
	case iflaPromiscuity:
		i.Promiscuity = attr32(data)
	case iflaLinkNetNSID:
		i.LinkOutside = true
	}
	return err
}

// linkKind returns IFLA_INFO_KIND among the attributes of IFLA_LINKINFO.
func linkKind(b []byte) (string, error) {
	for len(b) > 0 {
		attr, data, rest, err := nextAttr(b)
		if err != nil {
			return "", err
		}
		if attr == iflaInfoKind {
			return attrText(data), nil
		}
		b = rest
	}
	return "", nil
}

// linkStats decodes the beginning of a struct rtnl_link_stats64.
func linkStats(b []byte) mib2.InterfaceStats {
	n := func(i int) uint64 { return binary.NativeEndian.Uint64(b[8*i:]) }
	return mib2.InterfaceStats{RxPackets: n(0), TxPackets: n(1), RxBytes: n(2), TxBytes: n(3), RxErrors: n(4), TxErrors: n(5),
		RxDropped: n(6), TxDropped: n(7), Multicast: n(8), Collisions: n(9)}
}

// operStates are IF_OPER_* of include/uapi/linux/if.h, in the spelling of ip-link(8).
var operStates = []string{"UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN", "TESTING", "DORMANT", "UP"}

// linkFlags are IFF_* of include/uapi/linux/if.h, by bit.
var linkFlags = []string{"UP", "BROADCAST", "DEBUG", "LOOPBACK", "POINTOPOINT", "NOTRAILERS", "RUNNING", "NOARP", "PROMISC",
	"ALLMULTI", "MASTER", "SLAVE", "MULTICAST", "PORTSEL", "AUTOMEDIA", "DYNAMIC", "LOWER_UP", "DORMANT", "ECHO"}

// linkTypes are ARPHRD_* of include/uapi/linux/if_arp.h, in the spelling of ip-link(8).
var linkTypes = map[uint32]string{
	1: "ether", 24: "ieee1394", 32: "infiniband", 280: "can", 512: "ppp", 519: "rawip", 768: "ipip", 769: "tunnel6", 772: "loopback",
	776: "sit", 778: "gre", 801: "ieee802.11", 802: "ieee802.11/prism", 803: "ieee802.11/radiotap", 804: "ieee802.15.4", 823: "gre6",
	824: "netlink", 825: "6lowpan", 826: "vsockmon", 65534: "none",
}

// hasHardwareAddress reports whether the address of a link of some type is one of hardware:
// tunnels have that of IP.
func hasHardwareAddress(kind uint16) bool {
	switch kind {
	case 768, 769, 776, 778, 823:
		return false
	}
	return true
}
