package table

import (
	"fmt"
	"slices"
	"strings"
)

// Info describes a table.
type Info struct {
	Name, Doc string
	Rows      int64 // estimated
	Columns   []ColumnInfo
}

// ColumnInfo describes a column, as [Column] does.
type ColumnInfo struct {
	Name     string
	Type     Type
	Doc      string
	Values   []string
	Hidden   bool
	Argument bool
	Pushed   bool
	Part     Parts
	Kept     Kept
}

// Called reports whether the table has arguments.
func (i Info) Called() bool {
	return slices.ContainsFunc(i.Columns, func(c ColumnInfo) bool { return c.Argument })
}

// Column returns the number of the named column, -1 if there is none.
func (i Info) Column(name string) int {
	for n := range i.Columns {
		if i.Columns[n].Name == name {
			return n
		}
	}
	return -1
}

// declaration returns the name and the type of a column as SQLite is told of them.
func (c ColumnInfo) declaration() string {
	declared := c.Name + " " + string(c.Type)
	if c.Hidden || c.Argument {
		declared += " HIDDEN"
	}
	return declared
}

// Declaration returns the declaration of a virtual table with the columns, as SQLite wants it.
func (i Info) Declaration() string {
	declared := make([]string, len(i.Columns))
	for n, c := range i.Columns {
		declared[n] = c.declaration()
	}
	return "CREATE TABLE x(" + strings.Join(declared, ", ") + ")"
}

// Schema returns the declaration of the table in SQL, documented by comments.
func (i Info) Schema() string {
	var b strings.Builder
	fmt.Fprintf(&b, "-- %s\n", i.Doc)
	if slices.ContainsFunc(i.Columns, func(c ColumnInfo) bool { return c.Hidden }) {
		b.WriteString("-- SELECT * leaves out what is HIDDEN: that has to be named\n")
	}
	fmt.Fprintf(&b, "CREATE TABLE %s (\n", i.Name)
	for n, c := range i.Columns {
		comma := ","
		if n == len(i.Columns)-1 {
			comma = ""
		}
		fmt.Fprintf(&b, "  %-24s -- %s\n", c.declaration()+comma, c.Doc)
	}
	b.WriteString(");")
	return b.String()
}
