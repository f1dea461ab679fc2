package saved

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"sockstat/vtab/engine"
	"sockstat/vtab/table"
)

// writer adds moments to an open file. It remembers what the last moment had, so that of the
// next one only the differences are written.
type writer struct {
	file   *engine.File
	layout *layout
	last   int64 // number of the last moment, 0 if there is none
	turn   uint32
	once   bool // it writes one moment only

	texts     *interned
	parts     map[string]*interned
	tables    map[string]*interned
	sequences map[string]*sequence
	collected int              // how many texts and tuples there were after the last collection
	nextID    map[string]int64 // the next number of a text or tuple, by table
	stmts     map[string]*engine.FileStmt
}

// newWriter returns a writer for a file that was checked.
func newWriter(file *engine.File) (*writer, error) {
	w := &writer{file: file, stmts: map[string]*engine.FileStmt{}}
	return w, w.load()
}

// create makes an empty file one of ours.
func create(file *engine.File) error {
	for _, sql := range []string{
		// Pages of 4096 bytes are what a file system writes at once.
		"PRAGMA page_size = 4096",
		fmt.Sprintf("PRAGMA application_id = %d", applicationID),
		fmt.Sprintf("PRAGMA user_version = %d", Format),
	} {
		if err := file.Exec(sql); err != nil {
			return err
		}
	}
	for _, o := range fixed {
		if err := file.Exec(o.sql); err != nil {
			return err
		}
	}
	return nil
}

// detach ends all statements, so that the file can be closed.
func (w *writer) detach() (err error) {
	for key, s := range w.stmts {
		err = errors.Join(err, s.Close())
		delete(w.stmts, key)
	}
	return err
}

// statement returns a statement, which is compiled but once.
func (w *writer) statement(sql string) (*engine.FileStmt, error) {
	if s := w.stmts[sql]; s != nil {
		return s, nil
	}
	s, err := w.file.Prepare(sql)
	if err != nil {
		return nil, err
	}
	w.stmts[sql] = s
	return s, nil
}

// run runs a statement that returns no rows.
func (w *writer) run(sql string, values ...table.Value) error {
	s, err := w.statement(sql)
	if err != nil {
		return err
	}
	return s.Run(values...)
}

// declare adds the tables and columns that the file does not have yet.
func (w *writer) declare(infos []table.Info) error {
	var added []column
	for _, info := range infos {
		for _, c := range info.Columns {
			typ, joined := c.Type, c.Kept.Joined
			if t := w.layout.table(info.Name); t != nil {
				if n := t.column(c.Name); n >= 0 {
					if t.columns[n].typ != typ {
						return fmt.Errorf("%s.%s is %s, and was %s when the file began: save to a new file", info.Name, c.Name, typ, t.columns[n].typ)
					}
					continue
				}
			}
			added = append(added, column{info.Name, c.Name, typ, partOf(info.Name, c.Kept), joined})
		}
	}
	if len(added) == 0 {
		return nil
	}
	return w.addColumns(added)
}

// addColumns changes the schema. The statements of before are of the old one.
func (w *writer) addColumns(added []column) error {
	if err := w.detach(); err != nil {
		return err
	}
	old := w.layout
	grown, err := newLayout(append(old.columns[:len(old.columns):len(old.columns)], added...))
	if err != nil {
		return err
	}
	for _, c := range added {
		if err := w.run("INSERT INTO saved_columns VALUES (?, ?, ?, ?, ?)", table.String(c.table), table.String(c.name),
			table.String(string(c.typ)), table.String(c.part), table.String(c.joinedText())); err != nil {
			return err
		}
	}
	var changes []string
	for _, t := range old.tables {
		changes = append(changes, "DROP VIEW "+t.name, "DROP VIEW "+t.name+"_over_time")
	}
	changes = append(changes, grown.changes(old)...)
	for _, t := range grown.tables {
		for _, v := range t.views() {
			changes = append(changes, v.sql)
		}
	}
	for _, sql := range changes {
		if err := w.file.Exec(sql); err != nil {
			return err
		}
	}
	w.layout = grown
	for _, p := range grown.parts {
		if w.parts[p.name] == nil {
			w.parts[p.name], w.nextID[p.name] = newInterned(), 1
		}
	}
	for _, t := range grown.tables {
		if w.tables[t.name] == nil {
			w.tables[t.name], w.nextID[t.spansName()] = newInterned(), 1
		}
	}
	// A row of before has no value in a new column. Its bytes are other ones now.
	return w.reload()
}

