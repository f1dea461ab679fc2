package table

import (
	"context"
	"io"
)

// Type is the declared type of a column. There are only those whose values no SQLite
// engine converts.
type Type string

// The column types.
const (
	Integer Type = "INTEGER"
	Real    Type = "REAL"
	Text    Type = "TEXT"
)

// Parts is a set of what a table can read or leave out, such as the reply to a request of
// its own. Each table says for itself what a bit stands for.
type Parts uint64

// Column declares a column of a table with rows of type R.
type Column[R any] struct {
	Name string
	Type Type
	Doc  string // one line, without a full stop
	// Values are the texts that it has, where they are few and known: those of an enumeration. For
	// completion and for hints; it may still have another on a newer kernel.
	Values []string
	// Hidden says that only experts read it: SELECT * leaves it out. Named, it is as any other.
	Hidden bool
	// Get returns the value in a row. Null() means unknown or not applicable.
	Get func(*R) Value
	// Argument says that it is no property of the rows but an argument of the table, which is
	// called as a function: FROM events(10), or FROM events WHERE seconds = 10. A statement has
	// to give it. Spec.Open gets it by Query.Argument. SELECT * does not show it.
	//
	// The rows of such a table come as they happen. Each value of its arguments is a reading
	// of its own, which begins when the statement gets there, and a statement that passes over
	// the rows but once does not keep them.
	Argument bool
	// Pushed says that Spec.Open looks at the conditions on the column.
	Pushed bool
	// Part is what Spec.Open has to read for the column, see Query.Parts.
	Part Parts
	// Kept says how a file of many moments keeps the values.
	Kept Kept
}

// Spec declares a table with rows of type R.
type Spec[R any] struct {
	Name    string
	Doc     string // one line, without a full stop
	Columns []Column[R]
	// Rows estimates how many rows there are, for the query planner.
	Rows int64
	// Open starts reading. It may leave out rows that the query does not want, as far
	// as that is sure and cheap, and values of columns that it does not use. Who asks
	// checks every condition again. The reading has to end with the context.
	Open func(context.Context, *Query) (Reader[R], error)
}

// Reader reads rows. It is used by one goroutine at a time.
type Reader[R any] interface {
	// Read appends a batch of rows and returns the extended slice; at the end io.EOF, which
	// may come with the last rows or after them.
	Read(dst []R) ([]R, error)
	io.Closer
}

// Info describes the table.
func (s *Spec[R]) Info() Info {
	info := Info{Name: s.Name, Doc: s.Doc, Rows: s.Rows, Columns: make([]ColumnInfo, len(s.Columns))}
	for i, c := range s.Columns {
		info.Columns[i] = ColumnInfo{c.Name, c.Type, c.Doc, c.Values, c.Hidden, c.Argument, c.Pushed, c.Part, c.Kept}
	}
	return info
}

// Read starts reading the rows that a query wants.
func (s *Spec[R]) Read(ctx context.Context, q *Query) (Batches, error) {
	reader, err := s.Open(ctx, q)
	if err != nil {
		return nil, err
	}
	get := make([]func(*R) Value, len(s.Columns))
	for i, c := range s.Columns {
		get[i] = c.Get
	}
	return &batches[R]{reader: reader, get: get}, nil
}

// batches makes batches of what a Reader reads.
type batches[R any] struct {
	reader Reader[R]
	get    []func(*R) Value // of all columns
	err    error            // what the reading ended with
}

// Next passes over batches without a row. An error that comes with rows it returns after them.
func (b *batches[R]) Next() (Batch, error) {
	for b.err == nil {
		var rows []R
		if rows, b.err = b.reader.Read(nil); len(rows) > 0 {
			return &batch[R]{rows, b.get}, nil
		}
	}
	return nil, b.err
}

func (b *batches[R]) Close() error { return b.reader.Close() }

// batch is rows of which only the values are seen.
type batch[R any] struct {
	rows []R
	get  []func(*R) Value
}

func (b *batch[R]) Len() int { return len(b.rows) }

func (b *batch[R]) Value(row, column int) Value { return b.get[column](&b.rows[row]) }
