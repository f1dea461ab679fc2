package saved

import (
	"fmt"
	"strings"

	"sockstat/vtab/table"
)

// object is an entry of sqlite_schema.
type object struct{ kind, name, sql string }

// fixed are the objects that every file has.
var fixed = []object{
	{"table", "moments", "CREATE TABLE moments (moment INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, kept INTEGER NOT NULL)"},
	{"table", "texts", "CREATE TABLE texts (text_id INTEGER PRIMARY KEY, text TEXT NOT NULL)"},
	{"table", "saved_columns", "CREATE TABLE saved_columns (table_name TEXT NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, part TEXT NOT NULL, joined TEXT NOT NULL)"},
}

// objects returns all that a file of the layout has.
func (l *layout) objects() []object {
	objects := append([]object{}, fixed...)
	for _, p := range l.parts {
		objects = append(objects, object{"table", p.name, p.create()})
	}
	for _, t := range l.tables {
		objects = append(objects, t.objects()...)
	}
	for _, t := range l.tables {
		objects = append(objects, t.views()...)
	}
	return objects
}

// create returns the declaration. That of SQLite's ALTER TABLE … ADD COLUMN looks the same.
func (p *partLayout) create() string {
	columns := []string{"tuple_id INTEGER PRIMARY KEY"}
	for _, c := range p.columns {
		columns = append(columns, c.declaration())
	}
	return fmt.Sprintf("CREATE TABLE %s (%s)", p.name, strings.Join(columns, ", "))
}

// declaration declares a column. A text is a number of one.
func (c column) declaration() string {
	if c.typ == table.Real {
		return quoted(c.name) + " REAL"
	}
	return quoted(c.name) + " INTEGER"
}

// name returns the name of the table of spans.
func (t *tableLayout) spansName() string { return t.name + "_spans" }

// spanDeclaration declares a column of the spans.
func (t *tableLayout) spanDeclaration(s spanColumn) string {
	if s.column < 0 {
		return s.part + " INTEGER"
	}
	return t.columns[s.column].declaration()
}

// longSpan is how many moments a row lives that a search does not want to look at, but for a
// few.
const longSpan = 64

// objects returns the table of spans and its indexes: those that ended are found by when they
// did, and the few long ones apart.
func (t *tableLayout) objects() []object {
	columns := []string{"first INTEGER NOT NULL", "gone INTEGER"}
	for _, s := range t.spans {
		columns = append(columns, t.spanDeclaration(s))
	}
	name := t.spansName()
	return []object{
		{"table", name, fmt.Sprintf("CREATE TABLE %s (%s)", name, strings.Join(columns, ", "))},
		{"index", name + "_gone", fmt.Sprintf("CREATE INDEX %s_gone ON %[1]s (gone)", name)},
		{"index", name + "_long", fmt.Sprintf("CREATE INDEX %s_long ON %[1]s (gone) WHERE gone - first > %d", name, longSpan)},
	}
}

// views returns the views that give the plain table.
func (t *tableLayout) views() []object {
	from := " FROM " + t.spansName() + " AS s"
	for n, s := range t.spans {
		if s.column < 0 {
			from += fmt.Sprintf(" LEFT JOIN %s AS p%d ON p%[2]d.tuple_id = s.%[1]s", s.part, n)
		}
	}
	var columns []string
	for _, c := range t.columns {
		columns = append(columns, t.expression(c)+" AS "+quoted(c.name))
	}
	list := strings.Join(columns, ", ")
	when := func(alias string) string {
		return fmt.Sprintf("strftime('%%Y-%%m-%%d %%H:%%M:%%f', %s.time_ms / 1000.0, 'unixepoch')", alias)
	}
	return []object{
		{"view", t.name, fmt.Sprintf("CREATE VIEW %s AS SELECT %s%s WHERE s.gone IS NULL", t.name, list, from)},
		{"view", t.name + "_over_time", fmt.Sprintf("CREATE VIEW %s_over_time AS SELECT %s AS first, %s AS gone, %s%s"+
			" JOIN moments AS m ON m.moment = s.first LEFT JOIN moments AS n ON n.moment = s.gone",
			t.name, when("m"), when("n"), list, from)},
	}
}

// source returns what a column is read from in the FROM clause of a view.
func (t *tableLayout) source(c column) string {
	if c.part == "" {
		return "s." + quoted(c.name)
	}
	for n, s := range t.spans {
		if s.part == c.part {
			return fmt.Sprintf("p%d.%s", n, quoted(c.name))
		}
	}
	return "NULL"
}

// expression returns the value of a column.
func (t *tableLayout) expression(c column) string {
	source := t.source(c)
	if c.typ != table.Text {
		return source
	}
	text := "(SELECT text FROM texts WHERE text_id = " + source + ")"
	if address, port, ok := join(t.columns, c); ok {
		return fmt.Sprintf("CASE WHEN %s IS NULL THEN %s || ':' || %s ELSE %s END", source,
			t.expression(t.columns[address]), t.source(t.columns[port]), text)
	}
	return text
}

// quoted returns a name that is one of ours as an identifier, whatever SQL calls its own.
func quoted(name string) string { return `"` + name + `"` }
