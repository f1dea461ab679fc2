package saved

import (
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"sockstat/internal/ahead"
	"sockstat/vtab"
	"sockstat/vtab/table"
)

// Choice says what of a machine is saved.
type Choice struct {
	// Tables are the names of tables; all if it is empty.
	Tables []string
	// Lean leaves out the counters and gauges, which never are the same twice, and what only
	// they make the kernel tell.
	Lean bool
	// Time is when the moment is; now if it is zero.
	Time time.Time
	// Keep is how much of what was saved before stays.
	Keep Limit
	// Version is that of the program.
	Version string
	// Note is told what tables have to tell of their reading. It may be nil, and is called by
	// any goroutine.
	Note func(table.Notice)
}

// reading is a machine that is being read at a moment.
type reading struct {
	time    time.Time
	machine *vtab.Machine
	choice  Choice
	tables  []*tableReading
	moment  *table.Moment

	mutex   sync.Mutex
	notices [][]table.Value
}

// tableReading is a table that is being read.
type tableReading struct {
	info    table.Info
	wanted  func(table.ColumnInfo) bool
	query   *table.Query
	batches *ahead.Reader[table.Batch]
	rows    [][]table.Value // in place of batches

	count int
	err   error // why there are no rows
}

// room is how many batches may wait for being saved. No table is to stop halfway: what it then
// read would be of a later moment.
const room = 1 << 12

// catalogPrefix begins the names of the tables that describe the others. They are made anew
// wherever there are tables, as those are that are derived from another.
const catalogPrefix = "sockstat_"

// read starts to read the tables of a machine.
func read(ctx context.Context, m *vtab.Machine, choice Choice) (*reading, error) {
	all := *m
	all.OtherZones = "" // a moment asks for no zone, though it reads all columns
	m = &all
	r := &reading{time: choice.Time, machine: m, choice: choice}
	if r.time.IsZero() {
		r.time = time.Now()
	}
	tables, err := choice.tables(m)
	if err != nil {
		return nil, err
	}
	var queries []*table.Query
	for _, t := range tables {
		tr := &tableReading{info: t.Info(), wanted: choice.wanted}
		scan := table.Scan{}
		for n, c := range tr.info.Columns {
			if choice.wanted(c) {
				scan.Used |= 1 << min(n, 63)
			}
		}
		tr.query = table.NewQuery(tr.info, func(n table.Notice) { r.note(tr.info.Name, n) }, scan)
		queries = append(queries, tr.query)
		r.tables = append(r.tables, tr)
	}
	r.moment = table.NewMoment(ctx, queries...)
	for i, t := range tables {
		r.tables[i].batches = ahead.Start(ctx, r.tables[i].info.Name, room, func(ctx context.Context, send func(table.Batch) bool) error {
			return sendAll(ctx, t, queries[i], send)
		})
	}
	return r, nil
}

// tables returns the tables that are chosen.
func (c Choice) tables(m *vtab.Machine) (chosen []table.Table, err error) {
	names := map[string]bool{}
	for _, name := range c.Tables {
		names[strings.ToLower(name)] = true
	}
	var all []string
	for _, t := range m.Tables() {
		name := table.NameOf(t)
		if strings.HasPrefix(name, catalogPrefix) || table.IsDerived(t) || t.Info().Called() {
			continue
		}
		all = append(all, name)
		if len(c.Tables) == 0 || names[name] {
			chosen = append(chosen, t)
		}
		delete(names, name)
	}
	if unknown := slices.Sorted(maps.Keys(names)); len(unknown) > 0 {
		return nil, errors.New("no table " + unknown[0] + " can be saved: there are " + strings.Join(all, ", "))
	}
	return chosen, nil
}

// wanted reports whether the values of a column are saved.
func (c Choice) wanted(column table.ColumnInfo) bool { return !c.Lean || !column.Kept.Measure }

// sendAll reads a table to its end.
func sendAll(ctx context.Context, t table.Table, q *table.Query, send func(table.Batch) bool) (err error) {
	from, err := t.Read(ctx, q)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	for {
		switch b, err := from.Next(); {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case !send(b):
			return nil
		}
	}
}

