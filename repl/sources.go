package repl

import (
	"slices"
	"strings"

	"sockstat/vtab/table"
)

// source is what a query reads: a table, a query in parentheses, or one named by WITH.
type source struct {
	name    string // by which its columns are qualified; "" for none
	table   string // its own, "" for a query
	columns []table.ColumnInfo
}

// sources returns what the SELECT reads that has a place, without those around it.
func (p *cursor) sources(query span, at int) []source {
	s := p.selected(query, at)
	from := -1
	p.each(s, func(i int) {
		if p.tokens[i].is("from") && from < 0 {
			from = i
		}
	})
	if from < 0 {
		return nil
	}
	return p.readFrom(span{from + 1, s.to})
}

// readFrom returns the sources that FROM lists.
func (p *cursor) readFrom(s span) (all []source) {
	for i := s.from; i < s.to; i++ {
		t := p.tokens[i]
		var found source
		switch {
		case t.is("where", "group", "having", "order", "limit", "window", "union", "except", "intersect"):
			return all
		case t.is("on", "using"):
			i = p.endOfJoin(span{i + 1, s.to})
			continue
		case t.is("("):
			end := min(p.closing(i), s.to)
			if !p.isQuery(i + 1) {
				all = append(all, p.readFrom(span{i + 1, end})...)
				i = end
				continue
			}
			found.columns = p.results(span{i + 1, end})
			i = end
		case t.isName():
			if i+2 < s.to && p.tokens[i+1].is(".") { // temp.name
				i += 2
			}
			found = p.named(p.tokens[i].text)
			if i+1 < s.to && p.tokens[i+1].is("(") {
				i = p.closing(i + 1)
			}
		default:
			continue
		}
		found.name, i = p.alias(found.name, i, s.to)
		all = append(all, found)
	}
	return all
}

// endOfJoin returns the token before the next source, behind a condition.
func (p *cursor) endOfJoin(s span) int {
	end := s.to - 1
	p.each(s, func(i int) {
		if p.tokens[i].is(",", "join", "left", "right", "full", "inner", "cross", "natural", "where", "group", "order", "limit", "having", "window") {
			end = min(end, i-1)
		}
	})
	return end
}

// alias returns the name that a source gets behind token i, else that it has, and the last token
// of it.
func (p *cursor) alias(name string, i, end int) (string, int) {
	switch {
	case i+2 < end && p.tokens[i+1].is("as") && p.at != i+2:
		return p.tokens[i+2].text, i + 2
	case i+1 < end && p.tokens[i+1].isName() && p.at != i+1:
		return p.tokens[i+1].text, i + 1
	}
	return name, i
}

// named returns the source of a name: what WITH names so, or a table.
func (p *cursor) named(name string) source {
	for _, q := range p.queries() {
		for _, w := range p.with(q) {
			if strings.EqualFold(w.name, name) {
				return w
			}
		}
	}
	return p.completer.table(name)
}

// with returns what WITH names at the start of a query. What is being named when the cursor is
// reached reads only those before.
func (p *cursor) with(query span) (all []source) {
	i := query.from
	if i >= query.to || !p.tokens[i].is("with") {
		return nil
	}
	if i++; i < query.to && p.tokens[i].is("recursive") {
		i++
	}
	for i < query.to && p.tokens[i].isName() {
		w := source{name: p.tokens[i].text}
		if i++; i < query.to && p.tokens[i].is("(") {
			end := min(p.closing(i), query.to)
			for _, t := range p.tokens[i:end] {
				if t.isName() {
					w.columns = append(w.columns, table.ColumnInfo{Name: t.text})
				}
			}
			i = end + 1
		}
		for i < query.to && p.tokens[i].is("as", "not", "materialized") {
			i++
		}
		if i >= query.to || !p.tokens[i].is("(") {
			return all
		}
		end := min(p.closing(i), query.to)
		if w.columns == nil && p.depth < maxNested {
			p.depth++
			w.columns = p.results(span{i + 1, end})
			p.depth--
		}
		all = append(all, w)
		if i = end + 1; i < query.to && p.tokens[i].is(",") {
			i++
		}
	}
	return all
}

// maxNested is how deep queries are looked into for the columns they return: names of WITH may
// refer to each other.
const maxNested = 4

// results returns the columns that a query returns, as far as they have names.
func (p *cursor) results(query span) (columns []table.ColumnInfo) {
	s := p.selected(query, query.from)
	begin, end := -1, s.to
	p.each(s, func(i int) {
		switch t := p.tokens[i]; {
		case t.is("select") && begin < 0:
			begin = i + 1
		case t.is("from", "where", "group", "order", "limit") && begin >= 0:
			end = min(end, i)
		}
	})
	if begin < 0 {
		return nil
	}
	var sources []source
	if p.depth < maxNested {
		p.depth++
		sources = p.sources(query, query.from)
		p.depth--
	}
	start := begin
	p.each(span{begin, end}, func(i int) {
		if p.tokens[i].is(",") {
			columns = append(columns, p.result(span{start, i}, sources)...)
			start = i + 1
		}
	})
	return append(columns, p.result(span{start, end}, sources)...)
}

// result returns the columns that one expression of a SELECT returns.
func (p *cursor) result(s span, sources []source) (columns []table.ColumnInfo) {
	if s.from >= s.to {
		return nil
	}
	last := p.tokens[s.to-1]
	switch {
	case last.is("*"):
		for _, from := range sources {
			if s.to-s.from == 1 || p.tokens[s.from].text == from.name {
				columns = append(columns, from.columns...)
			}
		}
		return columns
	case !last.isName():
		return nil
	}
	for _, from := range sources {
		for _, c := range from.columns {
			if strings.EqualFold(c.Name, last.text) {
				return []table.ColumnInfo{c}
			}
		}
	}
	return []table.ColumnInfo{{Name: last.text}}
}

// table returns the table of a name, also one that was created in this session.
func (c *completer) table(name string) source {
	for _, t := range c.shell.DB.Tables() {
		if strings.EqualFold(t.Name, name) {
			return source{name: t.Name, table: t.Name, columns: t.Columns}
		}
	}
	s := source{name: name, table: name}
	for _, column := range c.ask("SELECT name FROM pragma_table_info(:table)", name) {
		s.columns = append(s.columns, table.ColumnInfo{Name: column})
	}
	return s
}

// tableNames returns the names of all tables and of what WITH names.
func (p *cursor) tableNames() (names []string) {
	for _, q := range p.queries() {
		for _, w := range p.with(q) {
			names = append(names, w.name)
		}
	}
	names = append(names, tableNames(p.shell, nil)...)
	for _, name := range p.ask("SELECT name FROM sqlite_temp_schema WHERE type IN ('table', 'view') AND (sql LIKE 'CREATE TABLE%' OR sql LIKE 'CREATE VIEW%') ORDER BY name") {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
