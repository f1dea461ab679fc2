package engine

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Stmt is a prepared statement.
type Stmt struct {
	db       *DB
	stmt     stmt
	sql      string
	planning *planning
	columns  []string
	values   []Value // of the parameters
	bound    []bool  // which of them have one
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
func (s *Stmt) Columns() []string { return s.columns }

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
		s.values[i], s.bound[i], found = v, true, true
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

// start puts the values of parameters in their place, for only literals narrow a table,
// and has the context watched.
func (s *Stmt) start(ctx context.Context) error {
	if len(s.bound) > 0 && len(s.planning.queries) > 0 {
		sql, err := s.expanded()
		if err != nil {
			return err
		}
		if full, _, err := s.db.Prepare(sql); err == nil {
			s.stmt.close()
			s.stmt, s.planning = full.stmt, full.planning
		} // else a number took the place of a column's, as in GROUP BY :x
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

// expanded returns the SQL with literals for the parameters. SQLite finds their places, but
// is not to write the values: after a minus sign it makes a comment of a negative number,
// and it rounds.
func (s *Stmt) expanded() (string, error) {
	mark := "parameter"
	for strings.Contains(s.sql, mark) {
		mark += "_"
	}
	var marks []string
	for i, v := range s.values {
		name := mark + strconv.Itoa(i)
		if err := s.stmt.bind(i, String(name)); err != nil {
			return "", err
		}
		marks = append(marks, "'"+name+"'", " "+literal(v, i)+" ")
	}
	return strings.NewReplacer(marks...).Replace(s.stmt.expanded()), nil
}

// literal returns the value of a parameter as SQL: the parameter itself, by its number, if
// it has none.
func literal(v Value, parameter int) string {
	switch v.kind {
	case KindInteger:
		return strconv.FormatInt(v.Int(), 10)
	case KindReal:
		return strings.Replace(strconv.FormatFloat(v.Float(), 'e', -1, 64), "Inf", "9e999", 1)
	case KindText:
		if strings.Contains(v.text, "\x00") {
			return "?" + strconv.Itoa(parameter+1)
		}
		return "'" + strings.ReplaceAll(v.text, "'", "''") + "'"
	case KindBlob:
		return "x'" + hex.EncodeToString([]byte(v.text)) + "'"
	}
	return "NULL"
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
