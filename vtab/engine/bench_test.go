package engine

import (
	"context"
	"fmt"
	"io"
	"testing"

	"sockstat/vtab/table"
)

// wide is a row of ten columns.
type wide struct {
	n      int64
	pid    int32
	names  [4]string
	length int64
}

// wideSpec declares a table of n rows that are known before, in batches of a size that the
// kernel's tables have.
func wideSpec(name string, n int) *table.Spec[wide] {
	rows := make([]wide, n)
	for i := range rows {
		rows[i] = wide{n: int64(i), pid: int32(i % 100), length: int64(i % 7)}
		for k := range rows[i].names {
			rows[i].names[k] = fmt.Sprint("name", (i+k)%50)
		}
	}
	s := &table.Spec[wide]{Name: name, Rows: int64(n), Columns: []table.Column[wide]{
		{Name: "n", Type: table.Integer, Get: func(w *wide) table.Value { return table.Int(w.n) }},
		{Name: "pid", Type: table.Integer, Get: func(w *wide) table.Value { return table.Int(w.pid) }},
		{Name: "length", Type: table.Integer, Get: func(w *wide) table.Value { return table.NonZero(int(w.length)) }},
		{Name: "half", Type: table.Real, Get: func(w *wide) table.Value { return table.Float(float64(w.n) / 2) }},
	}}
	for k := range 4 {
		s.Columns = append(s.Columns, table.Column[wide]{Name: fmt.Sprint("name", k), Type: table.Text,
			Get: func(w *wide) table.Value { return table.Static(w.names[k]) }})
	}
	for k := range 2 {
		s.Columns = append(s.Columns, table.Column[wide]{Name: fmt.Sprint("copy", k), Type: table.Text,
			Get: func(w *wide) table.Value { return table.String(w.names[k]) }})
	}
	s.Open = func(context.Context, *table.Query) (table.Reader[wide], error) { return &pieces{rows}, nil }
	return s
}

// pieces hands out rows in batches, without a copy.
type pieces struct{ rows []wide }

func (s *pieces) Read([]wide) ([]wide, error) {
	n := min(2048, len(s.rows))
	batch := s.rows[:n]
	s.rows = s.rows[n:]
	if n == 0 {
		return nil, io.EOF
	}
	return batch, nil
}

func (s *pieces) Close() error { return nil }

// benchmark runs a statement over tables of 100,000 rows and looks at all values.
func benchmark(b *testing.B, sql string, rows int) {
	db := open(b, wideSpec("a", 100000), wideSpec("b", 100000))
	b.ReportAllocs()
	for b.Loop() {
		st, _, err := db.Prepare(sql)
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		for more := true; more; n++ {
			if more, err = st.Step(context.Background()); err != nil {
				b.Fatal(err)
			}
			for i := 0; more && i < len(st.Columns()); i++ {
				_ = st.Value(i)
			}
		}
		if st.Close(); n-1 != rows {
			b.Fatalf("%d rows", n-1)
		}
	}
}

func BenchmarkScan(b *testing.B)  { benchmark(b, "SELECT * FROM a", 100000) }
func BenchmarkCount(b *testing.B) { benchmark(b, "SELECT count(*) FROM a", 1) }
func BenchmarkFilter(b *testing.B) {
	benchmark(b, "SELECT n FROM a WHERE name0 LIKE '%7' AND pid > 50", 5000)
}
func BenchmarkLookUp(b *testing.B) {
	benchmark(b, "SELECT a.n, b.name0 FROM a JOIN b ON a.n = b.n", 100000)
}
func BenchmarkByText(b *testing.B) {
	benchmark(b, "SELECT count(*) FROM a JOIN b ON a.name0 = b.name0 WHERE a.n < 50", 1)
}
func BenchmarkGroupBy(b *testing.B) {
	benchmark(b, "SELECT name0, length, count(*) FROM a GROUP BY 1, 2", 350)
}
