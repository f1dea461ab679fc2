package repl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"sockstat/queries"
	"sockstat/repl/format"
	"sockstat/vtab/table"
)

// statement runs a statement that was typed.
func (s *Shell) statement(ctx context.Context, sql string) error {
	if s.echo {
		format.PrintText(s.screen, strings.TrimSpace(sql)+"\n")
	}
	s.last = sql
	err := s.execute(ctx, sql, s.Params)
	return first(err, s.endResult())
}

// execute runs SQL with the settings of the shell. Ctrl-C ends it.
func (s *Shell) execute(ctx context.Context, sql string, params map[string]table.Value) error {
	ctx, stop := s.interruptible(ctx)
	if s.plans {
		_ = s.printPlan(ctx, s.screen, sql) // what is wrong with it is told when it runs
	}
	start := time.Now()
	err := s.aside(ctx, sql, params)
	err = first(err, stop())
	if errors.Is(err, ErrInterrupted) {
		s.interrupted = true
	}
	if s.stats {
		s.printStats(s.screen, s.rows.Load())
	}
	if s.timer {
		fmt.Fprintf(s.screen, "Run Time: real %.3f\n", time.Since(start).Seconds())
	}
	return err
}

// runQuery runs a saved query. Its parameters have the given values, else those of .param,
// else their defaults.
func (s *Shell) runQuery(ctx context.Context, q queries.Query, given map[string]table.Value) error {
	params, err := Params(q, s.Params, given)
	if err != nil {
		return err
	}
	return s.execute(ctx, q.SQL, params)
}

// interruptible returns a context that Ctrl-C ends with ErrInterrupted, until stop is called.
// A Ctrl-C that comes between the last row and that call ends no statement any more, but it
// is still meant for the statements that follow in the same input. So stop returns
// ErrInterrupted whenever Ctrl-C came.
func (s *Shell) interruptible(ctx context.Context) (_ context.Context, stop func() error) {
	ctx, cancel := context.WithCancelCause(ctx)
	came := make(chan error, 1)
	go func() {
		select {
		case <-s.interrupts:
			cancel(ErrInterrupted)
			came <- ErrInterrupted
		case <-ctx.Done():
			came <- nil
		}
	}()
	return ctx, func() error {
		cancel(nil)
		return <-came
	}
}

// guarded is a writer that ends with a context, so that Ctrl-C stops a long result that is
// held already.
type guarded struct {
	ctx  context.Context
	w    io.Writer
	busy sync.Mutex
}

// leave has nothing written any more. It fails while something is.
func (g *guarded) leave() bool { return g.busy.TryLock() }

func (g *guarded) Write(p []byte) (int, error) {
	if g.ctx.Err() != nil {
		return 0, context.Cause(g.ctx)
	}
	g.busy.Lock()
	defer g.busy.Unlock()
	if g.ctx.Err() != nil {
		return 0, context.Cause(g.ctx)
	}
	return g.w.Write(p)
}

// end closes what was written to. While that takes its time, as a pager does, it counts as writing.
func (g *guarded) end(c io.Closer) error {
	g.busy.Lock()
	defer g.busy.Unlock()
	return c.Close()
}
