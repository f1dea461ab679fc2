package engine

import "sockstat/vtab/table"

// OnNotice has f called, by one goroutine at a time, with what the tables note while they
// are read: each notice once. When the reading of a table has ended, or was broken off, a
// notice with Detail says how it went, each time.
func (db *DB) OnNotice(f func(table.Notice)) { db.onNote = f }

// note hands on what a table notes, unless that was done before.
func (db *DB) note(n table.Notice) {
	db.notices.Lock()
	defer db.notices.Unlock()
	if db.onNote == nil || db.noted[n.Text] {
		return
	}
	db.noted[n.Text] = true
	db.onNote(n)
}

// tell hands on how the reading of a table went.
func (db *DB) tell(n table.Notice) {
	db.notices.Lock()
	defer db.notices.Unlock()
	if db.onNote != nil {
		db.onNote(n)
	}
}
