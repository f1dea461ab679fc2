package vtab

import (
	"context"

	"sockstat/mib2"
	"sockstat/vtab/table"
)

type counterRow = networkRow[mib2.Counter]

// netstats declares the table of what protocols count.
func (m *Machine) netstats() table.Table {
	return networkTable(m, "netstats", "Counters of the network's protocols, those of netstat -s and nstat", 400, counterColumns,
		func(ctx context.Context, n mib2.Network, _ *table.Query) ([]mib2.Counter, error) {
			return n.Counters(ctx)
		})
}

var counterColumns = []table.Column[counterRow]{
	{Name: "protocol", Type: table.Text, Doc: "Protocol or group: Ip, Icmp, Tcp, TcpExt, Udp, Ip6, Udp6, MPTcpExt and others",
		Get: func(r *counterRow) table.Value { return table.String(r.row.Protocol) }},
	{Name: "name", Type: table.Text, Doc: "Name of the counter, such as RetransSegs or ListenOverflows",
		Get: func(r *counterRow) table.Value { return table.String(r.row.Name) }},
	{Name: "value", Type: table.Integer, Kept: table.Kept{Measure: true}, Doc: "Its value since the zone was made; of some, such as CurrEstab of Tcp, the present one; NULL of a limit that there is not",
		Get: func(r *counterRow) table.Value {
			if r.row.Value < 0 { // MaxConn of Tcp, RFC 1213: "the value -1"
				return table.Null()
			}
			return table.Int(r.row.Value)
		}},
}
