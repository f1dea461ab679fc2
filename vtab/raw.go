package vtab

import (
	"strconv"

	"sockstat/vtab/table"
)

// rawColumns are what is particular to raw sockets.
var rawColumns = []table.Column[socket]{
	{Name: "protocol", Type: table.Integer,
		Doc: "Number of the protocol above IP whose packets it gets; 255: it can only send",
		Get: func(s *socket) table.Value {
			if s.Special == nil || s.Special.Raw == nil {
				return table.Null()
			}
			return table.Int(s.Special.Raw.Protocol)
		}},
	{Name: "protocol_name", Type: table.Text,
		Doc: "Its name, such as icmp, or the number",
		Get: rawProtocol},
}

// rawProtocol returns the name of the protocol of a raw socket, or its number.
func rawProtocol(s *socket) table.Value {
	if s.Special == nil || s.Special.Raw == nil {
		return table.Null()
	}
	n := s.Special.Raw.Protocol
	if name := ipProtocols[n]; name != "" {
		return table.Static(name)
	}
	return table.String(strconv.Itoa(int(n)))
}

// ipProtocols are the names of IANA's protocol numbers as /etc/protocols has them, of those
// that are in use.
var ipProtocols = [256]string{0: "ip", 1: "icmp", 2: "igmp", 4: "ipencap", 6: "tcp", 8: "egp", 17: "udp", 27: "rdp",
	33: "dccp", 41: "ipv6", 43: "ipv6-route", 44: "ipv6-frag", 46: "rsvp", 47: "gre", 50: "esp", 51: "ah", 58: "ipv6-icmp",
	59: "ipv6-nonxt", 60: "ipv6-opts", 88: "eigrp", 89: "ospf", 97: "etherip", 98: "encap", 103: "pim", 108: "ipcomp",
	112: "vrrp", 115: "l2tp", 124: "isis", 132: "sctp", 133: "fc", 135: "mobility-header", 136: "udplite", 137: "mpls-in-ip",
	139: "hip", 143: "ethernet", 255: "raw"}
