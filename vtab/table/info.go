package table

import (
	"fmt"
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
	Name   string
	Type   Type
	Doc    string
	Values []string
	Pushed bool
	Part   Parts
	Kept   Kept
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
