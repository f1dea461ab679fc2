package engine

import (
	"context"
	"errors"
	"fmt"
)

// Stmt is a prepared statement.
type Stmt struct {
	db       *DB
	stmt     stmt
	sql      string
	planning *planning
	bound    []bool // which parameters have a value
	started  bool
	stop     func() // ends the watch over the context of Step
}

// program returns the program of a statement.
func (db *DB) program(sql string) (program []instruction, err error) {
	defer func(pl *planning) { db.planning = pl }(db.planning)
	db.planning = newPlanning()
	s, _, err := db.conn.prepare("EXPLAIN " + sql)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	for {
		row, err := s.step()
		if err != nil || !row {
			return program, err
		}
		program = append(program, instruction{s.value(1).Clone().text, s.value(2).Int(), s.value(3).Int()})
	}
}

// Columns returns the names of the columns; there are none if it returns no rows.
func (s *Stmt) Columns() []string { return s.stmt.columns() }

// SQL returns the text of the statement.
func (s *Stmt) SQL() string { return s.sql }

// Params returns the names of the parameters as they stand in the text, with their
// prefix, "" for a "?".
func (s *Stmt) Params() []string { return s.stmt.params() }

// Unbound returns the names of the parameters without a value.
func (s *Stmt) Unbound() []string {
	var names []string
	for i, name := range s.Params() {
		if !s.bound[i] {
			names = append(names, name)
		}
	}
	return names
}

// Bind gives a value to the parameter of that name, with or without its prefix, and
// reports whether there is such a parameter. It has to come before the first Step.
func (s *Stmt) Bind(name string, v Value) (bool, error) {
	found := false
	for i, p := range s.stmt.params() {
		if p == "" || p != name && p[1:] != name {
			continue
		}
		if err := s.stmt.bind(i, v); err != nil {
			return true, fmt.Errorf("bind %s: %w", p, err)
		}
		s.bound[i], found = true, true
	}
	return found, nil
}

// Step moves to the next row and reports whether there is one. The end of the context
// given with the first Step interrupts the statement, with its error.
func (s *Stmt) Step(ctx context.Context) (bool, error) {
	if !s.started {
		s.started = true
		if err := s.start(ctx); err != nil {
			return false, err
		}
	}
	s.db.planning, s.db.ctx, s.db.err = s.planning, ctx, nil
	row, err := s.stmt.step()
	if err != nil {
		return false, s.cause(ctx, err)
	}
	return row, nil
}

// cause returns the error behind the one that SQLite reported: that of the context or of
// a table, which SQLite knows only as text.
func (s *Stmt) cause(ctx context.Context, err error) error {
	var e *Error
	switch {
	case ctx.Err() != nil && (s.db.err != nil || errors.As(err, &e) && e.Code == codeInterrupt):
		return context.Cause(ctx)
	case s.db.err != nil:
		return s.db.err
	}
	return err
}

// start puts parameters in their place as literals, for only literals narrow a table,
// and has the context watched.
func (s *Stmt) start(ctx context.Context) error {
	if len(s.bound) > 0 && len(s.planning.queries) > 0 {
		full, _, err := s.db.Prepare(s.stmt.expanded())
		if err != nil {
			return err
		}
		s.stmt.close()
		s.stmt, s.planning = full.stmt, full.planning
	}
	s.stop = s.db.conn.interruptible(ctx)
	if ctx.Err() != nil { // a short statement may end before it notices
		return context.Cause(ctx)
	}
	return nil
}

// Value returns a column of the current row. The bytes of a text or blob are valid until
// the next Step; [Value.Clone] keeps them.
func (s *Stmt) Value(i int) Value { return s.stmt.value(i) }

// Close ends the statement and drops its snapshots, and those of a transaction that it
// ended.
func (s *Stmt) Close() error {
	if s.stop != nil {
		s.stop()
	}
	for _, snap := range s.planning.snapshots {
		snap.close()
	}
	err := s.stmt.close()
	if !s.db.InTransaction() {
		s.db.forget()
	}
	return err
}
