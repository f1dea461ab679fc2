package engine

import (
	"context"
	"iter"
	"time"

	"sockstat/internal/ahead"
	"sockstat/vtab/table"
)

// moment is the snapshots of the tables that are read together: those of a statement, or of
// a transaction all there are. The zero moment has none.
type moment struct {
	snapshots map[*boundTable]*snapshot
	called    map[string]*snapshot // of tables with arguments, see call
	together  *table.Moment        // nil if there is but one
}

// snapshot returns the snapshot of a table for the running statement. The first scan of a
// statement has all its tables read, since what the plan comes to later is to be of the same
// moment. A table whose reading fails is no error before it is scanned itself.
func (db *DB) snapshot(t *boundTable, plan int, args []argument) (*snapshot, error) {
	if t.info.Called() {
		return db.call(t, plan, args)
	}
	of := &db.planning.moment
	if db.InTransaction() {
		if of = &db.kept; of.snapshots == nil {
			if err := db.keep(); err != nil {
				return nil, err
			}
		}
	} else if of.snapshots[t] == nil {
		*of = db.take(db.planning.wanted(t, plan, args))
		of.snapshots[t].once, of.snapshots[t].onDrop = db.passesOnce, db.onDrop
	}
	s := of.snapshots[t]
	s.notices.scan()
	return s, nil
}

// OnDrop has f called when a statement begins to drop rows that it has passed over. Until then
// most of the memory that it has taken is in use.
func (db *DB) OnDrop(f func()) { db.onDrop = f }

// take starts to read tables for the scans that are wanted of each.
func (db *DB) take(wanted map[*boundTable][]table.Scan) moment {
	m := moment{snapshots: map[*boundTable]*snapshot{}}
	notices := map[*boundTable]*heldNotices{}
	queries := map[*boundTable]*table.Query{}
	var all []*table.Query
	for _, t := range db.tables { // in their order, so that it is always the same
		if scans, ok := wanted[t]; ok && !t.described().Called() {
			notices[t] = &heldNotices{db: db}
			queries[t] = table.NewQuery(t.described(), notices[t].note, scans...)
			all = append(all, queries[t])
		}
	}
	if len(all) > 1 {
		m.together = table.NewMoment(db.ctx, all...)
	}
	for t, q := range queries {
		m.snapshots[t] = newSnapshot(db.ctx, t, q, notices[t])
	}
	return m
}

// keep reads all tables for the transaction, and all of each, since a later statement may
// ask for more. It does so at once, for that comes later.
func (db *DB) keep() error {
	wanted := map[*boundTable][]table.Scan{}
	for _, t := range db.tables {
		wanted[t] = nil
	}
	db.kept = db.take(wanted)
	for _, s := range db.kept.snapshots {
		_ = s.whole() // whoever scans it gets the error
	}
	if db.ctx.Err() != nil { // some were broken off: the next statement begins anew
		db.kept.close()
		return context.Cause(db.ctx)
	}
	return nil
}

// close ends the reading and drops the snapshots.
func (m *moment) close() {
	for _, s := range m.all() {
		s.reading.Close(0) // all are to end at once, and none to wait for another
	}
	deadline := time.Now().Add(ahead.Patience)
	for _, s := range m.all() {
		s.close(time.Until(deadline))
	}
	_ = m.together.Close() // what was read for nobody may have failed
	*m = moment{}
}

// Refresh has the tables read anew by the next statement of a transaction. No statement may run.
func (db *DB) Refresh() { db.kept.close() }

// all returns all snapshots.
func (m *moment) all() iter.Seq2[any, *snapshot] {
	return func(yield func(any, *snapshot) bool) {
		for t, s := range m.snapshots {
			if !yield(t, s) {
				return
			}
		}
		for name, s := range m.called {
			if !yield(name, s) {
				return
			}
		}
	}
}