// changes returns the statements that make the tables of an old layout those of this one.
func (l *layout) changes(old *layout) (changes []string) {
	for _, p := range l.parts {
		was := old.part(p.name)
		if was == nil {
			changes = append(changes, p.create())
			continue
		}
		for _, c := range p.columns[len(was.columns):] {
			changes = append(changes, "ALTER TABLE "+p.name+" ADD COLUMN "+c.declaration())
		}
	}
	for _, t := range l.tables {
		was := old.table(t.name)
		if was == nil {
			for _, o := range t.objects() {
				changes = append(changes, o.sql)
			}
			continue
		}
		for _, s := range t.spans[len(was.spans):] {
			changes = append(changes, "ALTER TABLE "+t.spansName()+" ADD COLUMN "+t.spanDeclaration(s))
		}
	}
	return changes
}

// Moment is the time of a moment and its number in the file.
type Moment struct {
	Number int64
	Time   time.Time
}

// add adds a moment: all or nothing. After an error the writer has to be loaded again.
func (w *writer) add(ctx context.Context, r *reading) (m Moment, err error) {
	defer w.file.Watch(ctx)()
	if err := w.file.Exec("BEGIN IMMEDIATE"); err != nil {
		return m, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.detach())
			_ = w.file.Exec("ROLLBACK") // it may have been rolled back
			w.last = -1                 // what is remembered is not what the file has
		}
	}()
	if err := w.sync(); err != nil {
		return m, err
	}
	if err := w.declare(r.infos()); err != nil {
		return m, err
	}
	w.turn++
	m = Moment{Number: w.last + 1, Time: r.time}
	if err := w.addTables(ctx, m.Number, r); err != nil {
		return m, err
	}
	if err := r.failed(); err != nil {
		return m, err
	}
	if err := w.run("INSERT INTO moments VALUES (?, ?, 1)", table.Int(m.Number), table.Int(m.Time.UnixMilli())); err != nil {
		return m, err
	}
	if err := w.keep(m, r.choice.Keep); err != nil {
		return m, err
	}
	if err := ctx.Err(); err != nil {
		return m, context.Cause(ctx)
	}
	if err := w.file.Exec("COMMIT"); err != nil {
		return m, err
	}
	w.last = m.Number
	return m, nil
}

// addTables adds the rows of all tables, and ends those that are gone.
func (w *writer) addTables(ctx context.Context, moment int64, r *reading) error {
	add := func(t *tableReading) error {
		n, err := w.newTableWriter(t.info, t.wanted)
		if err == nil {
			err = t.each(func(b table.Batch) error { return n.add(moment, b) })
		}
		if err != nil {
			return err
		}
		return ctx.Err()
	}
	for _, t := range r.tables {
		if err := add(t); err != nil {
			return fmt.Errorf("save %s: %w", t.info.Name, err)
		}
	}
	for _, t := range r.about() {
		if err := add(t); err != nil {
			return fmt.Errorf("save %s: %w", t.info.Name, err)
		}
	}
	for name, t := range w.tables {
		sql := "UPDATE " + name + "_spans SET gone = ? WHERE rowid = ?"
		if err := t.sweep(seenIn(w.turn), func(id int64) error { return w.run(sql, table.Int(moment), table.Int(id)) }); err != nil {
			return err
		}
		places := t.compact()
		if s := w.sequences[name]; s != nil {
			s.end(places)
		}
	}
	w.collectMany()
	return nil
}

// tableWriter writes the rows of a table at a moment.
type tableWriter struct {
	w      *writer
	layout *tableLayout
	rows   *interned
	insert *engine.FileStmt
	spans  []spanWriter
	cells  []table.Value // of a row
	texts  []lastText    // by column of the table
	key    []byte

	sequence *sequence
	row      []byte // of values
}

