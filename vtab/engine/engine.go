// Package engine turns declared tables into SQLite virtual tables.
//
// A table is a [Spec]: its name, its columns and a function that opens a [Reader] over
// the rows. [Open] makes a [DB] with such tables. The package decides what a statement
// needs of each table (query.go, plan.go), reads it once and keeps it while the
// statement runs (snapshot.go), and lets SQLite walk over it (cursor.go). It knows
// nothing of sockets.
//
// Two SQLite engines do the work, both reached through the interfaces in seam.go:
// modernc.org/sqlite/lib (engine_modernc.go), and github.com/ncruces/go-sqlite3
// (engine_ncruces.go) with the build tag sqlite_ncruces and on illumos, which the first
// does not support. Both are used through SQLite's own interface, not database/sql: that
// has neither an authorizer nor the position of an error, and cannot tell where one
// statement ends and the next begins.
package engine

import (
	"context"
	"fmt"
	"io"
	"strings"
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

// Column declares a column of a table with rows of type R.
type Column[R any] struct {
	Name string
	Type Type
	Doc  string // one line, without a full stop
	// Get returns the value in a row. Null() means unknown or not applicable.
	Get func(*R) Value
	// Pushed says that Spec.Open looks at the conditions on the column.
	Pushed bool
	// Part has the bits of what Spec.Open has to read for the column, see Query.Parts.
	Part uint64
}

// Spec declares a table with rows of type R.
type Spec[R any] struct {
	Name    string
	Doc     string // one line, without a full stop
	Columns []Column[R]
	// Rows estimates how many rows there are, for the query planner.
	Rows int64
	// Open starts reading. It may leave out rows that the query does not want, as far
	// as that is sure and cheap, and values of columns that it does not use. SQLite
	// checks every condition again. The context ends with the statement.
	Open func(context.Context, *Query) (Reader[R], error)
}

// Reader reads rows. It is used by one goroutine at a time.
type Reader[R any] interface {
	// Read appends a batch of rows and returns the extended slice; at the end io.EOF.
	Read(dst []R) ([]R, error)
	io.Closer
}

// Table is a *Spec of some row type.
type Table interface {
	// Info describes the table.
	Info() Info
	// name is that of Info, without the columns.
	name() string
	// open starts a snapshot of the rows that the query wants.
	open(ctx context.Context, q *Query) snapshot
}

// Info describes a table.
type Info struct {
	Name, Doc string
	Rows      int64 // estimated
	Columns   []ColumnInfo
}

// ColumnInfo describes a column.
type ColumnInfo struct {
	Name   string
	Type   Type
	Doc    string
	Pushed bool
	Part   uint64
}

// Info describes the table.
func (s *Spec[R]) Info() Info {
	info := Info{Name: s.Name, Doc: s.Doc, Rows: s.Rows, Columns: make([]ColumnInfo, len(s.Columns))}
	for i, c := range s.Columns {
		info.Columns[i] = ColumnInfo{c.Name, c.Type, c.Doc, c.Pushed, c.Part}
	}
	return info
}

func (s *Spec[R]) name() string { return s.Name }

// Schema returns the declaration of the table in SQL, documented by comments.
func (i Info) Schema() string {
	var b strings.Builder
	fmt.Fprintf(&b, "-- %s\nCREATE TABLE %s (\n", i.Doc, i.Name)
	for n, c := range i.Columns {
		comma := ","
		if n == len(i.Columns)-1 {
			comma = ""
		}
		fmt.Fprintf(&b, "  %-24s -- %s\n", fmt.Sprintf("%s %s%s", c.Name, c.Type, comma), c.Doc)
	}
	b.WriteString(");")
	return b.String()
}

// declaration is what SQLite needs to know of the columns.
func (i Info) declaration() string {
	columns := make([]string, len(i.Columns))
	for n, c := range i.Columns {
		columns[n] = c.Name + " " + string(c.Type)
	}
	return "CREATE TABLE x(" + strings.Join(columns, ", ") + ")"
}

// column returns the number of the named column, -1 if there is none.
func (i Info) column(name string) int {
	for n, c := range i.Columns {
		if c.Name == name {
			return n
		}
	}
	return -1
}
