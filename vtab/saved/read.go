package saved

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"sockstat/internal/ahead"
	"sockstat/vtab/engine"
	"sockstat/vtab/table"
)

// savedTable is a declared table whose rows come from a file.
type savedTable struct {
	file   *File
	moment Moment
	info   table.Info
	source string // its name in the file; that of info may be another
}

func (t *savedTable) Info() table.Info { return t.info }

// Read reads the rows of the moment.
func (t *savedTable) Read(ctx context.Context, q *table.Query) (table.Batches, error) {
	b, err := t.read(ctx, q)
	if err != nil {
		return nil, fileError(t.file.path, err)
	}
	return b, nil
}

func (t *savedTable) read(ctx context.Context, q *table.Query) (table.Batches, error) {
	if err := t.explain(ctx, q); err != nil {
		return nil, err
	}
	l := t.file.layout.table(t.source)
	s := newSelection(l, t.info, q)
	b := &savedBatches{table: t}
	b.reading = ahead.Start(ctx, t.source, 2, func(ctx context.Context, send func(table.Batch) bool) error {
		return t.file.rows(ctx, s, t.moment.Number, send)
	})
	return b, nil
}

// explain checks that the moment has the table, and says what was said when it was read.
func (t *savedTable) explain(ctx context.Context, q *table.Query) error {
	about, err := t.file.about(ctx, t.moment.Number)
	if err != nil {
		return err
	}
	all := about[tablesName]
	n := slices.IndexFunc(all, func(row []table.Value) bool { return row[0].Bytes() == t.source })
	if n < 0 || t.file.layout.table(t.source) == nil {
		return fmt.Errorf("%s was not saved at %s", t.source, at(t.moment.Time))
	}
	if why := all[n][3]; !why.IsNull() {
		return fmt.Errorf("%s could not be read at %s: %s", t.source, at(t.moment.Time), why)
	}
	q.Way(fmt.Sprintf("%s of %s", t.source, at(t.moment.Time)))
	for _, row := range about[noticesName] {
		if row[0].Bytes() == t.source {
			q.Note(table.Notice{Detail: row[3].Int() != 0, Text: row[1].String() + ", at " + at(t.moment.Time), Hint: row[2].String()})
		}
	}
	t.noteLean(q, all[n][2].Int() != 0)
	return nil
}

// noteLean says which columns are NULL because they were not saved.
func (t *savedTable) noteLean(q *table.Query, lean bool) {
	var left []string
	l := t.file.layout.table(t.source)
	for i, c := range t.info.Columns {
		// Which columns from the 64th on are used is not told one by one.
		if used := q.Uses(c.Name) && i < 63; used && (lean && c.Kept.Measure || l.column(c.Name) < 0) {
			left = append(left, c.Name)
		}
	}
	if len(left) > 0 {
		more := ""
		if len(left) > 3 {
			left, more = left[:3], fmt.Sprintf(" and %d more", len(left)-3)
		}
		q.Note(table.Notice{Text: fmt.Sprintf("%s of %s were not saved at %s and are NULL", strings.Join(left, ", ")+more, t.source, at(t.moment.Time))})
	}
}

// savedBatches hands on what is read in the background.
type savedBatches struct {
	table   *savedTable
	reading *ahead.Reader[table.Batch]
}

func (b *savedBatches) Next() (table.Batch, error) {
	batch, err := b.reading.Next()
	if err != nil && err != io.EOF {
		err = fileError(b.table.file.path, err)
	}
	return batch, err
}

func (b *savedBatches) Close() error {
	b.reading.Close(ahead.Patience)
	return nil
}

// selection is what is read of a table: the cells that are fetched, and how the columns are made
// of them.
type selection struct {
	table   *tableLayout
	from    string
	cells   []cell
	columns []made // of the table that is asked for
	where   []string
	texts   []textCondition
}

// cell is what a row of the query has.
type cell struct {
	source string
	text   bool
}

// made says how a value is made of cells.
type made struct{ cell, address, port int } // -1 for none

// textCondition is what a text has to be like.
type textCondition struct {
	column int
	texts  []string
}