// spanWriter makes a cell of the spans: the number of a tuple, or a value.
type spanWriter struct {
	tuple *tupleWriter // nil for a value
	from  origin
}

// origin says where a cell comes from, in a table that is read.
type origin struct {
	column        int // -1 if it has none
	text          bool
	address, port int // columns that the text may be made of, -1 for none
}

// origins returns where the cells of columns that are kept together come from.
func origins(columns []column, columnOf func(column) int) []origin {
	all := make([]origin, len(columns))
	for i, c := range columns {
		all[i] = origin{column: columnOf(c), text: c.typ == table.Text, address: -1, port: -1}
		if address, port, ok := join(columns, c); ok {
			all[i].address, all[i].port = columnOf(columns[address]), columnOf(columns[port])
		}
	}
	return all
}

// lastText is the text of a column in the last row. Many rows have the same.
type lastText struct {
	text string
	id   int64
}

// newTableWriter returns a writer for the rows of a table, of which some columns are wanted.
func (w *writer) newTableWriter(info table.Info, wanted func(table.ColumnInfo) bool) (*tableWriter, error) {
	l := w.layout.table(info.Name)
	t := &tableWriter{w: w, layout: l, rows: w.tables[info.Name], texts: make([]lastText, len(info.Columns)), cells: make([]table.Value, len(l.spans))}
	columnOf := func(c column) int {
		if n := info.Column(c.name); n >= 0 && wanted(info.Columns[n]) {
			return n
		}
		return -1
	}
	var columns []int
	for _, c := range l.columns {
		if n := columnOf(c); n >= 0 {
			columns = append(columns, n)
		}
	}
	t.sequence = w.sequence(info.Name)
	t.sequence.begin(columns)
	own := origins(l.columns, columnOf)
	for _, s := range l.spans {
		var sw spanWriter
		if s.column >= 0 {
			sw.from = own[s.column]
		} else {
			sw.tuple = w.newTupleWriter(w.layout.part(s.part), func(c column) int {
				if n := l.column(c.name); n < 0 || l.columns[n].part != s.part {
					return -1
				}
				return columnOf(c)
			})
		}
		t.spans = append(t.spans, sw)
	}
	names, marks := "", ""
	for _, s := range l.spans {
		name, _, _ := strings.Cut(l.spanDeclaration(s), " ")
		names, marks = names+", "+name, marks+", ?"
	}
	var err error
	t.insert, err = w.statement(fmt.Sprintf("INSERT INTO %s (rowid, first%s) VALUES (?, ?%s)", l.spansName(), names, marks))
	return t, err
}

// add adds the rows of a batch, but for those that are what they were.
func (t *tableWriter) add(moment int64, b table.Batch) (err error) {
	for row := range b.Len() {
		if t.w.once {
			if _, err = t.addRow(moment, b, row); err != nil {
				return err
			}
			continue
		}
		if t.row, err = t.appendRow(t.row[:0], b, row); err != nil {
			return err
		}
		place, ok := t.sequence.find(t.row)
		if ok && t.rows.see(&t.rows.entries[place], t.w.turn) {
			t.sequence.keep(place)
			continue
		}
		if place, err = t.addRow(moment, b, row); err != nil {
			return err
		}
		t.sequence.add(place, t.row)
	}
	return nil
}

// addRow adds a row, unless it lives still, and returns its place. Of rows that are the same
// each has a span.
func (t *tableWriter) addRow(moment int64, b table.Batch, row int) (place int32, err error) {
	for i, s := range t.spans {
		if s.tuple != nil {
			t.cells[i], err = s.tuple.add(t, b, row)
		} else {
			t.cells[i], err = t.cell(b, row, s.from)
		}
		if err != nil {
			return 0, err
		}
	}
	t.key = appendCells(t.key[:0], t.cells)
	for n, size := 0, len(t.key); ; n++ {
		_, first, ok := t.rows.find(t.key, t.w.turn)
		if ok && first {
			return int32(t.rows.next - 1), nil
		} else if !ok {
			break
		}
		t.key = appendCell(t.key[:size], table.Int(n)) // the next of those that are the same
	}
	name := t.layout.spansName()
	id := t.w.nextID[name]
	if err := t.insert.Run(append([]table.Value{table.Int(id), table.Int(moment)}, t.cells...)...); err != nil {
		return 0, err
	}
	t.w.nextID[name]++
	t.rows.add(t.key, id, t.w.turn)
	return int32(len(t.rows.entries) - 1), nil
}

