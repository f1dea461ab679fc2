package vtab

import (
	"context"

	"sockstat/mib2"
	"sockstat/vtab/table"
)

type interfaceRow = networkRow[mib2.Interface]

// interfaceTable declares the table of network interfaces.
func (m *Machine) interfaceTable() table.Table {
	return networkTable(m, "interfaces", "Network interfaces, with what they counted", 20, interfaceColumns,
		func(ctx context.Context, n mib2.Network, _ *table.Query) ([]mib2.Interface, error) {
			return n.Interfaces(ctx)
		})
}

var interfaceColumns = []table.Column[interfaceRow]{
	{Name: "name", Type: table.Text, Doc: "Name; joins sockets.interface, addresses.interface and routes.interface",
		Get: func(r *interfaceRow) table.Value { return table.String(r.row.Name) }},
	{Name: "ifindex", Type: table.Integer, Doc: "Index, by which the kernel knows it",
		Get: func(r *interfaceRow) table.Value { return table.Int(r.row.Index) }},
	{Name: "type", Type: table.Text, Doc: "Type of its link: ether, loopback, none (tun), ppp and others",
		Get: func(r *interfaceRow) table.Value { return table.NonEmpty(r.row.Type) }},
	{Name: "kind", Type: table.Text, Doc: "Kind of virtual interface: veth, bridge, vlan, tun and others; NULL of hardware",
		Get: func(r *interfaceRow) table.Value { return table.NonEmpty(r.row.Kind) }},
	{Name: "alias", Type: table.Text, Hidden: true, Doc: "What the administrator calls it",
		Get: func(r *interfaceRow) table.Value { return table.NonEmpty(r.row.Alias) }},
	{Name: "mac", Type: table.Text, Doc: "Hardware address",
		Get: func(r *interfaceRow) table.Value { return table.NonEmpty(r.row.MAC) }},
	{Name: "mtu", Type: table.Integer, Doc: "Longest packet in bytes",
		Get: func(r *interfaceRow) table.Value { return table.NonZero(r.row.MTU) }},
	{Name: "state", Type: table.Text, Doc: "What it can do now: UP, DOWN, LOWERLAYERDOWN, DORMANT and others; UNKNOWN where nobody keeps that, as of loopback",
		Get: func(r *interfaceRow) table.Value { return table.NonEmpty(r.row.State) }},
	{Name: "flags", Type: table.Text, Doc: "Flags with commas between them: UP (by the administrator), BROADCAST, LOOPBACK, RUNNING, PROMISC and others",
		Get: func(r *interfaceRow) table.Value { return table.NonEmpty(r.row.Flags) }},
	{Name: "promiscuity", Type: table.Integer, Doc: "How many want all packets that come by: captures, bridges",
		Get: func(r *interfaceRow) table.Value {
			if !r.row.HasStats {
				return table.Null()
			}
			return table.Int(r.row.Promiscuity)
		}},
	{Name: "master", Type: table.Text, Doc: "Bridge, bond or VRF that it is a port of",
		Get: func(r *interfaceRow) table.Value { return r.where.interfaceName(r.row.Master) }},
	{Name: "link_ifindex", Type: table.Integer, Doc: "Index of the interface it stands on, or of the other end of a veth",
		Get: func(r *interfaceRow) table.Value { return table.NonZero(r.row.Link) }},
	{Name: "link_outside", Type: table.Integer, Hidden: true, Doc: "1 if link_ifindex counts in another zone",
		Get: func(r *interfaceRow) table.Value {
			if r.row.Link == 0 {
				return table.Null()
			}
			return table.Bool(r.row.LinkOutside)
		}},
	{Name: "qdisc", Type: table.Text, Hidden: true, Doc: "Queueing discipline",
		Get: func(r *interfaceRow) table.Value { return table.NonEmpty(r.row.Qdisc) }},
	{Name: "rx_bytes", Type: table.Integer, Kept: table.Kept{Measure: true}, Doc: "Bytes received",
		Get: ofInterface(func(s *mib2.InterfaceStats) uint64 { return s.RxBytes })},
	{Name: "rx_packets", Type: table.Integer, Kept: table.Kept{Measure: true}, Doc: "Packets received",
		Get: ofInterface(func(s *mib2.InterfaceStats) uint64 { return s.RxPackets })},
	{Name: "rx_errors", Type: table.Integer, Kept: table.Kept{Measure: true}, Doc: "Packets received that were bad",
		Get: ofInterface(func(s *mib2.InterfaceStats) uint64 { return s.RxErrors })},
	{Name: "rx_drops", Type: table.Integer, Kept: table.Kept{Measure: true}, Doc: "Packets received that were dropped, as for want of memory",
		Get: ofInterface(func(s *mib2.InterfaceStats) uint64 { return s.RxDropped })},
	{Name: "tx_bytes", Type: table.Integer, Kept: table.Kept{Measure: true}, Doc: "Bytes sent",
		Get: ofInterface(func(s *mib2.InterfaceStats) uint64 { return s.TxBytes })},
	{Name: "tx_packets", Type: table.Integer, Kept: table.Kept{Measure: true}, Doc: "Packets sent",
		Get: ofInterface(func(s *mib2.InterfaceStats) uint64 { return s.TxPackets })},
	{Name: "tx_errors", Type: table.Integer, Kept: table.Kept{Measure: true}, Doc: "Packets that could not be sent",
		Get: ofInterface(func(s *mib2.InterfaceStats) uint64 { return s.TxErrors })},
	{Name: "tx_drops", Type: table.Integer, Kept: table.Kept{Measure: true}, Doc: "Packets that were dropped before they were sent",
		Get: ofInterface(func(s *mib2.InterfaceStats) uint64 { return s.TxDropped })},
	{Name: "multicast", Type: table.Integer, Hidden: true, Kept: table.Kept{Measure: true}, Doc: "Multicast packets received",
		Get: ofInterface(func(s *mib2.InterfaceStats) uint64 { return s.Multicast })},
	{Name: "collisions", Type: table.Integer, Hidden: true, Kept: table.Kept{Measure: true}, Doc: "Collisions on the link",
		Get: ofInterface(func(s *mib2.InterfaceStats) uint64 { return s.Collisions })},
}

// ofInterface makes a getter of a counter.
func ofInterface(get func(*mib2.InterfaceStats) uint64) func(*interfaceRow) table.Value {
	return func(r *interfaceRow) table.Value {
		if !r.row.HasStats {
			return table.Null()
		}
		return table.Uint(get(&r.row.Stats))
	}
}
