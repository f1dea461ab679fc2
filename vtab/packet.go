package vtab

import (
	"fmt"

	"sockstat/mib2"
	"sockstat/vtab/table"
)

// packetColumns are what is particular to packet sockets. What only netlink tells is NULL
// where sockets come from /proc/net.
func packetColumns() []table.Column[socket] {
	return []table.Column[socket]{
		typeColumn,
		{Name: "ethertype", Type: table.Integer,
			Doc: "Protocol of the frames it gets (ETH_P_*): 3 is all; NULL if it gets none",
			Get: func(s *socket) table.Value {
				if s.Special == nil || s.Special.Packet == nil {
					return table.Null()
				}
				return table.NonZero(s.Special.Packet.Ethertype)
			}},
		{Name: "ethertype_name", Type: table.Text,
			Doc: "Its name, such as ip, arp or all, or the number in hexadecimal",
			Get: func(s *socket) table.Value {
				switch name := ethertype(s); {
				case name.IsNull(), name.Bytes() == "0":
					return table.Null()
				case name.Bytes() == "*":
					return table.Static("all")
				default:
					return name
				}
			}},
		ofPacket("running", table.Integer, "1 if it gets frames: it is bound to a protocol and the interface is up", false,
			func(p *mib2.PacketInfo) table.Value { return table.Bool(p.Running) }),
		ofPacket("promiscuous", table.Integer, "1 if it set an interface to take all frames (promiscuous), or all multicast ones", true,
			func(p *mib2.PacketInfo) table.Value { return table.Bool(p.Promiscuous) }),
		ofPacket("fanout_id", table.Integer, "Group of sockets among which frames are distributed; NULL if none", true,
			func(p *mib2.PacketInfo) table.Value {
				if p.Fanout == nil {
					return table.Null()
				}
				return table.Int(p.Fanout.ID)
			}),
		ofPacket("fanout_type", table.Text, "How they are distributed: hash lb cpu rollover rnd qm cbpf ebpf", true,
			func(p *mib2.PacketInfo) table.Value {
				if p.Fanout == nil || int(p.Fanout.Type) >= len(fanoutTypes) {
					return table.Null()
				}
				return table.Static(fanoutTypes[p.Fanout.Type])
			}),
		ofPacket("filter_length", table.Integer, "Instructions of the filter (BPF) that chooses frames, 0 without one; NULL without CAP_NET_ADMIN", true,
			func(p *mib2.PacketInfo) table.Value {
				if !p.FilterKnown {
					return table.Null()
				}
				return table.Int(p.Filter)
			}),
		ofPacket("rx_ring_bytes", table.Integer, "Size of the ring of frames received, in bytes; 0 without one", true,
			func(p *mib2.PacketInfo) table.Value { return table.Uint(p.RxRing.Bytes()) }),
		ofPacket("rx_ring_frames", table.Integer, "Frames that it has room for", true,
			func(p *mib2.PacketInfo) table.Value { return table.Int(p.RxRing.Frames) }),
		ofPacket("tx_ring_bytes", table.Integer, "Size of the ring of frames to be sent, in bytes; 0 without one", true,
			func(p *mib2.PacketInfo) table.Value { return table.Uint(p.TxRing.Bytes()) }),
		ofPacket("tx_ring_frames", table.Integer, "Frames that it has room for", true,
			func(p *mib2.PacketInfo) table.Value { return table.Int(p.TxRing.Frames) }),
		ofPacket("tpacket_version", table.Integer, "Version of the rings, from 0", true,
			func(p *mib2.PacketInfo) table.Value { return table.Int(p.Version) }),
		ofPacket("reserve", table.Integer, "Bytes left free before each frame of a ring", true,
			func(p *mib2.PacketInfo) table.Value { return table.Int(p.Reserve) }),
		ofPacket("copy_thresh", table.Integer, "Bytes above which a frame is queued as well as put in the ring; 0 if never", true,
			func(p *mib2.PacketInfo) table.Value { return table.Int(p.CopyThresh) }),
		ofPacket("timestamp", table.Integer, "Source of the times of frames (SOF_TIMESTAMPING_*), 0 if the kernel's clock", true,
			func(p *mib2.PacketInfo) table.Value { return table.Int(p.Timestamp) }),
		ofPacket("flags", table.Text, "Blank-separated: running auxdata origdev vnethdr loss", true,
			func(p *mib2.PacketInfo) table.Value { return flagNames(uint32(p.Flags), packetFlagNames) }),
	}
}

// ofPacket declares a column of a packet socket; details says that only netlink tells it.
func ofPacket(name string, typ table.Type, doc string, details bool, get func(*mib2.PacketInfo) table.Value) table.Column[socket] {
	return table.Column[socket]{Name: name, Type: typ, Doc: doc, Get: func(s *socket) table.Value {
		if s.Special == nil || s.Special.Packet == nil || details && !s.Special.Packet.Details {
			return table.Null()
		}
		return get(s.Special.Packet)
	}}
}

var (
	fanoutTypes     = []string{"hash", "lb", "cpu", "rollover", "rnd", "qm", "cbpf", "ebpf"}
	packetFlagNames = []string{"running", "auxdata", "origdev", "vnethdr", "loss"}
)

// ethertype returns the name of what frames a packet socket gets, "*" for all and "0" for
// none.
func ethertype(s *socket) table.Value {
	if s.Special == nil || s.Special.Packet == nil {
		return table.Null()
	}
	n := s.Special.Packet.Ethertype
	if name := ethertypes[n]; name != "" {
		return table.Static(name)
	}
	return table.String(fmt.Sprintf("0x%04x", n))
}

// ethertypes are the names of the numbers of include/uapi/linux/if_ether.h that are in use.
var ethertypes = map[uint16]string{0: "0", 1: "802.3", 2: "ax25", 3: "*", 4: "802.2", 0xc: "can", 0xd: "canfd", 0x0800: "ip", 0x0806: "arp",
	0x6558: "teb", 0x8035: "rarp", 0x8100: "802.1q", 0x86dd: "ipv6", 0x8809: "slow", 0x8847: "mpls", 0x8848: "mpls_mc",
	0x8863: "ppp_disc", 0x8864: "ppp_ses", 0x888e: "pae", 0x88a8: "802.1ad", 0x88a2: "aoe", 0x88b5: "experimental1",
	0x88b6: "experimental2", 0x88ca: "tipc", 0x88cc: "lldp", 0x88e5: "macsec", 0x88f7: "ptp", 0x8902: "cfm", 0x8906: "fcoe",
	0x8914: "fip", 0x9000: "loopback"}
