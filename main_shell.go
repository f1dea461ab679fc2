package main

import (
	"context"
	"errors"
	"os"

	"sockstat/queries"
	"sockstat/repl"
	"sockstat/vtab/engine"
)

// runShell runs the SQL shell.
func runShell(ctx context.Context, db *engine.DB, s repl.Settings) error {
	sh := repl.Shell{DB: db, In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Settings: s, Queries: saved{}}
	return sh.Run(ctx)
}

// saved gives the shell the saved queries.
type saved struct{}

func (saved) List() []repl.Query {
	list, err := queries.List()
	if err != nil {
		report(err)
	}
	var out []repl.Query
	for _, q := range list {
		out = append(out, savedQuery(q))
	}
	return out
}

func (saved) Load(name string) (repl.Query, error) {
	q, err := queries.Load(name)
	if errors.Is(err, queries.ErrNotFound) {
		err = repl.WithHint(err, ".queries lists them")
	}
	return savedQuery(q), err
}

func savedQuery(q queries.Query) repl.Query {
	out := repl.Query{Name: q.Name, Doc: q.Doc, SQL: q.SQL}
	for _, p := range q.Params {
		out.Params = append(out.Params, repl.Param(p))
	}
	return out
}
