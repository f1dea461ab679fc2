package engine

import (
	"math"
	"slices"

	"sockstat/vtab/table"
)

// plan is how a scan is to be done, and where its needs are noted.
type plan struct {
	scan int // number of the scan among those of the table
	args []planArg
	// orderBy are the columns whose values the rows are to be in the order of, if not nil.
	orderBy   []int
	backwards bool // the greatest values come first

	starts int // how often a scan has started
}

// planArg is an argument of the scan: a value that a column is compared with, or the values
// of a list.
type planArg struct {
	column int        // -1 for the rowid
	typ    table.Type // of the column
	op     table.Op   // OpIn for a list
	is     bool       // of OpEq: NULL equals NULL
	text   form       // in which texts are compared
	pushed bool       // Open looks at conditions on the column
	given  bool       // it is an argument of the table, and no condition
	// noted says that the condition, with its value, was noted while planning. The value is
	// asked for nevertheless. Only so it is sure that the condition holds for every row of the
	// scan: SQLite proposes conditions for which that is not so, such as one on the left table
	// in the ON clause of a LEFT JOIN, and drops a plan that asks for their value.
	noted bool
}

// bestIndex draws up a plan, and notes what the scan needs of the table.
//
// Conditions with literals narrow what is read of the kernel. One with anything else, such as
// a column of another table, has a new value at every step of an outer loop: it is answered
// by an index over the snapshot, and so are those with literals then. SQLite builds none of
// its own for a virtual table. Unless it is told that a condition holds, it checks that once
// more, so that a scan may return rows too many.
//
// An index has the rows of a GROUP BY together, and brings those of an ORDER BY in order, which
// takes a fraction of the time that SQLite needs to sort all rows.
func (t *boundTable) bestIndex(info *indexInfo) {
	s := table.Scan{Used: info.used, Groups: info.groups}
	p := plan{}
	for i := range info.constraints {
		c := &info.constraints[i]
		if c.column >= 0 && t.info.Columns[c.column].Argument {
			if !p.give(t, c) {
				info.refused = true // there is another plan that knows the value
				return
			}
			continue
		}
		if !t.takes(c) {
			continue
		}
		a := t.arg(c)
		if a.noted {
			s.Terms = append(s.Terms, c.term())
		}
		p.args = append(p.args, a)
		c.arg, c.omit = len(p.args), a.certain(c.literal)
	}
	e := t.estimate(p.args)
	info.cost, info.rows = e.cost(), e.rowsFound()
	if t.info.Called() && !p.isGiven() {
		info.cost = math.MaxInt32 // an error when it starts
	}
	if !e.looksUp && !t.info.Called() { // which would keep all rows
		p.orderBy, p.backwards = t.orderBy(info)
		info.ordered = p.orderBy != nil
	}
	info.text = t.describe(&p, s.Terms)
	info.plan = t.db.planning.add(t, s, p)
}

// give takes the value of an argument, as an equality gives it. It fails if that is not known
// when the scan starts. Any other condition is left to SQLite.
func (p *plan) give(t *boundTable, c *constraint) bool {
	switch {
	case c.op != table.OpEq || c.in || p.hasArgument(c.column):
		return true
	case !c.usable:
		return false
	}
	p.args = append(p.args, planArg{column: c.column, typ: t.info.Columns[c.column].Type, op: c.op, given: true, noted: true})
	c.arg, c.omit = len(p.args), true
	return true
}

func (p *plan) hasArgument(column int) bool {
	return slices.ContainsFunc(p.args, func(a planArg) bool { return a.given && a.column == column })
}

// isGiven reports whether any argument is given.
func (p *plan) isGiven() bool {
	return slices.ContainsFunc(p.args, func(a planArg) bool { return a.given })
}

// takes reports whether a condition can be used.
func (t *boundTable) takes(c *constraint) bool {
	if !c.usable || c.op == 0 {
		return false
	}
	texts := c.column >= 0 && t.info.Columns[c.column].Type == table.Text
	return !texts || c.op == table.OpIsNull || c.op == table.OpNotNull || formOf(c.collate) != unknown
}

