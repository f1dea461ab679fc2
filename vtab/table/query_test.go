package table

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// sample is a table of 70 columns: id, name, size, then c3 to c69, with a part for id, name,
// c63 and c69.
func sample() Info {
	info := Info{Name: "sample", Columns: []ColumnInfo{
		{Name: "id", Type: Integer, Part: 1}, {Name: "name", Type: Text, Part: 2}, {Name: "size", Type: Integer},
	}}
	for n := 3; n < 70; n++ {
		info.Columns = append(info.Columns, ColumnInfo{Name: fmt.Sprint("c", n)})
	}
	info.Columns[63].Part, info.Columns[69].Part = 4, 1<<63
	return info
}

// where makes a query of scans, each of some terms.
func where(scans ...[]Term) *Query {
	made := make([]Scan, len(scans))
	for i, terms := range scans {
		made[i].Terms = terms
	}
	return NewQuery(sample(), nil, made...)
}

func TestUses(t *testing.T) {
	for _, c := range []struct {
		scans []Scan
		uses  string
		parts Parts
	}{
		{nil, "id name size c63 c69", 7 | 1<<63}, // wants everything
		{[]Scan{{}}, "", 0},
		{[]Scan{{Used: 1}}, "id", 1},
		{[]Scan{{Used: 1}, {Used: 6}}, "id name size", 3},
		{[]Scan{{Used: 1 << 63}}, "c63 c69", 4 | 1<<63}, // the last bit stands for all the rest
		{[]Scan{{Used: 1 << 62}}, "", 0},
	} {
		q := NewQuery(sample(), nil, c.scans...)
		var uses []string
		for _, name := range []string{"id", "name", "size", "c63", "c69", "none"} {
			if q.Uses(name) {
				uses = append(uses, name)
			}
		}
		if got := strings.Join(uses, " "); got != c.uses || q.Parts() != c.parts {
			t.Errorf("%v: uses %q, parts %x", c.scans, got, q.Parts())
		}
	}
	if q := NewQuery(sample(), nil, Scan{Used: 2}); !q.Uses("size", "none", "name") || q.Uses("size", "none") || q.Uses() {
		t.Error("any of several columns")
	}
}

func TestTexts(t *testing.T) {
	eq := func(op Op, values ...Value) Term { return Term{1, op, values} }
	for _, c := range []struct {
		name  string
		q     *Query
		texts []string
		ok    bool
	}{
		{"zero query", &Query{}, nil, false},
		{"no scan", where(), nil, false},
		{"no term", where(nil), nil, false},
		{"equal", where([]Term{eq(OpEq, String("a"))}), []string{"a"}, true},
		{"in", where([]Term{eq(OpIn, String("a"), String("b"), String("a"))}), []string{"a", "b"}, true},
		{"in nothing", where([]Term{eq(OpIn)}), nil, true},
		{"null equals nothing", where([]Term{eq(OpIn, Null(), String("a"))}), []string{"a"}, true},
		{"a number is no text", where([]Term{eq(OpIn, String("a"), Int(5))}), nil, false},
		{"another term is usable", where([]Term{eq(OpEq, Int(5)), eq(OpEq, String("b"))}), []string{"b"}, true},
		{"greater", where([]Term{eq(OpGt, String("a"))}), nil, false},
		{"another column", where([]Term{{0, OpEq, []Value{String("a")}}}), nil, false},
		{"two scans", where([]Term{eq(OpEq, String("a"))}, []Term{eq(OpIn, String("a"), String("b"))}), []string{"a", "b"}, true},
		{"one scan without", where([]Term{eq(OpEq, String("a"))}, nil), nil, false},
	} {
		if texts, ok := c.q.Texts("name"); ok != c.ok || !slices.Equal(texts, c.texts) {
			t.Errorf("%s: %q, %t", c.name, texts, ok)
		}
	}
	if texts, ok := where([]Term{eq(OpEq, String("a"))}).Texts("none"); ok {
		t.Errorf("a column that the table lacks: %q", texts)
	}
}

