package engine

import (
	"context"
	"io"

	"sockstat/vtab/table"
)

// sheet is a table of rows that are known before, in batches of a size that the kernel's
// tables have.
type sheet struct {
	name    string
	columns []table.ColumnInfo
	rows    [][]table.Value
	batch   int   // rows of a batch
	guess   int64 // rows that the planner is told of
}

func (s *sheet) Info() table.Info {
	return table.Info{Name: s.name, Doc: "Rows", Rows: s.guess, Columns: s.columns}
}

func (s *sheet) Read(context.Context, *table.Query) (table.Batches, error) {
	return &sheetReader{s.rows, s.batch}, nil
}

// sheetReader hands out the rows of a sheet, without a copy.
type sheetReader struct {
	rows  [][]table.Value
	batch int
}

func (r *sheetReader) Next() (table.Batch, error) {
	if len(r.rows) == 0 {
		return nil, io.EOF
	}
	n := min(r.batch, len(r.rows))
	g := grid(r.rows[:n])
	r.rows = r.rows[n:]
	return g, nil
}

func (r *sheetReader) Close() error { return nil }
