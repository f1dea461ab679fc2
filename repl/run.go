package repl

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"

	"sockstat/internal/caught"
	"sockstat/repl/format"
	"sockstat/vtab/engine"
	"sockstat/vtab/table"
)

// Run runs every statement of sql in order and prints what it returns; a statement without
// columns prints nothing. Parameters are found by their name, with its prefix or without.
// It stops at the first error. One of SQLite or of a table is a *[PlacedError], in which an
// *[engine.Error] or a *[ParamError] may be found; that of the output is as it came. A terminal is
// shown what fits it, see [NewPager].
func Run(ctx context.Context, db *engine.DB, sql string, params map[string]table.Value, out io.Writer, s format.Settings) error {
	return Source{SQL: sql}.Run(ctx, db, params, out, s)
}

// Run is [Run] for a text of which is known where it comes from.
func (src Source) Run(ctx context.Context, db *engine.DB, params map[string]table.Value, out io.Writer, s format.Settings) error {
	if _, err := format.Find(s.Format); err != nil {
		return err
	}
	if strings.Contains(src.SQL, "\x00") { // where SQLite would take the text to end
		return errors.New("statement contains a NUL character")
	}
	defer db.Watch(ctx)()
	for sql := src.SQL; sql != ""; {
		st, tail, err := db.Prepare(sql)
		switch {
		case err != nil && ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil:
			return src.misplaced(db, sql, err)
		}
		if st == nil {
			return nil
		}
		noteValues(db, st.SQL(), params)
		r := rows{st, ctx, func(err error) error { return src.misplaced(db, sql, err) }, src.rows, db}
		if err := r.run(params, out, s); err != nil {
			return err
		}
		sql = tail
	}
	return nil
}

// rows is the format.Result of a prepared statement.
type rows struct {
	*engine.Stmt
	ctx   context.Context
	place func(error) error // says where the statement is
	count *atomic.Int64     // of rows; nil if nobody asks
	db    *engine.DB
}

// OnWait has f called before a wait for rows that come as they happen.
func (r rows) OnWait(f func() error) { r.db.OnWait(f) }

// run runs the statement and closes it.
func (r rows) run(params map[string]table.Value, out io.Writer, s format.Settings) (err error) {
	defer caught.Panic(&err) // such as that of an engine without memory for a value
	defer func() {
		if closed := r.Close(); err == nil {
			err = closed
		}
	}()
	if err := bind(r.Stmt, params); err != nil {
		return r.place(err)
	}
	if len(r.Columns()) > 0 {
		return format.Write(out, r, s)
	}
	for {
		more, err := r.Next()
		if err != nil || !more {
			return err
		}
	}
}

// Next leaves the error of the end of the context as it is: it is not the statement's.
func (r rows) Next() (bool, error) {
	more, err := r.Step(r.ctx)
	if err != nil && r.ctx.Err() == nil {
		err = r.place(err)
	}
	if more && r.count != nil {
		r.count.Add(1)
	}
	return more, err
}
