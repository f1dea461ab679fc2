package engine

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
	"unsafe"

	"sockstat/vtab/table"
)

// planned is a table to plan scans of: a and b are looked at by Open, c is a real number.
func planned() *boundTable {
	info := table.Info{Name: "planned", Rows: 1000, Columns: []table.ColumnInfo{
		{Name: "a", Type: table.Integer, Pushed: true}, {Name: "b", Type: table.Text, Pushed: true}, {Name: "c", Type: table.Real},
	}}
	return &boundTable{db: &DB{planning: newPlanning()}, info: info}
}

// value is the literal of a condition.
func value(v table.Value) *table.Value { return &v }

func TestBestIndex(t *testing.T) {
	seven, word := value(table.Int(7)), value(table.String("x"))
	term := func(column int, op table.Op, values ...table.Value) table.Term {
		return table.Term{Column: column, Op: op, Values: values}
	}
	number := func(op table.Op, noted bool) planArg {
		return planArg{column: 0, typ: table.Integer, op: op, text: asText, pushed: true, noted: noted}
	}
	text := func(op table.Op, noted bool) planArg {
		return planArg{column: 1, typ: table.Text, op: op, text: asText, pushed: true, noted: noted}
	}
	for _, c := range []struct {
		name  string
		given []constraint
		args  []planArg
		omit  string // arguments that SQLite need not check
		terms []table.Term
		cost  float64
		rows  int64
		text  string
	}{
		{"nothing", nil, nil, "", nil, 3000, 1000, ""},
		{"literal", []constraint{{column: 0, op: table.OpEq, usable: true, literal: seven}},
			[]planArg{number(table.OpEq, true)}, "1", []table.Term{term(0, table.OpEq, table.Int(7))}, 300, 100, "kernel(a=7)"},
		{"literals", []constraint{{column: 0, op: table.OpGt, usable: true, literal: seven}, {column: 0, op: table.OpLe, usable: true, literal: seven}},
			[]planArg{number(table.OpGt, true), number(table.OpLe, true)}, "12",
			[]table.Term{term(0, table.OpGt, table.Int(7)), term(0, table.OpLe, table.Int(7))}, 187.5, 62, "kernel(a>7, a<=7)"},
		{"text", []constraint{{column: 1, op: table.OpEq, usable: true, literal: word}},
			[]planArg{text(table.OpEq, true)}, "1", []table.Term{term(1, table.OpEq, table.String("x"))}, 300, 100, "kernel(b=x)"},
		{"number as text", []constraint{{column: 1, op: table.OpEq, usable: true, literal: seven}},
			[]planArg{text(table.OpEq, true)}, "", []table.Term{term(1, table.OpEq, table.Int(7))}, 300, 100, "kernel(b=7)"},
		{"null", []constraint{{column: 1, op: table.OpIsNull, usable: true, literal: seven}},
			[]planArg{text(table.OpIsNull, true)}, "", []table.Term{term(1, table.OpIsNull)}, 3000, 1000, "kernel(b IS NULL)"},
		{"not null", []constraint{{column: 1, op: table.OpNotNull, usable: true}},
			[]planArg{text(table.OpNotNull, true)}, "", []table.Term{term(1, table.OpNotNull)}, 3000, 1000, "kernel(b IS NOT NULL)"},
		{"look up", []constraint{{column: 0, op: table.OpEq, usable: true}}, []planArg{number(table.OpEq, false)}, "1", nil, 70, 20, "lookup(a)"},
		{"look up a text", []constraint{{column: 1, op: table.OpEq, usable: true}}, []planArg{text(table.OpEq, false)}, "", nil, 70, 20, "lookup(b)"},
		{"look up by a collation of somebody else", []constraint{{column: 1, op: table.OpEq, usable: true, collate: "OTHER"}}, nil, "", nil, 3000, 1000, ""},
		{"literal in a collation of somebody else", []constraint{{column: 1, op: table.OpEq, usable: true, literal: word, collate: "OTHER"}}, nil, "", nil, 3000, 1000, ""},
		{"number in a collation of somebody else", []constraint{{column: 0, op: table.OpIsNull, usable: true, collate: "OTHER"}},
			[]planArg{{column: 0, typ: table.Integer, op: table.OpIsNull, text: unknown, pushed: true, noted: true}}, "", []table.Term{term(0, table.OpIsNull)}, 3000, 1000, "kernel(a IS NULL)"},
		{"look up among literals", []constraint{{column: 0, op: table.OpEq, usable: true}, {column: 1, op: table.OpEq, usable: true, literal: word}},
			[]planArg{number(table.OpEq, false), text(table.OpEq, true)}, "12", []table.Term{term(1, table.OpEq, table.String("x"))}, 16, 2, "lookup(a) kernel(b=x)"},
		{"list", []constraint{{column: 1, op: table.OpEq, in: true, usable: true}}, []planArg{text(table.OpIn, false)}, "", nil, 760, 250, "lookup(b)"},
		{"list of what Open does not look at", []constraint{{column: 2, op: table.OpEq, in: true, usable: true}},
			[]planArg{{column: 2, typ: table.Real, op: table.OpIn, text: asText}}, "", nil, 760, 250, "lookup(c)"},
		{"greater than what is not known", []constraint{{column: 0, op: table.OpGt, usable: true}}, []planArg{number(table.OpGt, false)}, "1", nil, 760, 250, "range(a>)"},
		{"not usable", []constraint{{column: 0, op: table.OpEq, literal: seven}}, nil, "", nil, 3000, 1000, ""},
		{"other operator", []constraint{{column: 0, usable: true, literal: seven}}, nil, "", nil, 3000, 1000, ""},
		{"rowid", []constraint{{column: -1, op: table.OpEq, usable: true, literal: seven}},
			[]planArg{{column: -1, typ: table.Integer, op: table.OpEq, text: asText}}, "1", nil, 70, 20, "lookup(rowid)"},
		{"no gap in the numbers", []constraint{{column: 0, usable: true}, {column: 0, op: table.OpEq, usable: true, literal: seven}},
			[]planArg{number(table.OpEq, true)}, "1", []table.Term{term(0, table.OpEq, table.Int(7))}, 300, 100, "kernel(a=7)"},
		{"IS NULL by value", []constraint{{column: 0, op: table.OpEq, is: true, usable: true, literal: value(table.Null())}},
			[]planArg{{column: 0, typ: table.Integer, op: table.OpEq, is: true, text: asText, pushed: true, noted: true}}, "1",
			[]table.Term{{Column: 0, Op: table.OpIsNull}}, 300, 100, "kernel(a IS NULL)"},
	} {
		b := planned()
		for i := range c.given {
			if c.given[i].collate == "" {
				c.given[i].collate = "BINARY"
			}
		}
		info := indexInfo{constraints: c.given, used: 5}
		b.bestIndex(&info)
		p, scans := b.db.planning.plans[info.plan], b.db.planning.scans[b]
		if !reflect.DeepEqual(p.args, c.args) || info.cost != c.cost || info.rows != c.rows || info.ordered || info.text != c.text {
			t.Errorf("%s: %+v, cost %v, %d rows, %q", c.name, p, info.cost, info.rows, info.text)
		}
		if want := []table.Scan{{Used: 5, Terms: c.terms}}; !reflect.DeepEqual(scans, want) {
			t.Errorf("%s: noted %+v", c.name, scans)
		}
		arg, omit := 0, ""
		for _, given := range info.constraints {
			if given.arg != 0 {
				arg++
			}
			if given.arg != 0 && given.arg != arg || arg > len(c.args) {
				t.Errorf("%s: argument %d for %+v", c.name, given.arg, given)
			}
			if given.omit {
				omit += fmt.Sprint(given.arg)
			}
		}
		if arg != len(c.args) || omit != c.omit {
			t.Errorf("%s: %d arguments, not to be checked %q", c.name, arg, omit)
		}
	}
}

