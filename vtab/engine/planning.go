package engine

import (
	"slices"

	"sockstat/vtab/table"
)

// planning is what the tables learn while SQLite prepares a statement, and the snapshots
// that they hold while it runs.
type planning struct {
	scans   map[*boundTable][]table.Scan
	plans   []plan
	sql     string
	onePass bool // the only scan of the statement starts once, and it is of use to know
	moment  moment
}

func newPlanning() *planning {
	return &planning{scans: map[*boundTable][]table.Scan{}}
}

// add notes a scan of a table and returns the number of its plan.
func (pl *planning) add(t *boundTable, s table.Scan, p plan) int {
	p.scan = len(pl.scans[t])
	pl.scans[t] = append(pl.scans[t], s)
	pl.plans = append(pl.plans, p)
	return len(pl.plans) - 1
}

// lists reports whether a plan has an IN list as argument that can narrow what is read.
func (pl *planning) lists() bool {
	return slices.ContainsFunc(pl.plans, func(p plan) bool {
		return slices.ContainsFunc(p.args, func(a planArg) bool { return a.op == table.OpIn && a.pushed })
	})
}

// calls reports whether a table with arguments is scanned.
func (pl *planning) calls() bool {
	return slices.ContainsFunc(pl.plans, func(p plan) bool { return p.isGiven() })
}

// wanted returns the tables that are to be read when the numbered plan starts the first
// scan, and what of them. If it is the only one, lists that are known only now can narrow
// its table as well, and no other is wanted.
func (pl *planning) wanted(t *boundTable, n int, args []argument) map[*boundTable][]table.Scan {
	if !pl.onePass {
		return pl.scans
	}
	p := pl.plans[n]
	s := pl.scans[t][p.scan]
	s.Terms = slices.Clone(s.Terms)
	for i, a := range p.args {
		if !a.noted && a.column >= 0 {
			s.Terms = append(s.Terms, a.term(args[i]))
		}
	}
	return map[*boundTable][]table.Scan{t: {s}}
}

// term returns what an argument says of a column. Its values stay valid while SQLite goes on
// and the table is being read.
func (a *planArg) term(arg argument) table.Term {
	t := table.Term{Column: a.column, Op: a.op}
	switch {
	case a.is && arg.value.IsNull():
		t.Op = table.OpIsNull
	case arg.list != nil:
		for v := range arg.list {
			t.Values = append(t.Values, v.Clone())
		}
	default:
		t.Values = []table.Value{arg.value.Clone()}
	}
	return t
}
