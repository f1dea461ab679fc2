package engine

import (
	"fmt"
	"strings"

	"sockstat/vtab/table"
)

// call returns the snapshot of a table with arguments for a scan of the running statement. It
// begins with the first scan that has these values, whatever the moment of other tables is, and
// all scans with the same values share it. A transaction keeps none.
func (db *DB) call(t *boundTable, plan int, args []argument) (*snapshot, error) {
	p := db.planning.plans[plan]
	var key strings.Builder
	key.WriteString(t.name)
	notices := &heldNotices{db: db}
	q := table.NewQuery(t.described(), notices.note, db.planning.wanted(t, plan, args)[t]...)
	for i, a := range p.args {
		if a.given {
			v := args[i].value
			q.SetArgument(t.info.Columns[a.column].Name, v)
			fmt.Fprintf(&key, "\x00%d %d %s", a.column, v.Kind(), v.String())
		}
	}
	of := &db.planning.moment
	if of.called == nil {
		of.called = map[string]*snapshot{}
	}
	s := of.called[key.String()]
	if s == nil {
		notices.scan()
		s = newSnapshot(db.ctx, t, q, notices)
		s.waits = db.onWait
		s.passing = db.planning.onePass
		of.called[key.String()] = s
	}
	return s, nil
}

// OnWait has f called by [Stmt.Step] before it waits for rows of a table that come as they
// happen. An error of f ends the statement.
func (db *DB) OnWait(f func() error) { db.onWait = f }

// mostHeld is how many rows of a table with arguments are kept for a statement that passes
// over them more than once.
const mostHeld = 1 << 19

// errHeld says that there are more.
var errHeld = fmt.Errorf("too many rows to hold: the limit is %d where a statement needs them more than once", mostHeld)