// What is shown of a plan is one line, and not a long one.
func TestPlanIsShownInOneLine(t *testing.T) {
	b := planned()
	info := indexInfo{constraints: []constraint{{column: 1, op: table.OpEq, usable: true, collate: "BINARY", literal: value(table.String("a\n\x1b[31m\x00" + strings.Repeat("é", 1000)))}}}
	b.bestIndex(&info)
	if !strings.HasPrefix(info.text, "kernel(b=a[31mé") || !strings.HasSuffix(info.text, "...)") || len(info.text) > 150 || !utf8.ValidString(info.text) {
		t.Errorf("%q", info.text)
	}
}

func TestFewRowsStayOne(t *testing.T) {
	b := planned()
	b.info.Rows = 3
	info := indexInfo{constraints: []constraint{{column: 0, op: table.OpEq, usable: true, literal: value(table.Int(7))}}}
	if b.bestIndex(&info); info.rows != 1 {
		t.Errorf("%d rows", info.rows)
	}
}

func TestPlanOfOrderBy(t *testing.T) {
	lookup := []constraint{{column: 0, op: table.OpEq, usable: true}}
	for _, c := range []struct {
		name      string
		info      indexInfo
		columns   []int
		backwards bool
	}{
		{"none", indexInfo{}, nil, false},
		{"columns", indexInfo{orderBy: []orderTerm{{column: 1}, {column: 0}}}, []int{1, 0}, false},
		{"descending", indexInfo{orderBy: []orderTerm{{column: 1, desc: true}, {column: 0, desc: true}}}, []int{1, 0}, true},
		{"both", indexInfo{orderBy: []orderTerm{{column: 1}, {column: 0, desc: true}}}, nil, false},
		{"nothing else", indexInfo{used: 2, orderBy: []orderTerm{{column: 1}}}, nil, false},
		{"another column", indexInfo{used: 3, orderBy: []orderTerm{{column: 1}}}, []int{1}, false},
		{"groups", indexInfo{used: 2, orderBy: []orderTerm{{column: 1}}, groups: []int{1}}, []int{1}, false},
		{"rowid", indexInfo{orderBy: []orderTerm{{column: -1}}}, nil, false},
		{"real numbers", indexInfo{orderBy: []orderTerm{{column: 2}}}, nil, false},
		{"a row found by its value", indexInfo{orderBy: []orderTerm{{column: 1}}, constraints: lookup}, nil, false},
	} {
		b := planned()
		b.bestIndex(&c.info)
		p := b.db.planning.plans[c.info.plan]
		if !reflect.DeepEqual(p.orderBy, c.columns) || p.backwards != c.backwards || c.info.ordered != (c.columns != nil) {
			t.Errorf("%s: %v, %t, %t", c.name, p.orderBy, p.backwards, c.info.ordered)
		}
	}
}

