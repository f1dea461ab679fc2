package saved

import (
	"context"
	"fmt"
	"strings"

	"sockstat/proc"
	"sockstat/vtab"
	"sockstat/vtab/table"
)

// Machine returns the machine as it was at a moment: one of the tables that this program
// declares, with the rows of the file. A column that the file does not have is NULL, a table
// that it does not have is an error for who asks it.
func (f *File) Machine(moment Moment) *vtab.Machine {
	return &vtab.Machine{
		Zones:         savedZones{f, moment},
		ZoneOfProcess: true, // sockets of any zone may be there
		Creators:      f.fact(moment, "creators") != "",
		Instead: func(declared []table.Table) []table.Table {
			return append(f.tables(moment, "", declared), f.momentsTable())
		},
	}
}

// Then adds to a machine what its tables were at a moment: then_sockets beside sockets, so that
// both can be joined.
func (f *File) Then(m *vtab.Machine, moment Moment) *vtab.Machine {
	with := *m
	with.Instead = func(declared []table.Table) []table.Table {
		then := f.tables(moment, "then_", declared)
		if m.Instead != nil {
			declared = m.Instead(declared)
		}
		return append(declared[:len(declared):len(declared)], then...)
	}
	return &with
}

// tables returns tables in the place of those that are declared.
func (f *File) tables(moment Moment, prefix string, declared []table.Table) (tables []table.Table) {
	for _, t := range declared {
		source := table.NameOf(t)
		name := prefix + source
		tables = append(tables, &table.Lazy{Name: name, Declare: func() table.Table {
			s := &savedTable{file: f, moment: moment, info: t.Info(), source: source}
			if s.info.Name = name; prefix != "" {
				s.info.Doc += ", at the moment it is compared with"
			}
			return s
		}})
	}
	return tables
}

// fact returns what is known of the machine at a moment, "" if it is not.
func (f *File) fact(moment Moment, name string) string {
	about, err := f.about(context.Background(), moment.Number)
	if err != nil {
		return ""
	}
	for _, row := range about[machineName] {
		if row[0].String() == name {
			return row[1].String()
		}
	}
	return ""
}

// momentsTable declares the table of the moments in the file.
func (f *File) momentsTable() table.Table {
	return &table.Spec[Moment]{
		Name: "moments", Doc: "Moments in the file that is read", Rows: int64(len(f.moments)),
		Columns: []table.Column[Moment]{
			{Name: "moment", Type: table.Integer, Doc: "Number of the moment",
				Get: func(m *Moment) table.Value { return table.Int(m.Number) }},
			{Name: "time", Type: table.Text, Doc: "When it was, in local time; --at takes it",
				Get: func(m *Moment) table.Value { return table.String(at(m.Time)) }},
			{Name: "time_ms", Type: table.Integer, Doc: "When it was, in milliseconds since 1970",
				Get: func(m *Moment) table.Value { return table.Int(m.Time.UnixMilli()) }},
		},
		Open: func(context.Context, *table.Query) (table.Reader[Moment], error) {
			return &table.List[Moment]{Rows: f.moments}, nil
		},
	}
}

// savedZones are the zones of a machine in a file.
type savedZones struct {
	file   *File
	moment Moment
}

// Zones returns the zones that the moment has.
func (z savedZones) Zones(ctx context.Context) (zones []proc.Zone, err error) {
	l := z.file.layout.table("zones")
	if l == nil {
		return nil, nil
	}
	var info table.Info
	for _, name := range []string{"id", "name"} {
		typ := table.Text
		if name == "id" {
			typ = table.Integer
		}
		info.Columns = append(info.Columns, table.ColumnInfo{Name: name, Type: typ})
	}
	s := newSelection(l, info, table.NewQuery(info, nil))
	err = z.file.rows(ctx, s, z.moment.Number, func(b table.Batch) bool {
		for row := range b.Len() {
			zones = append(zones, proc.Zone{ID: uint64(b.Value(row, 0).Int()), Name: strings.Clone(b.Value(row, 1).String())})
		}
		return true
	})
	return zones, fileError(z.file.path, err)
}

// OwnZone returns the zone of who saved the moment.
func (z savedZones) OwnZone() (proc.Zone, error) {
	name := z.file.fact(z.moment, "zone")
	zones, err := z.Zones(context.Background())
	for _, zone := range zones {
		if zone.Name == name {
			return zone, nil
		}
	}
	return proc.Zone{Name: name}, err
}

// ZoneName returns the name that stands for a zone of which nothing is known.
func (z savedZones) ZoneName(id uint64) string { return fmt.Sprint("zone ", id) }