// cell returns a value as it is in the file.
func (t *tableWriter) cell(b table.Batch, row int, from origin) (table.Value, error) {
	if from.column < 0 {
		return table.Null(), nil
	}
	v := b.Value(row, from.column)
	if from.address >= 0 && from.port >= 0 {
		switch address, port := b.Value(row, from.address), b.Value(row, from.port); {
		case !isJoined(address, port):
		case v.IsNull():
			return table.Int(0), nil // the number of no text
		case equalJoined(v.Bytes(), address.Bytes(), port.Int()):
			return table.Null(), nil
		}
	}
	if !from.text || v.IsNull() {
		return v, nil
	}
	id, err := t.textOf(from.column, v.String())
	return table.Int(id), err
}

// textOf returns the number of the text of a column.
func (t *tableWriter) textOf(column int, s string) (int64, error) {
	last := &t.texts[column]
	if last.id == 0 || last.text != s {
		id, err := t.w.text(s)
		if err != nil {
			return 0, err
		}
		*last = lastText{s, id}
	}
	return last.id, nil
}

// text returns the number of a text.
func (w *writer) text(s string) (int64, error) {
	key := bytesOf(s)
	if id, _, ok := w.texts.find(key, w.turn); ok {
		return id, nil
	}
	id := w.nextID["texts"]
	if err := w.run("INSERT INTO texts VALUES (?, ?)", table.Int(id), table.String(s)); err != nil {
		return 0, err
	}
	w.nextID["texts"]++
	w.texts.add(key, id, w.turn)
	return id, nil
}

// tupleWriter makes tuples of rows of a table.
type tupleWriter struct {
	w      *writer
	part   *partLayout
	rows   *interned
	from   []origin
	insert *engine.FileStmt // nil until it is needed
	cells  []table.Value
	key    []byte
}

// newTupleWriter returns a writer of tuples. The function says which column of the table that
// is read has a value, -1 if none.
func (w *writer) newTupleWriter(part *partLayout, columnOf func(column) int) *tupleWriter {
	t := &tupleWriter{w: w, part: part, rows: w.parts[part.name], cells: make([]table.Value, len(part.columns))}
	t.from = origins(part.columns, columnOf)
	return t
}

// statement returns the statement that inserts a tuple.
func (p *tupleWriter) statement() (_ *engine.FileStmt, err error) {
	if p.insert == nil {
		p.insert, err = p.w.statement(fmt.Sprintf("INSERT INTO %s VALUES (?%s)", p.part.name, strings.Repeat(", ?", len(p.part.columns))))
	}
	return p.insert, err
}

// add returns the number of the tuple in a row, NULL if nothing of it is known.
func (p *tupleWriter) add(t *tableWriter, b table.Batch, row int) (table.Value, error) {
	known := false
	p.key = p.key[:0]
	for i, from := range p.from {
		v, err := t.cell(b, row, from)
		if err != nil {
			return table.Null(), err
		}
		known = known || !v.IsNull()
		p.cells[i], p.key = v, appendCell(p.key, v)
	}
	if !known {
		return table.Null(), nil
	}
	if id, _, ok := p.rows.find(p.key, p.w.turn); ok {
		return table.Int(id), nil
	}
	insert, err := p.statement()
	if err != nil {
		return table.Null(), err
	}
	id := p.w.nextID[p.part.name]
	if err := insert.Run(append([]table.Value{table.Int(id)}, p.cells...)...); err != nil {
		return table.Null(), err
	}
	p.w.nextID[p.part.name]++
	p.rows.add(p.key, id, p.w.turn)
	return table.Int(id), nil
}
