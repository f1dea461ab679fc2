package vtab

import (
	"context"
	"net/netip"

	"sockstat/mib2"
	"sockstat/vtab/table"
)

type addressRow = networkRow[mib2.Address]

// addresses declares the table of the addresses of interfaces.
func (m *Machine) addresses() table.Table {
	return networkTable(m, "addresses", "Addresses of network interfaces", 40, addressColumns,
		func(ctx context.Context, n mib2.Network, _ *table.Query) ([]mib2.Address, error) {
			return n.Addresses(ctx)
		})
}

var addressColumns = []table.Column[addressRow]{
	{Name: "address", Type: table.Text, Doc: "Address; joins sockets.local_address",
		Get: func(r *addressRow) table.Value { return addressText(r.row.Prefix.Addr()) }},
	{Name: "prefix_len", Type: table.Integer, Doc: "Length of the network's part in bits",
		Get: func(r *addressRow) table.Value { return table.Int(r.row.Prefix.Bits()) }},
	{Name: "network", Type: table.Text, Doc: "Network it is in, address/prefix_len",
		Get: func(r *addressRow) table.Value { return prefixText(r.row.Prefix.Masked()) }},
	{Name: "family", Type: table.Text, Doc: "inet or inet6",
		Get: func(r *addressRow) table.Value { return familyOfAddress(r.row.Prefix.Addr()) }},
	{Name: "interface", Type: table.Text, Doc: "Interface that has it; joins interfaces.name",
		Get: func(r *addressRow) table.Value { return r.where.interfaceName(r.row.Interface) }},
	{Name: "ifindex", Type: table.Integer, Doc: "Index of the interface",
		Get: func(r *addressRow) table.Value { return table.Int(r.row.Interface) }},
	{Name: "scope", Type: table.Text, Values: scopes, Doc: "Reach of the address: loopback, link, private or public, as sockets.scope",
		Get: func(r *addressRow) table.Value { return scope(netip.AddrPortFrom(r.row.Prefix.Addr(), 0)) }},
	{Name: "peer", Type: table.Text, Doc: "Address of the other end of a point-to-point link",
		Get: func(r *addressRow) table.Value { return addressText(r.row.Peer) }},
	{Name: "broadcast", Type: table.Text, Doc: "Broadcast address of the network",
		Get: func(r *addressRow) table.Value { return addressText(r.row.Broadcast) }},
	{Name: "label", Type: table.Text, Doc: "Label that the administrator gave it: the name of the interface, or that and more",
		Get: func(r *addressRow) table.Value { return table.NonEmpty(r.row.Label) }},
	{Name: "flags", Type: table.Text, Doc: "Flags with commas between them: permanent, dynamic, secondary, temporary, deprecated, tentative and others",
		Get: func(r *addressRow) table.Value { return table.NonEmpty(r.row.Flags) }},
	{Name: "valid_s", Type: table.Integer, Kept: table.Kept{Measure: true}, Doc: "Seconds until it is gone; NULL if there is no end",
		Get: func(r *addressRow) table.Value { return lifetime(r.row.Valid) }},
	{Name: "preferred_s", Type: table.Integer, Kept: table.Kept{Measure: true}, Doc: "Seconds for which new connections take it; NULL if there is no end",
		Get: func(r *addressRow) table.Value { return lifetime(r.row.Preferred) }},
}

func lifetime(seconds uint32) table.Value {
	if seconds == mib2.Forever {
		return table.Null()
	}
	return table.Int(seconds)
}

// prefixText returns a network in CIDR notation, RFC 4632.
func prefixText(p netip.Prefix) table.Value {
	return table.String(string(appendAddress(nil, p.Addr())) + "/" + table.Int(p.Bits()).String())
}
