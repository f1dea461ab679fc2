package engine

import (
	"math"

	"sockstat/vtab/table"
)

// check is a condition with its value.
type check struct {
	column int // -1 for the rowid
	op     table.Op
	form   form
	value  table.Value // in the form, see form.value
}

func (k *check) key() key { return key{k.column, k.form} }

// other is 1 for a condition on another column or in another form, or no range, else 0.
func (k *check) other(than key) int {
	if k.key() == than && k.op != table.OpNe {
		return 0
	}
	return 1
}

// pass reports whether a row may pass all checks.
func pass(checks []check, c *chunk, row int) bool {
	for i := range checks {
		if !checks[i].passes(c.value(row, checks[i].column)) {
			return false
		}
	}
	return true
}

// passes reports whether the condition may hold for a value of the column. SQLite checks
// what passes once more.
func (k *check) passes(v table.Value) bool {
	switch k.op {
	case table.OpIsNull:
		return v.IsNull()
	case table.OpNotNull:
		return !v.IsNull()
	case table.OpEq:
		in, certain := k.form.value(v)
		return !certain || k.form.same(in, k.value)
	}
	if v.IsNull() {
		return false
	}
	c := k.form.compare(v, k.value)
	switch k.op {
	case table.OpGt:
		return c > 0
	case table.OpGe:
		return c >= 0
	case table.OpLt:
		return c < 0
	case table.OpLe:
		return c <= 0
	case table.OpNe:
		return c != 0
	}
	return true
}

// match says what is known of how a value compares with those of a column.
type match uint8

const (
	comparable match = iota // in a form
	below                   // every value of the column is less
	above                   // every value is greater
	uncertain               // nothing is known
)

// operand returns how a value compares with those of a column of a type. Before SQLite
// compares, it makes a number of one side if the other is a column of numbers, else a text of
// one if the other is a column of texts (https://sqlite.org/datatype3.html#comparisons). What
// is compared with numbers was made one already if it looks like one. What the other side of
// a column of texts is is not told: a number may become a text, or the texts numbers.
func operand(typ table.Type, text form, v table.Value) (form, table.Value, match) {
	switch kind := v.Kind(); {
	case kind == table.KindBlob, kind == table.KindText && typ != table.Text:
		return 0, v, below
	case kind == table.KindText:
		return text, v, comparable
	case kind == table.KindReal && math.IsInf(v.Float(), 0) && typ == table.Text:
		return 0, v, uncertain // its text is not that of a number
	case kind == table.KindReal:
		v = whole(v)
	}
	if typ == table.Text {
		return asNumberInText, v, comparable
	}
	return asNumber, v, comparable
}
