package engine

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"sockstat/vtab/table"
)

// item is a row of the tables of these tests.
type item struct {
	id    int64
	state string
	size  int64 // NULL if negative
}

// items makes n rows.
func items(n int) []item {
	states := []string{"LISTEN", "ESTABLISHED", "TIME_WAIT"}
	rows := make([]item, n)
	for i := range rows {
		rows[i] = item{int64(i), states[i%3], int64(i%5) - 1}
	}
	return rows
}

// opened is what a test's table saw of a query.
type opened struct {
	states []string
	nulls  string
	ids    []table.Range
	used   string
}

// itemSpec declares a table of n rows in batches of 4. Each opening is added to log.
func itemSpec(name string, n int, log *[]opened) *table.Spec[item] {
	s := &table.Spec[item]{
		Name: name, Doc: "Items", Rows: 1000,
		Columns: []table.Column[item]{
			{Name: "id", Type: table.Integer, Doc: "number", Pushed: true, Get: func(i *item) table.Value { return table.Int(i.id) }},
			{Name: "state", Type: table.Text, Doc: "state", Pushed: true, Get: func(i *item) table.Value { return table.String(i.state) }},
			{Name: "size", Type: table.Integer, Doc: "size", Get: func(i *item) table.Value {
				if i.size < 0 {
					return table.Null()
				}
				return table.Int(i.size)
			}},
		},
	}
	s.Open = func(ctx context.Context, q *table.Query) (table.Reader[item], error) {
		var o opened
		o.states, _ = q.Texts("state")
		o.ids, _ = q.Ranges("id")
		null, other := q.Nulls("size")
		if !null || !other {
			o.nulls = fmt.Sprint("null:", null, " other:", other)
		}
		for _, c := range s.Columns {
			if q.Uses(c.Name) {
				o.used += c.Name + " "
			}
		}
		if log != nil {
			*log = append(*log, o)
		}
		states, limited := q.Texts("state")
		var rows []item
		for _, it := range items(n) {
			null, other := q.Nulls("size")
			if limited && !containsFold(states, it.state) || !inRanges(q, it.id) || it.size < 0 && !null || it.size >= 0 && !other {
				continue
			}
			rows = append(rows, it)
		}
		return &batchReader{rows}, nil
	}
	return s
}

func containsFold(texts []string, s string) bool {
	for _, t := range texts {
		if strings.EqualFold(strings.TrimRight(t, " "), s) {
			return true
		}
	}
	return false
}

func inRanges(q *table.Query, id int64) bool {
	ranges, ok := q.Ranges("id")
	for _, r := range ranges {
		if r.Lo <= id && id <= r.Hi {
			return true
		}
	}
	return !ok
}

// batchReader reads rows four at a time.
type batchReader struct{ rows []item }

func (r *batchReader) Read(dst []item) ([]item, error) {
	if len(r.rows) == 0 {
		return dst, io.EOF
	}
	n := min(4, len(r.rows))
	dst = append(dst, r.rows[:n]...)
	r.rows = r.rows[n:]
	return dst, nil
}

func (r *batchReader) Close() error { return nil }

func open(t testing.TB, tables ...table.Table) *DB {
	t.Helper()
	db, err := Open(tables...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// run runs a statement and returns its rows, columns separated by a bar.
func run(db *DB, sql string, args ...any) ([]string, error) {
	st, tail, err := db.Prepare(sql)
	if err != nil {
		return nil, err
	}
	if tail != "" {
		return nil, fmt.Errorf("tail %q", tail)
	}
	defer st.Close()
	for i := 0; i < len(args); i += 2 {
		if _, err := st.Bind(args[i].(string), args[i+1].(table.Value)); err != nil {
			return nil, err
		}
	}
	var rows []string
	for {
		ok, err := st.Step(context.Background())
		if err != nil || !ok {
			return rows, err
		}
		var row []string
		for i := range st.Columns() {
			v := st.Value(i)
			if v.IsNull() {
				row = append(row, "NULL")
			} else {
				row = append(row, v.Clone().String())
			}
		}
		rows = append(rows, strings.Join(row, "|"))
	}
}

func mustRun(t testing.TB, db *DB, sql string, args ...any) string {
	t.Helper()
	rows, err := run(db, sql, args...)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return strings.Join(rows, " ")
}
