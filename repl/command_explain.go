package repl

import (
	"context"
	"errors"
	"io"
	"strings"

	"sockstat/repl/format"
	"sockstat/vtab/engine"
	"sockstat/vtab/table"
)

// explain shows how SQLite runs a statement, or flags of the command line.
func explain(s *Shell, c *call) error {
	sql := c.from(0)
	switch {
	case sql == "":
		sql = s.last
	case s.Listing != nil && sql[0] == '-' && !strings.HasPrefix(sql, "--  ") && !strings.HasPrefix(sql, "-- "):
		var flags []string
		for _, a := range c.args {
			flags = append(flags, a.text)
		}
		listing, err := s.Listing(flags)
		if err != nil {
			return err
		}
		if err := format.PrintText(c.out, strings.TrimSpace(listing)+"\n\n"); err != nil {
			return err
		}
		sql = listing
	}
	if strings.TrimSpace(sql) == "" {
		return format.WithHint(errors.New("explain: there is no statement yet"), ".explain SELECT …, or .explain -4l")
	}
	return s.printPlan(c.ctx, c.out, sql)
}

// planStep is a step of a plan: EXPLAIN QUERY PLAN returns a tree of them.
type planStep struct {
	id, parent int64
	detail     string
}

// printPlan prints the plan of the first statement of a text as the tree that it is.
func (s *Shell) printPlan(ctx context.Context, w io.Writer, sql string) error {
	st, _, err := s.DB.Prepare("EXPLAIN QUERY PLAN " + sql)
	if err != nil {
		var e *engine.Error
		if errors.As(err, &e) { // whose place is behind our words
			return &engine.Error{Code: e.Code, Message: e.Message, Offset: -1}
		}
		return err
	}
	if st == nil {
		return nil
	}
	defer st.Close()
	for _, name := range st.Params() {
		v, ok := s.Params[strings.TrimLeft(name, ":@$")]
		if !ok {
			v = table.Null() // for the plan it makes no difference
		}
		if _, err := st.Bind(name, v); err != nil {
			return err
		}
	}
	var steps []planStep
	for {
		more, err := st.Step(ctx)
		if err != nil {
			return err
		}
		if !more {
			break
		}
		steps = append(steps, planStep{st.Value(0).Int(), st.Value(1).Int(), strings.Clone(st.Value(3).String())})
	}
	var b strings.Builder
	b.WriteString("QUERY PLAN\n")
	appendPlan(&b, steps, 0, "")
	return format.PrintText(w, b.String())
}

// appendPlan appends the steps below one, in the form in which sqlite3 shows them.
func appendPlan(b *strings.Builder, steps []planStep, parent int64, indent string) {
	var below []planStep
	for _, step := range steps {
		if step.parent == parent {
			below = append(below, step)
		}
	}
	for i, step := range below {
		branch, more := "|--", "|  "
		if i == len(below)-1 {
			branch, more = "`--", "   "
		}
		b.WriteString(indent + branch + step.detail + "\n")
		if step.id != parent {
			appendPlan(b, steps, step.id, indent+more)
		}
	}
}
