package repl

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sockstat/internal/caught"
	"sockstat/repl/format"
	"sockstat/vtab/engine"
	"sockstat/vtab/table"
)

// patience is how long a statement may go on after it was interrupted. Nearly all end at once.
// A single call of an SQL function cannot be interrupted, and some take hours for two long texts.
const patience = 500 * time.Millisecond

// maxLeft is how many statements may go on by themselves at a time.
const maxLeft = 3

// aside runs SQL beside the shell, so that the shell can go on without it.
func (s *Shell) aside(ctx context.Context, sql string, params map[string]table.Value) error {
	db, settings := s.DB, s.Settings
	pager := s.pager(&settings)
	out := &guarded{ctx: ctx, w: pager}
	s.rows.Store(0)
	src := Source{SQL: sql, rows: &s.rows}
	return s.beside(ctx, db, out, func() error {
		err := first(src.Run(ctx, db, params, out, settings), out.end(pager))
		if errors.Is(err, errPagerQuit) {
			return nil
		}
		return err
	})
}

// beside does work with a database beside the shell, which writes to out alone.
func (s *Shell) beside(ctx context.Context, db *engine.DB, out *guarded, work func() error) error {
	done := make(chan error, 1)
	go func() {
		var err error
		defer func() { done <- err }()
		defer caught.Panic(&err)
		err = work()
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	for {
		select {
		case err := <-done:
			return err
		case <-time.After(patience):
			if out.leave() { // else it waits for who reads what it prints
				return s.leave(db, done, context.Cause(ctx))
			}
		}
	}
}

// leave goes on without a statement that does not end, and its database, which is closed when it
// has ended. Another one takes its place.
func (s *Shell) leave(db *engine.DB, done <-chan error, cause error) (err error) {
	s.DB = nil
	s.left.Add(1)
	go func() {
		<-done
		db.Close()
		s.left.Add(-1)
	}()
	if s.Reopen != nil && s.left.Load() <= maxLeft {
		s.DB, err = s.Reopen()
	}
	if s.DB == nil {
		s.over, s.stuck = true, true
		return errors.Join(fmt.Errorf("%w: the statement does not end, but the shell does", cause), err)
	}
	return format.WithHint(fmt.Errorf("%w: the statement goes on by itself", cause),
		"the transaction, temporary tables and views are gone")
}
