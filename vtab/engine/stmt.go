package engine

import (
	"context"
	"errors"

	"sockstat/vtab/table"
)

// Stmt is a prepared statement.
type Stmt struct {
	db       *DB
	stmt     stmt
	sql      string
	planning *planning
	columns  []string
	values   []table.Value // of the parameters
	bound    []bool        // which of them have one
	started  bool
	broken   bool   // by a panic, see DB.panicked
	stop     func() // ends the watch over the context of Step
}

// Columns returns the names of the columns; there are none if it returns no rows.
func (s *Stmt) Columns() []string { return s.columns }

// SQL returns the text of the statement.
func (s *Stmt) SQL() string { return s.sql }

// Step moves to the next row and reports whether there is one. The end of the context
// given with the first Step interrupts the statement, with its error.
func (s *Stmt) Step(ctx context.Context) (bool, error) {
	if !s.started {
		s.started = true
		if err := s.start(ctx); err != nil {
			return false, err
		}
	}
	s.db.planning, s.db.ctx, s.db.err, s.db.atWork = s.planning, ctx, nil, nil
	row, err := s.step()
	if err != nil {
		return false, explained(s.cause(ctx, err))
	}
	return row, nil
}

// step moves to the next row.
func (s *Stmt) step() (row bool, err error) {
	defer func() {
		if v := recover(); v != nil {
			s.broken = true
			err = s.db.panicked(v)
		}
	}()
	return s.stmt.step()
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

// start puts the values of parameters in their place, for only literals narrow a table,
// and has the context watched.
func (s *Stmt) start(ctx context.Context) error {
	if len(s.bound) > 0 && len(s.planning.scans) > 0 {
		sql, err := s.expanded()
		if err != nil {
			return err
		}
		if full, _, err := s.db.Prepare(sql); err == nil {
			s.stmt.close()
			s.stmt, s.planning = full.stmt, full.planning
		} // else SQLite is asked without: it narrows less
		for i := range s.stmt.params() {
			if err := s.stmt.bind(i, s.values[i]); err != nil {
				return err
			}
		}
	}
	s.stop = s.db.conn.interruptible(ctx)
	if ctx.Err() != nil { // a short statement may end before it notices
		return context.Cause(ctx)
	}
	return nil
}

// Value returns a column of the current row. The bytes of a text or blob are valid until
// the next Step; [Value.Clone] keeps them.
func (s *Stmt) Value(i int) table.Value { return s.stmt.value(i) }

// Close ends the statement and drops its snapshots, and those of a transaction that it
// ended.
func (s *Stmt) Close() error {
	if s.stop != nil {
		s.stop()
	}
	s.planning.moment.close()
	var err error
	if !s.broken {
		err = s.stmt.close()
	}
	if !s.db.InTransaction() {
		s.db.kept.close()
	}
	return err
}
