package repl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"
	"time"

	"sockstat/vtab/engine"
)

// statement runs a statement that was typed.
func (s *Shell) statement(ctx context.Context, sql string) error {
	if s.echo {
		printText(s.screen, strings.TrimSpace(sql)+"\n")
	}
	err := s.execute(ctx, sql, s.Params)
	return first(err, s.endResult())
}

// execute runs SQL with the settings of the shell. Ctrl-C ends it.
func (s *Shell) execute(ctx context.Context, sql string, params map[string]engine.Value) error {
	ctx, stop := s.interruptible(ctx)
	start := time.Now()
	err := Run(ctx, s.DB, sql, params, guarded{ctx, s.destination()}, s.Settings)
	err = first(err, stop())
	if errors.Is(err, ErrInterrupted) {
		s.interrupted = true
	}
	if s.timer {
		fmt.Fprintf(s.screen, "Run Time: real %.3f\n", time.Since(start).Seconds())
	}
	return err
}

// runQuery runs a saved query. Its parameters have the given values, else those of .param,
// else their defaults.
func (s *Shell) runQuery(ctx context.Context, q Query, given map[string]engine.Value) error {
	params := map[string]engine.Value{}
	known := map[string]bool{}
	for _, p := range q.Params {
		known[p.Name] = true
		if p.HasDefault {
			params[p.Name] = ParseValue(p.Default)
		}
	}
	for name := range given {
		if !known[name] {
			return fmt.Errorf("query %s has no parameter %q", q.Name, name)
		}
	}
	maps.Copy(params, s.Params)
	maps.Copy(params, given)
	return s.execute(ctx, q.SQL, params)
}

// interruptible returns a context that Ctrl-C ends with ErrInterrupted, until stop. That
// returns ErrInterrupted if Ctrl-C came, as it may have come too late for what was to be
// ended, but is meant for what follows too.
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
	ctx context.Context
	w   io.Writer
}

func (g guarded) Write(p []byte) (int, error) {
	if g.ctx.Err() != nil {
		return 0, context.Cause(g.ctx)
	}
	return g.w.Write(p)
}
