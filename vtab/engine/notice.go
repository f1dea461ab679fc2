package engine

import (
	"sync"

	"sockstat/vtab/table"
)

// OnNotice has f called, by one goroutine at a time, with what the tables note while they
// are read: each notice once. When the reading of a table has ended, or was broken off, a
// notice with Detail says how it went, each time.
func (db *DB) OnNotice(f func(table.Notice)) { db.onNote = f }

// Note tells the user something of a statement, as tables do of their reading.
func (db *DB) Note(n table.Notice) { db.tell(n) }

// Quiet keeps back all notices, until what it returns is called. They are told another time.
func (db *DB) Quiet() (end func()) {
	db.notices.Lock()
	defer db.notices.Unlock()
	before := db.onNote
	db.onNote = nil
	return func() {
		db.notices.Lock()
		defer db.notices.Unlock()
		db.onNote = before
	}
}

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

// heldNotices are what a table notes. A table is read as soon as any other of the statement
// is, so what it notes is kept back until the statement gets to it, which may be never.
type heldNotices struct {
	db *DB

	mutex   sync.Mutex
	scanned bool
	held    []func()
}

func (h *heldNotices) note(n table.Notice) { h.hand(func() { h.db.note(n) }) }
func (h *heldNotices) tell(n table.Notice) { h.hand(func() { h.db.tell(n) }) }

func (h *heldNotices) hand(on func()) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if h.scanned {
		on()
		return
	}
	h.held = append(h.held, on)
}

// scan hands on what was kept back, and from now on keeps back nothing.
func (h *heldNotices) scan() {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	for _, on := range h.held {
		on()
	}
	h.scanned, h.held = true, nil
}
