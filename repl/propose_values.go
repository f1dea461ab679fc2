package repl

import (
	"slices"
	"strings"
)

// values returns the values of the column that is compared at the cursor, as they stand in SQL;
// nothing if none is, or they are not known.
func (p *cursor) values() (quoted []string) {
	operand, listed := p.compared()
	if operand < 0 {
		return nil
	}
	name, qualifier := p.tokens[operand], ""
	if operand >= 2 && p.tokens[operand-1].is(".") {
		qualifier = p.tokens[operand-2].text
	}
	for _, v := range p.valuesOf(qualifier, name.text) {
		if !slices.Contains(listed, v) {
			quoted = append(quoted, "'"+strings.ReplaceAll(v, "'", "''")+"'")
		}
	}
	return quoted
}

// compared returns which token is the column whose value the cursor is at, -1 for none, and the
// values that a list has already.
func (p *cursor) compared() (operand int, listed []string) {
	i := p.at - 1
	if i < 1 {
		return -1, nil
	}
	switch t := p.tokens[i]; {
	case t.is("not") && p.tokens[i-1].is("is"):
		i -= 2
	case t.is("=", "==", "!=", "<>", "is"):
		i--
	case t.is("like", "glob"):
		if i--; p.tokens[i].is("not") {
			i--
		}
	case t.is("when"):
		return p.ofCase(i), nil
	case t.is("(", ","):
		open := p.inList()
		if open < 0 {
			return -1, nil
		}
		for _, t := range p.tokens[open:p.closing(open)] {
			if t.kind == tokenText {
				listed = append(listed, t.text)
			}
		}
		if i = open - 2; i > 0 && p.tokens[i].is("not") {
			i--
		}
	default:
		return -1, nil
	}
	if i < 0 || !p.tokens[i].isName() {
		return -1, nil
	}
	return i, listed
}

// ofCase returns the column of CASE column WHEN, given where WHEN stands; -1 if there is none.
func (p *cursor) ofCase(when int) int {
	depth := 0
	for i := when; i >= 0; i-- {
		switch {
		case p.tokens[i].is("end"):
			depth++
		case p.tokens[i].is("case") && depth > 0:
			depth--
		case p.tokens[i].is("case"):
			for column := i + 1; column < when; column++ {
				if next := p.tokens[column+1]; p.tokens[column].isName() && next.is("when") {
					return column
				} else if next.is("when") {
					break
				}
			}
			return -1
		}
	}
	return -1
}

// listings are where the names are listed that a column of any table has.
var listings = map[string]struct{ table, column string }{
	"zone": {"zones", "name"}, "user": {"users", "name"}, "interface": {"interfaces", "name"},
}

// valuesOf returns the values of a column, "" being any source's.
func (p *cursor) valuesOf(qualifier, name string) []string {
	for _, q := range p.queries() {
		for _, s := range p.sources(q, p.at) {
			if qualifier != "" && !strings.EqualFold(s.name, qualifier) {
				continue
			}
			for _, c := range s.columns {
				if !strings.EqualFold(c.Name, name) {
					continue
				}
				if len(c.Values) > 0 {
					return c.Values
				}
				return p.listed(s.table, c.Name)
			}
		}
	}
	return nil
}

// listed returns the names that the machine has for a column at the moment. They are not looked
// for in a transaction, which would be bound to this moment by that.
func (p *cursor) listed(table, column string) []string {
	in, ok := listings[column]
	if !ok && table == "zones" && column == "name" {
		in, ok = listings["zone"], true
	}
	if !ok || p.shell.DB.InTransaction() || p.completer.table(in.table).columns == nil {
		return nil
	}
	return p.ask("SELECT DISTINCT " + in.column + " FROM " + in.table + " WHERE " + in.column + " IS NOT NULL ORDER BY 1")
}