func TestRanges(t *testing.T) {
	const least, most = math.MinInt64, math.MaxInt64
	n := func(op Op, values ...Value) Term { return Term{0, op, values} }
	for _, c := range []struct {
		name   string
		q      *Query
		ranges []Range
		ok     bool
	}{
		{"zero query", &Query{}, nil, false},
		{"no term", where(nil), nil, false},
		{"equal", where([]Term{n(OpEq, Int(7))}), []Range{{7, 7}}, true},
		{"equal to text", where([]Term{n(OpEq, String(" 7 "))}), []Range{{7, 7}}, true},
		{"equal to no integer", where([]Term{n(OpEq, Float(7.5))}), nil, false},
		{"in", where([]Term{n(OpIn, Int(9), Null(), Int(7))}), []Range{{9, 9}, {7, 7}}, true},
		{"in nothing", where([]Term{n(OpIn)}), nil, true},
		{"greater, for short one too many", where([]Term{n(OpGt, Int(7))}), []Range{{7, most}}, true},
		{"no overflow", where([]Term{n(OpGt, Int(int64(most)))}), []Range{{most, most}}, true},
		{"between", where([]Term{n(OpGe, Int(3)), n(OpLe, Int(6))}), []Range{{3, 6}}, true},
		{"twice as narrow", where([]Term{n(OpGe, Int(3)), n(OpGe, Int(5)), n(OpLt, Int(9)), n(OpLt, Int(8))}), []Range{{5, 8}}, true},
		{"a bound that is no integer", where([]Term{n(OpGe, Float(2.5)), n(OpLe, Int(6))}), []Range{{least, 6}}, true},
		{"list within bounds", where([]Term{n(OpIn, Int(1), Int(5), Int(9)), n(OpGt, Int(1)), n(OpLt, Int(9)), n(OpLe, Int(8))}), []Range{{1, 1}, {5, 5}}, true},
		{"bounds of a pair of values", where([]Term{n(OpGe, Int(1), Int(2))}), nil, false},
		{"no null", where([]Term{{Column: 0, Op: OpNotNull}}), nil, false},
		{"another column", where([]Term{{2, OpEq, []Value{Int(7)}}}), nil, false},
		{"two scans", where([]Term{n(OpEq, Int(7))}, []Term{n(OpEq, Int(7))}, []Term{n(OpLe, Int(3))}), []Range{{7, 7}, {least, 3}}, true},
		{"one scan without", where([]Term{n(OpEq, Int(7))}, nil), nil, false},
	} {
		ranges, ok := c.q.Ranges("id")
		if ok != c.ok || ok && !slices.Equal(ranges, c.ranges) {
			t.Errorf("%s: %v, %t", c.name, ranges, ok)
		}
	}
}

func TestNulls(t *testing.T) {
	is, not, more := []Term{{Column: 2, Op: OpIsNull}}, []Term{{Column: 2, Op: OpNotNull}}, []Term{{2, OpGt, []Value{Int(1)}}}
	for _, c := range []struct {
		name        string
		q           *Query
		null, other bool
	}{
		{"zero query", &Query{}, true, true},
		{"no scan", where(), true, true},
		{"no term", where(nil), true, true},
		{"is null", where(is), true, false},
		{"is not null", where(not), false, true},
		{"greater", where(more), false, true},
		{"both", where(slices.Concat(is, more)), false, false},
		{"either", where(is, more), true, true},
		{"another column", where([]Term{{Column: 1, Op: OpIsNull}}), true, true},
	} {
		if null, other := c.q.Nulls("size"); null != c.null || other != c.other {
			t.Errorf("%s: null %t, other %t", c.name, null, other)
		}
	}
}

// What a query says must not change what it was made of.
func TestQueriesChangeNoTerms(t *testing.T) {
	values := []Value{Null(), Int(3), Null(), Int(4)}
	q := where([]Term{{0, OpIn, values}})
	q.Ranges("id")
	if !slices.Equal(values, []Value{Null(), Int(3), Null(), Int(4)}) {
		t.Error(values)
	}
}
