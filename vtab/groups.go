package vtab

import (
	"context"
	"strings"

	"sockstat/proc"
	"sockstat/vtab/table"
)

// groups declares the table of the group database, group(5).
func (m *Machine) groups() *table.Spec[proc.Group] {
	return &table.Spec[proc.Group]{
		Name: "groups", Doc: "Groups of this machine, without those of network directories", Rows: 60, Columns: groupColumns,
		Open: func(context.Context, *table.Query) (table.Reader[proc.Group], error) {
			if m.Groups == nil {
				return &table.List[proc.Group]{}, nil
			}
			groups, err := m.Groups.Groups()
			return &table.List[proc.Group]{Rows: groups}, err
		},
	}
}

var groupColumns = []table.Column[proc.Group]{
	{Name: "name", Type: table.Text, Doc: "Name of the group",
		Get: func(g *proc.Group) table.Value { return table.String(g.Name) }},
	{Name: "gid", Type: table.Integer, Doc: "Group id; joins users.gid and processes.gid",
		Get: func(g *proc.Group) table.Value { return table.Int(g.GID) }},
	{Name: "members", Type: table.Text, Doc: "Users in it besides those whose primary group it is, commas between them; NULL if none",
		Get: func(g *proc.Group) table.Value { return table.NonEmpty(strings.Join(g.Members, ",")) }},
}
