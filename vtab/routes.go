package vtab

import (
	"context"

	"sockstat/mib2"
	"sockstat/vtab/table"
)

type routeRow = networkRow[mib2.Route]

// routes declares the table of routes.
func (m *Machine) routes() table.Table {
	return networkTable(m, "routes", "Routes of all routing tables, one row for each next hop", 50, routeColumns,
		func(ctx context.Context, n mib2.Network, _ *table.Query) ([]mib2.Route, error) { return n.Routes(ctx) })
}

var routeColumns = []table.Column[routeRow]{
	{Name: "destination", Type: table.Text, Doc: "Network it leads to, address/length; 0.0.0.0/0 and ::/0 are the default routes",
		Get: func(r *routeRow) table.Value { return prefixText(r.row.Destination) }},
	{Name: "gateway", Type: table.Text, Doc: "Router that packets are given to; NULL if the destination is on the link",
		Get: func(r *routeRow) table.Value { return addressText(r.row.Gateway) }},
	{Name: "interface", Type: table.Text, Doc: "Interface that packets leave by; joins interfaces.name",
		Get: func(r *routeRow) table.Value { return r.where.interfaceName(r.row.Interface) }},
	{Name: "ifindex", Type: table.Integer, Doc: "Index of the interface; NULL if there is none",
		Get: func(r *routeRow) table.Value { return table.NonZero(r.row.Interface) }},
	{Name: "source", Type: table.Text, Doc: "Address that packets are sent from unless the socket is bound",
		Get: func(r *routeRow) table.Value { return addressText(r.row.Source) }},
	{Name: "metric", Type: table.Integer, Doc: "Preference among routes to one destination, the least first",
		Get: func(r *routeRow) table.Value { return table.Int(r.row.Metric) }},
	{Name: "family", Type: table.Text, Doc: "inet or inet6",
		Get: func(r *routeRow) table.Value { return familyOfAddress(r.row.Destination.Addr()) }},
	{Name: "routing_table", Type: table.Text, Doc: "Table it is in: main, local, default, or the number of another",
		Get: func(r *routeRow) table.Value { return table.NonEmpty(r.row.Table) }},
	{Name: "type", Type: table.Text, Doc: "unicast, local, broadcast, multicast, blackhole, unreachable, prohibit and others",
		Get: func(r *routeRow) table.Value { return table.NonEmpty(r.row.Type) }},
	{Name: "proto", Type: table.Text, Doc: "Who made it: kernel, boot, static, dhcp, ra, bgp and others",
		Get: func(r *routeRow) table.Value { return table.NonEmpty(r.row.Protocol) }},
	{Name: "scope", Type: table.Text, Doc: "How far the destination is: global, site, link, host, nowhere",
		Get: func(r *routeRow) table.Value { return table.NonEmpty(r.row.Scope) }},
	{Name: "flags", Type: table.Text, Doc: "Flags with commas between them: linkdown, dead, onlink, offload and others",
		Get: func(r *routeRow) table.Value { return table.NonEmpty(r.row.Flags) }},
	{Name: "mtu", Type: table.Integer, Doc: "Longest packet in bytes; NULL if it is that of the interface",
		Get: func(r *routeRow) table.Value { return table.NonZero(r.row.MTU) }},
	{Name: "weight", Type: table.Integer, Doc: "Share of this next hop among several; NULL if it is the only one",
		Get: func(r *routeRow) table.Value { return table.NonZero(r.row.Weight) }},
}
