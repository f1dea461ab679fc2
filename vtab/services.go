package vtab

import (
	"context"
	"strings"

	"sockstat/mib2"
	"sockstat/vtab/table"
)

// services declares the table of what ports are registered for, services(5).
func (m *Machine) services() *table.Spec[mib2.Service] {
	return &table.Spec[mib2.Service]{
		Name: "services", Doc: "What ports are registered for, by services(5); not what is running there", Rows: 400, Columns: serviceColumns,
		Open: func(context.Context, *table.Query) (table.Reader[mib2.Service], error) {
			if m.Services == nil {
				return &table.List[mib2.Service]{}, nil
			}
			list, err := m.Services()
			return &table.List[mib2.Service]{Rows: list}, err
		},
	}
}

var serviceColumns = []table.Column[mib2.Service]{
	{Name: "name", Type: table.Text, Doc: "Name of the service",
		Get: func(s *mib2.Service) table.Value { return table.String(s.Name) }},
	{Name: "port", Type: table.Integer, Doc: "Port; joins sockets.local_port",
		Get: func(s *mib2.Service) table.Value { return table.Int(s.Port) }},
	{Name: "proto", Type: table.Text, Doc: "Protocol: tcp, udp and others; joins sockets.proto",
		Get: func(s *mib2.Service) table.Value { return table.String(s.Protocol) }},
	{Name: "aliases", Type: table.Text, Doc: "Other names, blanks between them; NULL if none",
		Get: func(s *mib2.Service) table.Value { return table.NonEmpty(strings.Join(s.Aliases, " ")) }},
	{Name: "comment", Type: table.Text, Doc: "What the file says of it besides; NULL if nothing",
		Get: func(s *mib2.Service) table.Value { return table.NonEmpty(s.Comment) }},
}