func TestPlanning(t *testing.T) {
	pl := newPlanning()
	a, b := &boundTable{}, &boundTable{}
	literal := table.Term{Column: 0, Op: table.OpEq, Values: []table.Value{table.Int(1)}}
	numbers := []int{
		pl.add(a, table.Scan{Used: 1, Terms: []table.Term{literal}}, plan{args: []planArg{
			{op: table.OpEq, noted: true}, {column: 1, op: table.OpEq}, {column: 2, op: table.OpGe}, {column: 3, op: table.OpEq, is: true}, {column: -1, op: table.OpEq},
		}}),
		pl.add(b, table.Scan{Used: 2}, plan{}),
		pl.add(a, table.Scan{Used: 4}, plan{}),
	}
	if fmt.Sprint(numbers) != "[0 1 2]" || pl.plans[1].scan != 0 || pl.plans[2].scan != 1 {
		t.Errorf("plans %v, %+v", numbers, pl.plans)
	}
	if pl.lists() {
		t.Error("lists where there are none")
	}
	pl.add(b, table.Scan{}, plan{args: []planArg{{noted: true, op: table.OpEq, pushed: true}, {op: table.OpIn}}})
	if pl.lists() {
		t.Error("a list that narrows nothing counts")
	}
	pl.add(b, table.Scan{}, plan{args: []planArg{{noted: true, op: table.OpEq}, {op: table.OpIn, pushed: true}}})
	if !pl.lists() {
		t.Error("no list")
	}
	args := []argument{{value: table.Int(1)}, {value: table.String("x")}, {value: table.Int(3)}, {}, {value: table.Int(5)}}
	if got := pl.wanted(a, 0, args)[a]; len(got) != 2 || len(got[0].Terms) != 1 {
		t.Errorf("several scans need %+v", got)
	}
	pl.onePass = true
	want := []table.Scan{{Used: 1, Terms: []table.Term{literal, {Column: 1, Op: table.OpEq, Values: []table.Value{table.String("x")}},
		{Column: 2, Op: table.OpGe, Values: []table.Value{table.Int(3)}}, {Column: 3, Op: table.OpIsNull}}}}
	if got := pl.wanted(a, 0, args)[a]; !reflect.DeepEqual(got, want) {
		t.Errorf("one scan needs %+v", got)
	}
	if got := pl.scans[a][0].Terms; len(got) != 1 {
		t.Errorf("what was noted changed: %+v", got)
	}
}

// The table is still being read when SQLite has put another value where the list was.
func TestListsAreKept(t *testing.T) {
	pl := newPlanning()
	pl.onePass = true
	b := &boundTable{}
	n := pl.add(b, table.Scan{}, plan{args: []planArg{{op: table.OpIn}}})
	bytes := []byte("x")
	text := unsafe.String(&bytes[0], 1)
	terms := pl.wanted(b, n, []argument{{list: slices.Values([]table.Value{table.String(text), table.Int(2)})}})[b][0].Terms
	bytes[0] = 'y'
	if got := terms[0].Values; len(got) != 2 || got[0] != table.String("x") {
		t.Errorf("%v", got)
	}
}

func TestDeclaration(t *testing.T) {
	if got := planned().declaration(); got != "CREATE TABLE x(a INTEGER, b TEXT, c REAL)" {
		t.Error(got)
	}
}