// arg returns a condition as an argument.
func (t *boundTable) arg(c *constraint) planArg {
	a := planArg{column: c.column, typ: table.Integer, op: c.op, is: c.is, text: formOf(c.collate)}
	if c.in {
		a.op = table.OpIn
	}
	if c.column >= 0 {
		a.typ = t.info.Columns[c.column].Type
		a.pushed = t.info.Columns[c.column].Pushed
		a.noted = c.literal != nil || c.op == table.OpIsNull || c.op == table.OpNotNull
	}
	return a
}

// certain reports whether a scan returns only rows for which a condition holds. With a column
// of texts that is not known: the value may come from a column of numbers, and texts are
// compared as numbers then.
func (a *planArg) certain(literal *table.Value) bool {
	switch a.op {
	case table.OpIn, table.OpIsNull, table.OpNotNull:
		return false
	}
	return a.typ != table.Text || literal != nil && literal.Kind() == table.KindText
}

// term returns what a condition with a literal says.
func (c *constraint) term() table.Term {
	t := table.Term{Column: c.column, Op: c.op}
	switch {
	case c.op == table.OpIsNull, c.op == table.OpNotNull:
	case c.is && c.literal.IsNull():
		t.Op = table.OpIsNull
	default:
		t.Values = []table.Value{*c.literal}
	}
	return t
}

// estimate is what is thought of a plan before rows were read.
type estimate struct {
	rows   float64 // that pass conditions with literals
	found  float64 // that pass all
	varies bool    // rows are looked up by values that vary, or those of a list

	// looksUp says that rows are looked up by values that vary. A table with lists alone is hardly
	// ever the inner one of a join, so that all its rows may be passed by.
	looksUp bool
}

// estimate estimates a plan. The shares are those that SQLite takes where it knows nothing
// of a table, roughly.
func (t *boundTable) estimate(args []planArg) estimate {
	e := estimate{rows: max(1, float64(t.info.Rows))}
	e.found = e.rows
	for _, a := range args {
		if a.given {
			continue
		}
		share := 1.0
		switch a.op {
		case table.OpEq:
			share = 0.1
			if !a.noted && !e.varies {
				share = min(share, 20/e.found)
			}
		case table.OpIn:
			share = 0.25
		case table.OpGt, table.OpGe, table.OpLt, table.OpLe:
			share = 0.25
		}
		if a.noted {
			e.rows *= share
		} else {
			e.varies, e.looksUp = true, e.looksUp || a.op != table.OpIn
		}
		e.found *= share
	}
	return e
}

// cost returns what a scan costs, in about the unit of SQLite's own tables. A scan that looks
// up need not pass by all rows.
func (e estimate) cost() float64 {
	const scan, lookup = 3, 10
	if e.varies {
		return lookup + scan*e.found
	}
	return scan * max(1, e.rows)
}

func (e estimate) rowsFound() int64 { return int64(max(1, e.found)) }

// orderBy returns the columns by which the rows are to be ordered, nil if an index does not bring
// rows in that order, or nothing else of them is read: then the order is that of one column of
// which SQLite needs the least or greatest value, or hardly longer to sort than an index.
func (t *boundTable) orderBy(info *indexInfo) (columns []int, backwards bool) {
	terms := info.orderBy
	if len(terms) == 1 && len(info.groups) == 0 && info.used == uint64(1)<<min(max(0, terms[0].column), 63) {
		return nil, false
	}
	for _, term := range terms {
		if term.column < 0 || term.desc != terms[0].desc {
			return nil, false
		}
		if typ := t.info.Columns[term.column].Type; typ != table.Integer && typ != table.Text {
			return nil, false
		}
		columns = append(columns, term.column)
	}
	return columns, len(terms) > 0 && terms[0].desc
}
