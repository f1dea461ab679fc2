package vtab

import (
	"context"

	"sockstat/mib2"
	"sockstat/vtab/table"
)

type settingRow = networkRow[mib2.Setting]

// sysctls declares the table of the network's parameters.
func (m *Machine) sysctls() table.Table {
	return networkTable(m, "sysctls", "Parameters of the network, those of sysctl net", 1000, settingColumns,
		func(ctx context.Context, n mib2.Network, q *table.Query) ([]mib2.Setting, error) {
			return n.Settings(ctx, func(name string) bool { return wants(q, "name", name) })
		})
}

var settingColumns = []table.Column[settingRow]{
	{Name: "name", Type: table.Text, Pushed: true, Doc: "Name, such as net.ipv4.ip_local_port_range; the full stop of an interface's name is a slash",
		Get: func(r *settingRow) table.Value { return table.String(r.row.Name) }},
	{Name: "value", Type: table.Text, Doc: "Value, blanks between several; NULL if it is empty or may not be seen",
		Get: func(r *settingRow) table.Value { return table.NonEmpty(r.row.Value) }},
	{Name: "number", Type: table.Integer, Doc: "Value as a number; NULL if it is none",
		Get: func(r *settingRow) table.Value {
			n, ok := table.String(r.row.Value).Integer()
			if !ok {
				return table.Null()
			}
			return table.Int(n)
		}},
}
