package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sockstat/queries"
	"sockstat/repl"
	"sockstat/vtab/table"
)

// relation is what a table of osquery is read from.
type relation struct {
	name    string // in osquery
	from    string // what stands after FROM
	columns []column
}

// column is a column of a relation.
type column struct {
	name  string
	typ   table.Type
	quick bool // conditions on it narrow what is read
	quiet bool // SELECT * leaves it out
	// param is not nil for a parameter, whose value is given by a condition.
	param *queries.Param
	value table.Value // of a parameter that no condition gives one
}

// The options of columns, ColumnOptions in osquery's core/tables.h.
const (
	optionIndex      = 1
	optionRequired   = 2
	optionAdditional = 4
	optionHidden     = 16
)

// options returns what osquery is to know of the column.
func (c *column) options() string {
	options := 0
	if c.quick {
		options |= optionIndex
	}
	if c.quiet {
		options |= optionHidden
	}
	switch {
	case c.param != nil && !c.param.HasDefault:
		options |= optionRequired
	case c.param != nil:
		options |= optionAdditional
	}
	return strconv.Itoa(options)
}

// osqueryType returns the type by osquery's name, which knows INTEGER as one of 32 bits.
func (c *column) osqueryType() string {
	switch c.typ {
	case table.Integer:
		return "BIGINT"
	case table.Real:
		return "DOUBLE"
	}
	return "TEXT"
}

// sql returns the statement that answers a request, the columns that it returns, and the values
// of its parameters by name. It may bring rows too many: osquery checks all conditions again.
func (r *relation) sql(q request) (sql string, columns []column, params map[string]table.Value, err error) {
	params = map[string]table.Value{}
	var names, conditions []string
	for _, c := range r.columns {
		if c.param != nil {
			if params[c.name], err = c.given(q.constraints[c.name]); err != nil {
				return "", nil, nil, err
			}
			continue
		}
		if q.used == nil || q.used[c.name] {
			names, columns = append(names, quote(c.name)), append(columns, c)
		}
		conditions = append(conditions, c.conditions(q.constraints[c.name], params)...)
	}
	if len(names) == 0 {
		names = []string{"1"} // only how many there are
	}
	sql = "SELECT " + strings.Join(names, ", ") + " FROM " + r.from
	if len(conditions) > 0 {
		sql += " WHERE " + strings.Join(conditions, " AND ")
	}
	return sql, columns, params, nil
}

// quote returns an identifier of SQL.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// given returns the value that conditions give a parameter.
func (c *column) given(list []constraint) (table.Value, error) {
	for _, k := range list {
		if k.op == equals {
			return c.param.Value(repl.ParseValue(k.text))
		}
	}
	if !c.param.HasDefault {
		return table.Null(), fmt.Errorf("WHERE %s = ... is missing", c.name)
	}
	return c.value, nil
}

// conditions returns conditions on the column, whose values are added to params. Of several
// values that it shall equal, a list that stands for IN, one is enough.
func (c *column) conditions(list []constraint, params map[string]table.Value) (conditions []string) {
	var equal []string
	add := func(v table.Value) string {
		name := "$" + strconv.Itoa(len(params))
		params[name] = v
		return name
	}
	for _, k := range list {
		v, ok := c.parse(k.text)
		switch {
		case !ok && k.op == equals: // it may equal that in a way that only osquery knows
			return nil
		case !ok:
		case k.op == equals:
			equal = append(equal, add(v))
		case operators[k.op] != "" && (k.op == like || k.op == glob) == (c.typ == table.Text):
			conditions = append(conditions, quote(c.name)+operators[k.op]+add(v))
		}
	}
	switch {
	case len(equal) == 1: // which also gives an argument of a table its value
		conditions = append(conditions, quote(c.name)+c.collation()+" = "+equal[0])
	case len(equal) > 1:
		conditions = append(conditions, quote(c.name)+c.collation()+" IN ("+strings.Join(equal, ", ")+")")
	}
	return conditions
}

// operators are the comparisons that are passed on beside equality. Those of texts that have an
// order are not: osquery does not say by which collation.
var operators = map[operator]string{
	greater: " > ", lessOrEqual: " <= ", less: " < ", greaterOrEqual: " >= ", like: " LIKE ", glob: " GLOB ",
}

// collation returns the widest of those that osquery may compare texts by, which it does not say.
func (c *column) collation() string {
	if c.typ == table.Text {
		return " COLLATE NOCASE"
	}
	return ""
}

// parse returns the value that a column is compared with. It is not ok if the text is none that
// the column's type has.
func (c *column) parse(text string) (v table.Value, ok bool) {
	switch c.typ {
	case table.Integer, table.Real:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return table.Int(n), true
		}
		f, err := strconv.ParseFloat(text, 64)
		return table.Float(f), err == nil && !slices.Contains([]string{"nan", "inf"}, strings.ToLower(strings.Trim(text, "+-")))
	}
	return table.String(text), !strings.HasSuffix(text, " ") // which RTRIM would leave out
}
