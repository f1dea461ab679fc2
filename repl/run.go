package repl

import (
	"context"
	"errors"
	"io"
	"strings"

	"sockstat/internal/caught"
	"sockstat/repl/format"
	"sockstat/vtab/engine"
	"sockstat/vtab/table"
)

// Run runs every statement of sql in order and prints what it returns; a statement without
// columns prints nothing. Parameters are found by their name, with its prefix or without.
// It stops at the first error and returns it as it came: an *[engine.Error] of SQLite, a
// *[ParamError], that of a table or of the output. A terminal is shown what fits it, see [NewPager].
func Run(ctx context.Context, db *engine.DB, sql string, params map[string]table.Value, out io.Writer, s format.Settings) error {
	if _, err := format.Find(s.Format); err != nil {
		return err
	}
	if strings.Contains(sql, "\x00") { // where SQLite would take the text to end
		return errors.New("statement contains a NUL character")
	}
	defer db.Watch(ctx)()
	for sql != "" {
		st, tail, err := db.Prepare(sql)
		switch {
		case err != nil && ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil:
			return err
		}
		if st == nil {
			return nil
		}
		if err := run(ctx, st, params, out, s); err != nil {
			return err
		}
		sql = tail
	}
	return nil
}

// run runs a statement and closes it.
func run(ctx context.Context, st *engine.Stmt, params map[string]table.Value, out io.Writer, s format.Settings) (err error) {
	defer caught.Panic(&err) // such as that of an engine without memory for a value
	defer func() {
		if closed := st.Close(); err == nil {
			err = closed
		}
	}()
	if err := bind(st, params); err != nil {
		return err
	}
	if len(st.Columns()) > 0 {
		return format.Write(out, rows{st, ctx}, s)
	}
	for {
		more, err := st.Step(ctx)
		if err != nil || !more {
			return err
		}
	}
}

// rows is the format.Result of a prepared statement.
type rows struct {
	*engine.Stmt
	ctx context.Context
}

func (r rows) Next() (bool, error) { return r.Step(r.ctx) }
