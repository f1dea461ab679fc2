package engine

import "sockstat/vtab/table"

// plan is how a scan is to be done, and where its needs are noted.
type plan struct {
	scan int // number of the scan among those of the table
	args []planArg
	// groupBy are the columns whose values the rows are to be in the order of, if not nil.
	groupBy []int
}

// planArg is an argument of the scan: a value that a column is compared with.
type planArg struct {
	column int
	use    argUse
}

// argUse says what an argument is for.
type argUse uint8

const (
	// lookUp is to find the rows whose column equals the value.
	lookUp argUse = iota
	// inList is an IN list, which can narrow what is read.
	inList
	// claimed is the value of a condition that was noted while planning, and is asked for
	// nevertheless. Only so it is sure that the condition holds for every row of the scan:
	// SQLite proposes conditions for which that is not so, such as one on the left table in
	// the ON clause of a LEFT JOIN, and drops a plan that asks for their value.
	claimed
)

// bestIndex draws up a plan, and notes what the scan needs of the table.
//
// Conditions with literals narrow what is read of the kernel. An equality with anything
// else, such as a column of another table, has a new value at every step of an outer
// loop: it is answered by an index over the snapshot. SQLite builds none of its own for a
// virtual table. It checks every condition again, so a plan may return rows too many.
//
// The same index has the rows of a GROUP BY together, which takes a fraction of the time
// that SQLite needs to sort all rows.
func (t *boundTable) bestIndex(info *indexInfo) {
	s := table.Scan{Used: info.used}
	p := plan{}
	rows := t.info.Rows
	lookup := false
	for i := range info.constraints {
		c := &info.constraints[i]
		use, ok := t.use(c)
		if !ok {
			continue
		}
		switch use {
		case lookUp:
			lookup = true
		case claimed:
			term := c.term()
			s.Terms = append(s.Terms, term)
			if len(term.Values) > 0 {
				rows = max(rows/4, 1)
			}
		}
		p.args = append(p.args, planArg{c.column, use})
		c.arg = len(p.args)
	}
	info.cost, info.rows = 100*float64(rows), rows
	if lookup {
		info.cost, info.rows = 10, 2
	} else {
		p.groupBy = t.groupBy(info.groupBy)
		info.grouped = p.groupBy != nil
	}
	info.plan = t.db.planning.add(t, s, p)
}

// use returns what a condition can be used for. It is not ok if it is of no use.
func (t *boundTable) use(c *constraint) (use argUse, ok bool) {
	switch {
	case !c.usable, c.op == 0, c.column < 0:
		return 0, false
	case c.op == table.OpIsNull, c.op == table.OpNotNull, c.literal != nil:
		return claimed, true
	case c.op == table.OpEq && c.in && t.info.Columns[c.column].Pushed:
		return inList, true
	case c.op == table.OpEq && !c.in && c.binary:
		return lookUp, true
	}
	return 0, false
}

// term returns what a claimed condition says.
func (c *constraint) term() table.Term {
	t := table.Term{Column: c.column, Op: c.op}
	if c.op != table.OpIsNull && c.op != table.OpNotNull {
		t.Values = []table.Value{*c.literal}
	}
	return t
}

// groupBy returns the columns of terms, nil if an index does not bring rows in that order.
func (t *boundTable) groupBy(terms []orderTerm) (columns []int) {
	for _, term := range terms {
		if term.desc || term.column < 0 {
			return nil
		}
		if typ := t.info.Columns[term.column].Type; typ != table.Integer && typ != table.Text {
			return nil
		}
		columns = append(columns, term.column)
	}
	return columns
}
