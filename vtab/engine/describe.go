package engine

import (
	"strings"

	"sockstat/vtab/table"
)

// operators are how conditions are written in a plan that is shown.
var operators = map[table.Op]string{
	table.OpEq: "=", table.OpGt: ">", table.OpGe: ">=", table.OpLt: "<", table.OpLe: "<=",
	table.OpIsNull: " IS NULL", table.OpNotNull: " IS NOT NULL", table.OpNe: "<>",
}

// describe says a plan for people, in EXPLAIN QUERY PLAN: what is looked up in an index over
// the rows, what narrows the reading of the table, such as by the kernel, what narrows the
// rows after that, and what they are ordered or grouped by. An example is
// "lookup(pid) kernel(state=LISTEN, local_port=22)".
func (t *boundTable) describe(p *plan, terms []table.Term) string {
	of := map[string][]string{}
	for _, a := range p.args {
		switch {
		case a.noted:
		case a.op == table.OpEq, a.op == table.OpIn:
			of["lookup"] = append(of["lookup"], t.columnName(a.column))
		default:
			of["range"] = append(of["range"], t.columnName(a.column)+operators[a.op])
		}
	}
	for _, term := range terms {
		part := "filter"
		if t.info.Columns[term.Column].Pushed {
			part = "kernel"
		}
		of[part] = append(of[part], t.say(term))
	}
	for _, c := range p.orderBy {
		of["order"] = append(of["order"], t.columnName(c))
	}
	var parts []string
	for _, part := range []string{"lookup", "range", "kernel", "filter", "order"} {
		if len(of[part]) > 0 {
			parts = append(parts, part+"("+strings.Join(of[part], ", ")+")")
		}
	}
	return strings.Join(parts, " ")
}

// say writes a condition with its literal.
func (t *boundTable) say(term table.Term) string {
	s := t.columnName(term.Column) + operators[term.Op]
	for _, v := range term.Values {
		s += text(v)
	}
	return s
}

// text writes a literal: bytes that a terminal may take for orders, or that would end the
// text for SQLite, are left out.
func text(v table.Value) string {
	if v.IsNull() {
		return "NULL"
	}
	const most = 100
	s := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, v.String())
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "..."
	}
	return s
}

// columnName returns the name of a column.
func (t *boundTable) columnName(column int) string {
	if column < 0 {
		return "rowid"
	}
	return t.info.Columns[column].Name
}
