package vtab

import (
	"strconv"
	"strings"

	"sockstat/mib2"
	"sockstat/vtab/table"
)

// netlinkColumns are what is particular to netlink sockets.
func netlinkColumns() []table.Column[socket] {
	return []table.Column[socket]{
		typeColumn,
		ofNetlink("protocol", table.Integer, "Number of its protocol (NETLINK_*)",
			func(n *mib2.NetlinkInfo) table.Value { return table.Int(n.Protocol) }),
		ofNetlink("protocol_name", table.Text, "Its name, such as ROUTE, SOCK_DIAG, KOBJECT_UEVENT or GENERIC, or the number",
			func(n *mib2.NetlinkInfo) table.Value { return netlinkProtocol(n.Protocol) }),
		ofNetlink("portid", table.Integer, "Its address, mostly the PID of the process that opened it; 0 if it is the kernel's own",
			func(n *mib2.NetlinkInfo) table.Value { return table.Int(n.PortID) }),
		ofNetlink("groups", table.Text, "Numbers of the multicast groups that it listens to, blank-separated; NULL if none",
			func(n *mib2.NetlinkInfo) table.Value { return netlinkGroups(n, func(uint32) string { return "" }) }),
		ofNetlink("group_names", table.Text, "The same by names, where the protocol is ROUTE, NETFILTER or AUDIT",
			func(n *mib2.NetlinkInfo) table.Value {
				names := netlinkGroupNames[n.Protocol]
				if names == nil {
					return table.Null()
				}
				return netlinkGroups(n, func(group uint32) string {
					if int(group) < len(names) {
						return names[group]
					}
					return ""
				})
			}),
		ofNetlink("dst_portid", table.Integer, "Where it sends to by default; NULL if to the kernel",
			func(n *mib2.NetlinkInfo) table.Value { return table.NonZero(n.DstPortID) }),
		ofNetlink("dst_group", table.Integer, "Group that it sends to by default; NULL if none",
			func(n *mib2.NetlinkInfo) table.Value { return table.NonZero(n.DstGroup) }),
		ofNetlink("flags", table.Text, "Blank-separated: dumping pktinfo broadcast_error no_enobufs listen_all_nsid cap_ack",
			func(n *mib2.NetlinkInfo) table.Value { return flagNames(uint32(n.Flags), netlinkFlagNames) }),
	}
}

// ofNetlink declares a column of a netlink socket.
func ofNetlink(name string, typ table.Type, doc string, get func(*mib2.NetlinkInfo) table.Value) table.Column[socket] {
	return table.Column[socket]{Name: name, Type: typ, Doc: doc, Get: func(s *socket) table.Value {
		if s.Special == nil || s.Special.Netlink == nil {
			return table.Null()
		}
		return get(s.Special.Netlink)
	}}
}

var netlinkFlagNames = []string{"dumping", "pktinfo", "broadcast_error", "no_enobufs", "listen_all_nsid", "cap_ack"}

// netlinkProtocols are the names of the NETLINK_* of include/uapi/linux/netlink.h.
var netlinkProtocols = []string{"ROUTE", "UNUSED", "USERSOCK", "FIREWALL", "SOCK_DIAG", "NFLOG", "XFRM", "SELINUX", "ISCSI",
	"AUDIT", "FIB_LOOKUP", "CONNECTOR", "NETFILTER", "IP6_FW", "DNRTMSG", "KOBJECT_UEVENT", "GENERIC", "", "SCSITRANSPORT",
	"ECRYPTFS", "RDMA", "CRYPTO", "SMC"}

// netlinkProtocol returns the name of a protocol, or its number.
func netlinkProtocol(n uint8) table.Value {
	if int(n) < len(netlinkProtocols) && netlinkProtocols[n] != "" {
		return table.Static(netlinkProtocols[n])
	}
	return table.String(strconv.Itoa(int(n)))
}

// netlinkGroups returns the groups by name, or number where name is "".
func netlinkGroups(n *mib2.NetlinkInfo, name func(uint32) string) table.Value {
	words := make([]string, len(n.Groups))
	for i, group := range n.Groups {
		if words[i] = name(group); words[i] == "" {
			words[i] = strconv.FormatUint(uint64(group), 10)
		}
	}
	return table.NonEmpty(strings.Join(words, " "))
}

// netlinkGroupNames are the groups of protocols by number: RTNLGRP_* of linux/rtnetlink.h,
// NFNLGRP_* of linux/netfilter/nfnetlink.h, AUDIT_NLGRP_* of linux/audit.h.
var netlinkGroupNames = map[uint8][]string{
	0: {"", "LINK", "NOTIFY", "NEIGH", "TC", "IPV4_IFADDR", "IPV4_MROUTE", "IPV4_ROUTE", "IPV4_RULE", "IPV6_IFADDR",
		"IPV6_MROUTE", "IPV6_ROUTE", "IPV6_IFINFO", "DECnet_IFADDR", "", "DECnet_ROUTE", "DECnet_RULE", "", "IPV6_PREFIX",
		"IPV6_RULE", "ND_USEROPT", "PHONET_IFADDR", "PHONET_ROUTE", "DCB", "IPV4_NETCONF", "IPV6_NETCONF", "MDB",
		"MPLS_ROUTE", "NSID", "MPLS_NETCONF", "IPV4_MROUTE_R", "IPV6_MROUTE_R", "NEXTHOP", "BRVLAN", "MCTP_IFADDR",
		"TUNNEL", "STATS", "IPV4_MCADDR", "IPV6_MCADDR", "IPV6_ACADDR"},
	12: {"", "CONNTRACK_NEW", "CONNTRACK_UPDATE", "CONNTRACK_DESTROY", "CONNTRACK_EXP_NEW", "CONNTRACK_EXP_UPDATE",
		"CONNTRACK_EXP_DESTROY", "NFTABLES", "ACCT_QUOTA", "NFTRACE"},
	9: {"", "READLOG"},
}
