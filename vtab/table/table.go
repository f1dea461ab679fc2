// Package table declares tables: their columns, and how their rows are read.
//
// A table is a [Spec]: its name, its columns with a function that gets the value out of a
// row, and a function that opens a [Reader] over the rows. Who asks a table draws up a
// [Query] that says which columns and rows are wanted, so that the table can read less, and
// takes what it reads by [Table.Read], in batches whose values have no type of a row any
// more. Package engine asks so for SQLite. Nothing in this package knows SQLite, or what the
// rows are about.
package table

import (
	"context"
	"io"
)

// Table is what can be asked: a [Spec] of rows of some type.
type Table interface {
	// Info describes the table.
	Info() Info
	// Read starts reading the rows that a query wants, and may bring others as well. The
	// reading ends with ctx. The caller closes what it returns.
	Read(ctx context.Context, q *Query) (Batches, error)
}

// Batches are the rows of a table, as they are being read. One goroutine at a time uses them.
type Batches interface {
	// Next reads the next batch. It returns io.EOF after the last one, else what the reading
	// failed with, and then does so again.
	Next() (Batch, error)
	io.Closer
}

// Batch is some rows of a table. They stay the same, and what is made of their values by
// [Static] stays valid as long as the batch is kept. One goroutine at a time uses it.
type Batch interface {
	// Len returns the number of rows.
	Len() int
	// Value returns the value of a column in a row, both counted from 0.
	Value(row, column int) Value
}