// newSelection returns what a query wants of a table. The file may lack columns of the table that
// is asked for.
func newSelection(t *tableLayout, info table.Info, q *table.Query) *selection {
	s := &selection{table: t, from: t.spansName() + " AS s"}
	joined := map[string]bool{}
	fetch := func(n int) int {
		c := t.columns[n]
		if c.part != "" && !joined[c.part] {
			joined[c.part] = true
			place := slices.IndexFunc(t.spans, func(s spanColumn) bool { return s.part == c.part })
			s.from += fmt.Sprintf(" LEFT JOIN %s AS p%d ON p%[2]d.tuple_id = s.%[1]s", c.part, place)
		}
		wanted := cell{t.source(c), c.typ == table.Text}
		if i := slices.Index(s.cells, wanted); i >= 0 {
			return i
		}
		s.cells = append(s.cells, wanted)
		return len(s.cells) - 1
	}
	for _, c := range info.Columns {
		m := made{-1, -1, -1}
		n := t.column(c.Name)
		if n >= 0 && t.columns[n].typ == c.Type && q.Uses(c.Name) {
			m.cell = fetch(n)
			if address, port, ok := join(t.columns, t.columns[n]); ok {
				m.address, m.port = fetch(address), fetch(port)
			}
			s.narrow(c, t.source(t.columns[n]), len(s.columns), q)
		}
		s.columns = append(s.columns, m)
	}
	return s
}

// narrow notes what a query says of a column. What is not sure it leaves to whoever asked.
func (s *selection) narrow(c table.ColumnInfo, source string, n int, q *table.Query) {
	switch c.Type {
	case table.Integer:
		ranges, ok := q.Ranges(c.Name)
		if !ok || len(ranges) > 50 {
			return
		}
		terms := []string{"0"}
		for _, r := range ranges {
			term := source + " IS NOT NULL"
			if r.Lo != math.MinInt64 {
				term += fmt.Sprintf(" AND %s >= %d", source, r.Lo)
			}
			if r.Hi != math.MaxInt64 { // a REAL beyond it is not less
				term += fmt.Sprintf(" AND %s <= %d", source, r.Hi)
			}
			terms = append(terms, term)
		}
		s.where = append(s.where, "("+strings.Join(terms, " OR ")+")")
	case table.Text:
		if texts, ok := q.Texts(c.Name); ok {
			for i := range texts {
				texts[i] = strings.TrimRight(texts[i], " ")
			}
			s.texts = append(s.texts, textCondition{n, texts})
		}
	}
}

// wants reports whether a row may be wanted.
func (s *selection) wants(row []table.Value) bool {
	for _, c := range s.texts {
		v := row[c.column]
		if v.IsNull() {
			return false
		}
		if v.Kind() != table.KindText {
			continue
		}
		text := strings.TrimRight(v.Bytes(), " ")
		// A collation compares up to a NUL.
		if !strings.Contains(text, "\x00") && !slices.ContainsFunc(c.texts, func(t string) bool { return strings.EqualFold(t, text) }) {
			return false
		}
	}
	return true
}

// batchRows is how many rows a batch has at most.
const batchRows = 2048

// rows sends the rows of a table at a moment.
func (f *File) rows(ctx context.Context, s *selection, moment int64, send func(table.Batch) bool) error {
	file, err := f.connection()
	if err != nil {
		return err
	}
	defer f.release(file)
	defer file.Watch(ctx)()
	// What is read is of one state of the file, whoever writes to it meanwhile.
	if err := file.Exec("BEGIN"); err != nil {
		return err
	}
	defer file.Exec("ROLLBACK")
	r := &rowReader{selection: s, texts: &textReader{file: file, known: map[int64]string{}}, send: send}
	defer r.texts.close()
	statements, err := s.statements(file, moment)
	if err != nil {
		return err
	}
	for _, sql := range statements {
		if err := each(file, sql, r.row, table.Int(moment)); err != nil {
			if errors.Is(err, errEnough) {
				return nil
			}
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return err
		}
	}
	r.flush()
	return nil
}

// errEnough ends a reading of which nobody wants more.
var errEnough = errors.New("enough")

// statements returns the queries for the rows that live at a moment. Those that ended are looked
// for among those that ended soon after the moment, and among those that live long.
func (s *selection) statements(file *engine.File, moment int64) ([]string, error) {
	cells := "NULL"
	for _, c := range s.cells {
		cells += ", " + c.source
	}
	sql := func(from, condition string) string {
		where := append([]string{"s.first <= ?1", condition}, s.where...)
		return "SELECT " + cells + " FROM " + from + " WHERE " + strings.Join(where, " AND ")
	}
	scan, err := s.scan(file)
	if err != nil {
		return nil, err
	}
	living := sql(scan, "s.gone IS NULL")
	last, err := lastMoment(file)
	if err != nil || last == moment {
		return []string{living}, err
	}
	ended := fmt.Sprintf("s.gone > ?1 AND s.gone <= ?1 + %d", longSpan)
	long := fmt.Sprintf("s.gone > ?1 + %d AND s.gone - s.first > %[1]d", longSpan)
	return []string{living, sql(s.from, ended), sql(s.from, long)}, nil
}

