package repl

import (
	"slices"
	"strings"

	"sockstat/vtab/table"
)

// candidates returns what may stand at the place.
func (p *cursor) candidates() candidates {
	t := p.before(1)
	if t.is(".") {
		return candidates{p.columnsOf(p.before(2).text)}
	}
	values := p.values()
	if strings.HasPrefix(p.word, "'") {
		return candidates{values}
	}
	if p.at == 0 {
		return candidates{p.cased(afterNothing), p.allKeywords()}
	}

	clause, _ := p.clause()
	switch {
	case clause == "from" || clause == "join":
		return p.inFrom(clause == "join")
	case clause == "using" && len(p.opened()) > 0:
		return candidates{p.common()}
	case clause == "limit" && t.is("limit", "offset", ","):
		return nil // a number
	case p.operand():
		return append(p.operands(clause, values), p.allKeywords())
	case t.kind == tokenName && followed[t.text] != nil:
		return candidates{p.cased(followed[t.text]), p.allKeywords()}
	case t.is("as") && p.castOpen():
		return candidates{p.cased([]string{"INTEGER", "REAL", "TEXT", "BLOB", "NUMERIC"})}
	case t.is("as") && p.tokens[0].is("create"):
		return candidates{p.cased([]string{"SELECT", "WITH", "VALUES"})}
	case t.is("as"):
		return nil // a new name
	case clause == "pragma":
		return candidates{p.ask("SELECT name FROM pragma_pragma_list ORDER BY name")}
	case clause == "drop" && t.is("table", "view"):
		return candidates{p.tableNames()}
	}
	return candidates{p.cased(p.following(clause)), p.allKeywords()}
}

// inFrom returns what may stand in FROM or behind JOIN.
func (p *cursor) inFrom(joined bool) candidates {
	t := p.before(1)
	switch {
	case t.is("from", "join", ","), t.is("(") && (p.at < 2 || !p.before(2).isName()):
		return candidates{p.tableNames(), p.tableFunctions(), p.cased([]string{"SELECT"})}
	case t.is("("):
		return candidates{nil, p.functions()} // arguments of a function that is a table
	case t.kind == tokenName && followed[t.text] != nil:
		return candidates{p.cased(followed[t.text]), p.allKeywords()}
	case t.is("as"):
		return nil
	case joined:
		return candidates{p.cased(append(slices.Clone(afterJoined), afterSource...)), p.allKeywords()}
	}
	return candidates{p.cased(afterSource), p.allKeywords()}
}

// operands returns what an expression may go on with where it needs an operand: the columns of
// what is read, alone.
func (p *cursor) operands(clause string, values []string) candidates {
	sources := p.sources(p.queries()[0], p.at)
	columns := unambiguous(sources)
	if clause == "order" || clause == "group" || clause == "having" {
		columns = append(p.aliases(), columns...)
	}
	if len(sources) == 0 { // FROM is yet to come
		columns = unambiguous(p.with(p.queries()[0]))
	}
	if len(sources) == 0 && columns == nil {
		columns = allColumns(p.shell.DB.Tables())
		slices.Sort(columns)
	}
	for _, q := range p.queries()[1:] { // what the queries around it read, too
		sources = append(sources, p.sources(q, p.at)...)
	}
	var others []string
	for _, s := range sources {
		if s.name != "" {
			others = append(others, s.name+".")
		}
	}
	others = slices.Concat(others, unambiguous(sources), p.functions())
	keywords := p.cased(asOperand)
	if p.before(1).is("select") {
		keywords = append(p.cased([]string{"DISTINCT", "ALL"}), keywords...)
	}
	return candidates{append(values, columns...), append(others, keywords...), p.tableNames()}
}

// unambiguous returns the names of columns, those that several sources have with the source's.
func unambiguous(sources []source) (names []string) {
	count := map[string]int{}
	for _, s := range sources {
		for _, c := range s.columns {
			count[c.Name]++
		}
	}
	for _, s := range sources {
		for _, c := range s.columns {
			name := quotedName(c.Name)
			if count[c.Name] > 1 && s.name != "" {
				name = quotedName(s.name) + "." + name
			}
			names = append(names, name)
		}
	}
	return names
}

// quotedName returns a name as it stands in SQL.
func quotedName(name string) string {
	plain := name != "" && !isKeyword(strings.ToLower(name)) && !('0' <= name[0] && name[0] <= '9')
	for i := range len(name) {
		plain = plain && identifier(name[i])
	}
	if plain {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// columnsOf returns the columns of a source, or of a table that is none.
func (p *cursor) columnsOf(name string) (names []string) {
	for _, q := range p.queries() {
		for _, s := range p.sources(q, p.at) {
			if strings.EqualFold(s.name, name) {
				return quotedNames(s.columns)
			}
		}
	}
	return quotedNames(p.named(name).columns)
}

// quotedNames returns the names of columns as they stand in SQL.
func quotedNames(columns []table.ColumnInfo) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = quotedName(c.Name)
	}
	return names
}

// common returns the columns that the last source has in common with others, for USING.
func (p *cursor) common() (names []string) {
	seen := map[string]int{}
	for _, s := range p.sources(p.queries()[0], p.at) {
		for _, c := range s.columns {
			if seen[c.Name]++; seen[c.Name] == 2 {
				names = append(names, quotedName(c.Name))
			}
		}
	}
	return names
}

// aliases returns the names that the SELECT gives to what it returns.
func (p *cursor) aliases() (names []string) {
	s := p.selected(p.queries()[0], p.at)
	p.each(s, func(i int) {
		if p.tokens[i].is("as") && i+1 < s.to && p.tokens[i+1].isName() && i+1 != p.at {
			names = append(names, quotedName(p.tokens[i+1].text))
		}
	})
	return names
}

// following returns the keywords that may follow an operand in a clause.
func (p *cursor) following(clause string) []string {
	switch clause {
	case "select":
		return slices.Concat([]string{"FROM", "AS"}, comparing, afterCondition, []string{"OVER", "FILTER", "WHERE", "ORDER BY", "LIMIT"}, compounds)
	case "where", "on":
		more := []string{"GROUP BY", "ORDER BY", "LIMIT"}
		if clause == "on" {
			more = append([]string{"WHERE", "JOIN", "LEFT JOIN"}, more...)
		}
		return slices.Concat(afterCondition, comparing, more, compounds)
	case "using":
		return afterSource
	case "group":
		return slices.Concat([]string{"HAVING", "ORDER BY", "LIMIT"}, comparing, compounds)
	case "having":
		return slices.Concat(afterCondition, comparing, []string{"ORDER BY", "LIMIT"}, compounds)
	case "order":
		return slices.Concat([]string{"DESC", "ASC", "LIMIT", "NULLS", "COLLATE"}, comparing)
	case "limit":
		return []string{"OFFSET"}
	case "with":
		return []string{"AS", "SELECT", "RECURSIVE"}
	}
	return nil
}

// castOpen reports whether the cursor is in CAST(… AS.
func (p *cursor) castOpen() bool {
	open := p.opened()
	return len(open) > 0 && open[0] > 0 && p.tokens[open[0]-1].is("cast")
}

// cased returns keywords in the case in which they are typed.
func (p *cursor) cased(words []string) []string {
	if !p.lower {
		return words
	}
	lower := make([]string, len(words))
	for i, w := range words {
		lower[i] = strings.ToLower(w)
	}
	return lower
}

// allKeywords returns all keywords, if one is begun.
func (p *cursor) allKeywords() []string {
	if p.word == "" {
		return nil
	}
	return p.cased(strings.Fields(keywords))
}
