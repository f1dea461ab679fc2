package engine

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"sockstat/vtab/table"
)

// A condition is looked up, checked, impossible, or left to SQLite.
func TestSearch(t *testing.T) {
	for _, c := range []struct {
		name string
		arg  planArg
		v    table.Value
		want string
	}{
		{"number", planArg{typ: table.Integer, op: table.OpEq}, table.Int(5), "equal[0:5]"},
		{"whole real", planArg{typ: table.Integer, op: table.OpEq}, table.Float(5), "equal[0:5]"},
		{"fraction", planArg{typ: table.Real, op: table.OpEq}, table.Float(5.5), "equal[0:5.5]"},
		{"literal", planArg{typ: table.Integer, op: table.OpEq, noted: true}, table.Int(5), "fixed[0:5]"},
		{"text that is no number", planArg{typ: table.Integer, op: table.OpEq}, table.String("x"), "none"},
		{"less than a text", planArg{typ: table.Integer, op: table.OpLt}, table.String("x"), "fixed[IS NOT NULL]"},
		{"other than a text", planArg{typ: table.Integer, op: table.OpNe}, table.String("x"), "fixed[IS NOT NULL]"},
		{"greater than a text", planArg{typ: table.Integer, op: table.OpGt}, table.String("x"), "none"},
		{"NULL", planArg{typ: table.Integer, op: table.OpEq}, table.Null(), "none"},
		{"IS NULL", planArg{typ: table.Integer, op: table.OpEq, is: true}, table.Null(), "equal[0:NULL]"},
		{"text IS NULL", planArg{typ: table.Text, text: asFolded, op: table.OpEq, is: true}, table.Null(), "equal[2:NULL]"},
		{"blob", planArg{typ: table.Text, op: table.OpEq}, table.Blob("x"), "none"},
		{"less than a blob", planArg{typ: table.Text, op: table.OpLe}, table.Blob("x"), "fixed[IS NOT NULL]"},
		{"text", planArg{typ: table.Text, text: asFolded, op: table.OpEq}, table.String("x"), "equal[2:x]"},
		{"greater than a text", planArg{typ: table.Text, text: asTrimmed, op: table.OpGt}, table.String("x"), "ranges[3:x]"},
		{"text = number", planArg{typ: table.Text, text: asText, op: table.OpEq}, table.Int(5), "equal[4:5]"},
		{"text = real", planArg{typ: table.Text, text: asText, op: table.OpEq}, table.Float(5), "equal[4:5]"},
		{"text > number", planArg{typ: table.Text, text: asText, op: table.OpGt}, table.Int(5), ""},
		{"text <> number", planArg{typ: table.Text, text: asText, op: table.OpNe}, table.Int(5), ""},
		{"text = infinity", planArg{typ: table.Text, text: asText, op: table.OpEq}, table.Float(math.Inf(1)), ""},
	} {
		var s search
		s.set([]planArg{c.arg}, []argument{{value: c.v}})
		if got := s.say(); got != c.want {
			t.Errorf("%s: %s", c.name, got)
		}
	}
}

// say writes a search.
func (s *search) say() (all string) {
	for name, checks := range map[string][]check{"fixed": s.fixed, "equal": s.equal, "ranges": s.ranges} {
		for _, k := range checks {
			if k.op == table.OpNotNull {
				all += name + "[IS NOT NULL]"
			} else {
				all += fmt.Sprintf("%s[%d:%s]", name, k.form, text(k.value))
			}
		}
	}
	if s.none {
		all += "none"
	}
	return all
}

func TestListsAreCombined(t *testing.T) {
	of := func(typ table.Type, values ...table.Value) list {
		return list{column: 1, typ: typ, text: asText, values: slices.Values(values)}
	}
	numbers := of(table.Integer, table.Int(1), table.Null(), table.String("x"), table.Float(2))
	texts := of(table.Text, table.String("a"), table.String("b"), table.Blob("c"))
	mixed := of(table.Text, table.String("a"), table.Int(1))
	for _, c := range []struct {
		name  string
		lists []list
		most  int
		want  string
	}{
		{"numbers", []list{numbers}, 4, "[{1 0}] [[1] [2]]"},
		{"too many", []list{numbers}, 3, "[] [[]]"},
		{"two", []list{numbers, texts}, 9, "[{1 0} {1 1}] [[1 a] [1 b] [2 a] [2 b]]"},
		{"too many of two", []list{numbers, texts}, 5, "[{1 0}] [[1] [2]]"},
		{"of two kinds", []list{mixed}, 9, "[] [[]]"},
		{"nothing that can be equal", []list{of(table.Integer, table.Null())}, 9, "[{1 0}] []"},
	} {
		s := search{lists: c.lists}
		keys, all := s.listed(nil, c.most)
		if got := fmt.Sprint(keys, " ", all); got != c.want {
			t.Errorf("%s: %s", c.name, got)
		}
	}
	if got := unique([]int32{3, -1, 1, 3, -1}); !slices.Equal(got, []int32{1, 3}) {
		t.Errorf("unique: %d", got)
	}
}

// The column with most ranges is the one to sort by.
func TestSortKey(t *testing.T) {
	on := func(column int, op table.Op) check { return check{column, op, asNumber, table.Int(1)} }
	for _, c := range []struct {
		ranges []check
		by     int // -1 for none
		n      int
	}{
		{nil, -1, 0}, {[]check{on(3, table.OpGt)}, 3, 1}, {[]check{on(3, table.OpNe)}, -1, 0},
		{[]check{on(3, table.OpGt), on(4, table.OpGt), on(4, table.OpLt)}, 4, 2},
		{[]check{on(3, table.OpNe), on(4, table.OpGt), on(3, table.OpNe)}, 4, 1},
	} {
		s := search{ranges: c.ranges}
		by, n := s.sortKey()
		if n != c.n || (by == nil) != (c.by < 0) || by != nil && by.column != c.by {
			t.Errorf("%v: by %v, %d ranges", c.ranges, by, n)
		}
		for _, r := range s.ranges[:n] {
			if r.column != c.by {
				t.Errorf("%v do not come first", s.ranges)
			}
		}
	}
}
