package main

import (
	"fmt"
	"os"

	"sockstat/vtab"
	"sockstat/vtab/engine"
	"sockstat/vtab/table"
)

// pool keeps databases for the calls of osquery, which come side by side: a database serves one
// at a time.
type pool struct {
	machine *vtab.Machine
	verbose bool
	free    chan *engine.DB
}

// mostFree is how many databases wait for the next call.
const mostFree = 4

func newPool(m *vtab.Machine, verbose bool) *pool {
	return &pool{machine: m, verbose: verbose, free: make(chan *engine.DB, mostFree)}
}

// use has f use a database.
func (p *pool) use(f func(*engine.DB) error) error {
	db, err := p.get()
	if err != nil {
		return err
	}
	defer p.put(db)
	return f(db)
}

func (p *pool) get() (*engine.DB, error) {
	select {
	case db := <-p.free:
		return db, nil
	default:
	}
	db, err := vtab.Open(p.machine)
	if err != nil {
		return nil, err
	}
	db.OnNotice(p.notice)
	return db, nil
}

func (p *pool) put(db *engine.DB) {
	select {
	case p.free <- db:
	default:
		db.Close()
	}
}

// notice says what a table noted, where osquery was started to be verbose.
func (p *pool) notice(n table.Notice) {
	if p.verbose {
		fmt.Fprintln(os.Stderr, "sockstat.ext:", n.Text)
	}
}

// close closes the databases that nobody uses.
func (p *pool) close() {
	for {
		select {
		case db := <-p.free:
			db.Close()
		default:
			return
		}
	}
}