// note keeps what a table has to tell.
func (r *reading) note(name string, n table.Notice) {
	if r.choice.Note != nil {
		r.choice.Note(n)
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	row := []table.Value{table.String(name), table.String(n.Text), table.NonEmpty(n.Hint), table.Bool(n.Detail)}
	if !slices.ContainsFunc(r.notices, func(other []table.Value) bool { return slices.Equal(other, row) }) {
		r.notices = append(r.notices, row)
	}
}

// close ends the reading.
func (r *reading) close() {
	for _, t := range r.tables {
		t.batches.Close(0)
	}
	for _, t := range r.tables {
		t.batches.Close(ahead.Patience)
	}
	_ = r.moment.Close()
}

// each calls f for each batch. A table that cannot be read has no rows; why is kept with the
// moment, and who asks for the table then is told.
func (t *tableReading) each(f func(table.Batch) error) error {
	if t.batches == nil {
		return f(rowBatch(t.rows))
	}
	for {
		b, err := t.batches.Next()
		if err == io.EOF {
			return nil
		} else if err != nil {
			t.err = err
			return nil
		}
		t.count += b.Len()
		if err := f(b); err != nil {
			return err
		}
	}
}

// failed returns why the tables could not be read, if none could.
func (r *reading) failed() error {
	var errs []error
	for _, t := range r.tables {
		if t.err == nil {
			return nil
		}
		errs = append(errs, t.err)
	}
	return errors.Join(errs[:min(1, len(errs))]...)
}

// rowBatch is rows of values.
type rowBatch [][]table.Value

func (b rowBatch) Len() int                          { return len(b) }
func (b rowBatch) Value(row, column int) table.Value { return b[row][column] }

// The tables that tell of the reading.
var aboutTables = []table.Info{
	{Name: machineName, Columns: []table.ColumnInfo{{Name: "name", Type: table.Text}, {Name: "value", Type: table.Text}}},
	{Name: tablesName, Columns: []table.ColumnInfo{{Name: "name", Type: table.Text}, {Name: "rows", Type: table.Integer},
		{Name: "lean", Type: table.Integer}, {Name: "error", Type: table.Text}}},
	{Name: noticesName, Columns: []table.ColumnInfo{{Name: "table_name", Type: table.Text}, {Name: "text", Type: table.Text},
		{Name: "hint", Type: table.Text}, {Name: "detail", Type: table.Integer}}},
	{Name: waysName, Columns: []table.ColumnInfo{{Name: "table_name", Type: table.Text}, {Name: "text", Type: table.Text}}},
}

// infos returns all tables that are saved.
func (r *reading) infos() (infos []table.Info) {
	for _, t := range r.tables {
		infos = append(infos, t.info)
	}
	return append(infos, aboutTables...)
}

// about returns what is to be saved of the reading itself, once it is over.
func (r *reading) about() (tables []*tableReading) {
	rows := map[string][][]table.Value{machineName: r.facts()}
	for _, t := range r.tables {
		why := table.Null()
		if t.err != nil {
			why = table.String(t.err.Error())
		}
		rows[tablesName] = append(rows[tablesName], []table.Value{table.String(t.info.Name), table.Int(t.count), table.Bool(r.choice.Lean), why})
		for _, way := range t.query.Ways() {
			rows[waysName] = append(rows[waysName], []table.Value{table.String(t.info.Name), table.String(way)})
		}
	}
	r.mutex.Lock()
	rows[noticesName] = slices.Clone(r.notices)
	r.mutex.Unlock()
	for _, info := range aboutTables {
		tables = append(tables, &tableReading{info: info, rows: rows[info.Name], wanted: func(table.ColumnInfo) bool { return true }})
	}
	return tables
}

// facts returns what is known of the machine.
func (r *reading) facts() (rows [][]table.Value) {
	facts := map[string]string{"sockstat": r.choice.Version}
	if r.machine.Host != nil {
		maps.Copy(facts, r.machine.Host())
	}
	if r.machine.Creators {
		facts["creators"] = "1"
	}
	if r.machine.Zones != nil {
		if zone, err := r.machine.Zones.OwnZone(); err == nil {
			facts["zone"] = zone.Name
		}
	}
	for _, name := range slices.Sorted(maps.Keys(facts)) {
		if facts[name] != "" {
			rows = append(rows, []table.Value{table.String(name), table.String(facts[name])})
		}
	}
	return rows
}
