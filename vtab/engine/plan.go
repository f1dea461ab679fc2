package engine

// plan is how a scan is to be done, and where its needs are noted.
type plan struct {
	scan int // number of the scan in the table's query
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
	// claimed is a literal, known before. SQLite tells only of conditions that are claimed
	// whether they hold for every row: by asking for another plan if they do not, such as
	// one on the left table in the ON clause of a LEFT JOIN.
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
	s := scan{used: info.used}
	p := plan{}
	rows := t.info().Rows
	lookup := false
	for i := range info.constraints {
		c := &info.constraints[i]
		use := lookUp
		switch {
		case !c.usable, c.op == opOther, c.op == opLimit, c.op == opOffset, c.column < 0:
			continue
		case c.op == opIsNull, c.op == opNotNull:
			s.terms = append(s.terms, term{column: c.column, op: c.op})
			use = claimed
		case c.literal != nil:
			s.terms = append(s.terms, term{c.column, c.op, []Value{*c.literal}})
			rows = max(rows/4, 1)
			use = claimed
		case c.op == opEq && c.in && t.info().Columns[c.column].Pushed:
			use = inList
		case c.op == opEq && !c.in && c.binary:
			lookup = true
		default:
			continue
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

// groupBy returns the columns of terms, nil if an index does not bring rows in that order.
func (t *boundTable) groupBy(terms []orderTerm) (columns []int) {
	for _, term := range terms {
		if term.desc || term.column < 0 {
			return nil
		}
		if typ := t.info().Columns[term.column].Type; typ != Integer && typ != Text {
			return nil
		}
		columns = append(columns, term.column)
	}
	return columns
}

// planning is what the tables learn while SQLite prepares a statement, and the snapshots
// that they hold while it runs.
type planning struct {
	queries   map[*boundTable]*Query
	plans     []plan
	onePass   bool // the only scan of the statement starts once
	snapshots map[*boundTable]snapshot
}

func newPlanning() *planning {
	return &planning{queries: map[*boundTable]*Query{}, snapshots: map[*boundTable]snapshot{}}
}

// add notes a scan of a table and returns the number of its plan.
func (pl *planning) add(t *boundTable, s scan, p plan) int {
	q := pl.queries[t]
	if q == nil {
		q = &Query{info: t.info(), notice: t.db.note}
		pl.queries[t] = q
	}
	p.scan = len(q.scans)
	q.scans = append(q.scans, s)
	pl.plans = append(pl.plans, p)
	return len(pl.plans) - 1
}

// lists reports whether a plan has an IN list as argument.
func (pl *planning) lists() bool {
	for _, p := range pl.plans {
		for _, a := range p.args {
			if a.use == inList {
				return true
			}
		}
	}
	return false
}

// query returns what has to be read of a table when the numbered plan starts a scan. If
// it is the only one, lists that are known only now can narrow the table as well.
func (pl *planning) query(t *boundTable, n int, args [][]Value) *Query {
	q, p := pl.queries[t], pl.plans[n]
	if !pl.onePass {
		return q
	}
	s := q.scans[p.scan]
	s.terms = append([]term(nil), s.terms...)
	for i, a := range p.args {
		if a.use != claimed {
			s.terms = append(s.terms, term{a.column, opIn, args[i]})
		}
	}
	return &Query{info: q.info, scans: []scan{s}, notice: q.notice}
}
