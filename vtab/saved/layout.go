package saved

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"sockstat/vtab/table"
)

// column is a row of saved_columns.
type column struct {
	table, name string
	typ         table.Type
	part        string    // the table of tuples that has it; "" if it is in the spans
	joined      [2]string // see table.Kept
}

// layout is what follows from the columns.
type layout struct {
	columns []column
	tables  []*tableLayout
	parts   []*partLayout
}

// tableLayout is where the columns of a table are.
type tableLayout struct {
	name    string
	columns []column
	spans   []spanColumn
}

// spanColumn is a column of T_spans after first and gone: one of the table, or the number of a
// tuple.
type spanColumn struct {
	column int    // of tableLayout.columns, -1 for a tuple
	part   string // name of the table of tuples
}

// partLayout is a table of tuples.
type partLayout struct {
	name    string
	columns []column // by name; several tables may have it
}

// Limits of what a file may declare, far from what there is.
const (
	maxColumns = 4096
	maxName    = 64
)

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// newLayout returns the layout of columns, an error if they cannot be ours.
func newLayout(columns []column) (*layout, error) {
	if len(columns) > maxColumns {
		return nil, fmt.Errorf("%d columns are too many", len(columns))
	}
	l := &layout{}
	for _, c := range columns {
		if err := l.add(c); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// add adds a column behind the others.
func (l *layout) add(c column) error {
	if err := c.check(); err != nil {
		return err
	}
	t := l.table(c.table)
	if t == nil {
		t = &tableLayout{name: c.table}
		l.tables = append(l.tables, t)
	}
	if t.column(c.name) >= 0 {
		return fmt.Errorf("column %s.%s is there twice", c.table, c.name)
	}
	t.columns = append(t.columns, c)
	l.columns = append(l.columns, c)
	if c.part == "" {
		t.spans = append(t.spans, spanColumn{column: len(t.columns) - 1})
		return nil
	}
	if !slices.ContainsFunc(t.spans, func(s spanColumn) bool { return s.part == c.part }) {
		t.spans = append(t.spans, spanColumn{column: -1, part: c.part})
	}
	return l.addToPart(c)
}

// addToPart adds a column to its table of tuples, unless that has it from another table.
func (l *layout) addToPart(c column) error {
	p := l.part(c.part)
	if p == nil {
		p = &partLayout{name: c.part}
		l.parts = append(l.parts, p)
	}
	if n := p.column(c.name); n < 0 {
		p.columns = append(p.columns, c)
	} else if p.columns[n].typ != c.typ || p.columns[n].joined != c.joined {
		return fmt.Errorf("column %s is of several types in %s", c.name, c.part)
	}
	return nil
}

// reserved are names that a column in a file cannot have.
var reserved = []string{"first", "gone", "tuple_id", "rowid", "oid"}

// check checks that a column can be ours.
func (c column) check() error {
	for _, name := range []string{c.table, c.name} {
		if len(name) > maxName || !nameForm.MatchString(name) || slices.Contains(reserved, name) {
			return fmt.Errorf("column %q of %q: no name of ours", c.name, c.table)
		}
	}
	if strings.HasSuffix(c.table, "_spans") || strings.HasSuffix(c.table, "_over_time") || strings.HasPrefix(c.table, "sqlite_") ||
		isPart(c.table) || isPart(c.name) || c.part != "" && (len(c.part) > maxName+len(measures) || !nameForm.MatchString(c.part) || !isPart(c.part)) {
		return fmt.Errorf("column %q of %q: no name of ours", c.name, c.table)
	}
	if c.typ != table.Integer && c.typ != table.Real && c.typ != table.Text {
		return fmt.Errorf("column %s.%s: no type of ours", c.table, c.name)
	}
	for _, name := range c.joined {
		if name != "" && !nameForm.MatchString(name) {
			return fmt.Errorf("column %s.%s is joined of no columns of ours", c.table, c.name)
		}
	}
	return nil
}

// Ends of the names of tables of tuples.
const (
	measures = "_measures"
	values   = "_values"
)

func isPart(name string) bool {
	return strings.HasSuffix(name, measures) || strings.HasSuffix(name, values)
}

// partOf returns the name of the table of tuples that a declared column is kept in.
func partOf(tableName string, k table.Kept) string {
	switch {
	case k.Measure:
		return tableName + measures
	case k.With != "":
		return k.With + values
	}
	return ""
}

// joinedText returns the columns that a text is made of, as saved_columns has them.
func (c column) joinedText() string {
	if c.joined == ([2]string{}) {
		return ""
	}
	return c.joined[0] + ":" + c.joined[1]
}

func (l *layout) table(name string) *tableLayout {
	for _, t := range l.tables {
		if t.name == name {
			return t
		}
	}
	return nil
}

func (l *layout) part(name string) *partLayout {
	for _, p := range l.parts {
		if p.name == name {
			return p
		}
	}
	return nil
}

func (t *tableLayout) column(name string) int {
	return slices.IndexFunc(t.columns, func(c column) bool { return c.name == name })
}

func (p *partLayout) column(name string) int {
	return slices.IndexFunc(p.columns, func(c column) bool { return c.name == name })
}

// join returns the columns that the text of a column may be made of, where the same place has
// both of them.
func join(columns []column, c column) (address, port int, ok bool) {
	find := func(name string) int {
		return slices.IndexFunc(columns, func(other column) bool { return other.name == name && other.part == c.part })
	}
	if c.typ != table.Text || c.joined == ([2]string{}) {
		return 0, 0, false
	}
	address, port = find(c.joined[0]), find(c.joined[1])
	ok = address >= 0 && port >= 0 && columns[address].typ == table.Text && columns[address].joined == ([2]string{}) && columns[port].typ == table.Integer
	return address, port, ok
}