// scan returns the FROM clause for the rows that live. Where those are most of all, the index
// does not help.
func (s *selection) scan(file *engine.File) (string, error) {
	name := s.table.spansName()
	rows, living := int64(0), int64(0)
	err := each(file, "SELECT (SELECT max(rowid) FROM "+name+"), (SELECT count(*) FROM "+name+" WHERE gone IS NULL)", func(st *engine.FileStmt) error {
		rows, living = st.Value(0).Int(), st.Value(1).Int()
		return nil
	})
	if err != nil || rows > 2*living {
		return s.from, err
	}
	return strings.Replace(s.from, " AS s", " AS s NOT INDEXED", 1), nil
}

// rowReader makes batches of the rows of a query.
type rowReader struct {
	selection *selection
	texts     *textReader
	send      func(table.Batch) bool

	batch *columnBatch
	cells []table.Value
}

// row adds a row.
func (r *rowReader) row(s *engine.FileStmt) error {
	r.cells = r.cells[:0]
	for i, c := range r.selection.cells {
		v, err := r.texts.value(s.Value(i+1), c.text)
		if err != nil {
			return err
		}
		r.cells = append(r.cells, v)
	}
	for _, m := range r.selection.columns {
		r.cells = append(r.cells, m.value(r.cells))
	}
	row := r.cells[len(r.selection.cells):]
	if !r.selection.wants(row) {
		return nil
	}
	if r.batch == nil {
		r.batch = newColumnBatch(r.selection)
	}
	r.batch.add(row)
	if r.batch.rows == batchRows && !r.flush() {
		return errEnough
	}
	return nil
}

// value returns the value of a column, of the cells of a row.
func (m made) value(cells []table.Value) table.Value {
	if m.cell < 0 {
		return table.Null()
	}
	v := cells[m.cell]
	switch {
	case m.address < 0:
	case v.IsNull() && isJoined(cells[m.address], cells[m.port]):
		return table.Static(joined(cells[m.address].Bytes(), cells[m.port].Int()))
	case v.Kind() == table.KindBlob:
		return table.Null()
	}
	return v
}

// flush sends the rows so far.
func (r *rowReader) flush() bool {
	b := r.batch
	r.batch = nil
	return b == nil || r.send(b)
}

// textReader reads texts by their numbers.
type textReader struct {
	file  *engine.File
	known map[int64]string
	find  *engine.FileStmt
}

// noText is a BLOB, which no column of texts has: NULL though a text could be made of others.
var noText = table.Blob("")

// value returns a cell with the text that it is the number of, and with memory of its own.
func (t *textReader) value(v table.Value, text bool) (table.Value, error) {
	if !text || v.Kind() != table.KindInteger {
		if v.Kind() == table.KindText || v.Kind() == table.KindBlob {
			return v.Clone(), nil
		}
		return v, nil
	}
	id := v.Int()
	if id == 0 {
		return noText, nil
	}
	s, ok := t.known[id]
	if !ok {
		var err error
		if s, err = t.read(id); err != nil {
			return v, err
		}
		t.known[id] = s
	}
	return table.Static(s), nil
}

// read reads a text.
func (t *textReader) read(id int64) (string, error) {
	if t.find == nil {
		var err error
		if t.find, err = t.file.Prepare("SELECT text FROM texts WHERE text_id = ?"); err != nil {
			return "", err
		}
	}
	if err := t.find.Bind(0, table.Int(id)); err != nil {
		return "", err
	}
	row, err := t.find.Step()
	if err != nil {
		return "", err
	}
	if !row {
		return "", errors.New("damaged: a text is missing")
	}
	s := strings.Clone(t.find.Value(0).Bytes())
	return s, t.find.Reset()
}

func (t *textReader) close() {
	if t.find != nil {
		t.find.Close()
	}
}

// about returns the rows of the tables that tell of the reading, which are read once.
func (f *File) about(ctx context.Context, moment int64) (map[string][][]table.Value, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if known := f.abouts[moment]; known != nil {
		return known, nil
	}
	rows := map[string][][]table.Value{}
	for _, info := range aboutTables {
		var err error
		if rows[info.Name], err = f.all(ctx, info, moment); err != nil {
			return nil, err
		}
	}
	f.abouts[moment] = rows
	return rows, nil
}

// all returns the rows of a table that is small.
func (f *File) all(ctx context.Context, info table.Info, moment int64) (rows [][]table.Value, err error) {
	l := f.layout.table(info.Name)
	if l == nil {
		return nil, nil
	}
	s := newSelection(l, info, table.NewQuery(info, nil))
	err = f.rows(ctx, s, moment, func(b table.Batch) bool {
		for row := range b.Len() {
			values := make([]table.Value, len(info.Columns))
			for i := range values {
				values[i] = b.Value(row, i)
			}
			rows = append(rows, values)
		}
		return true
	})
	return rows, err
}
