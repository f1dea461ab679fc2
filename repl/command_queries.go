package repl

import (
	"errors"
	"fmt"
	"strings"

	"sockstat/vtab/engine"
)

// errNoQueries says that the shell was given no saved queries.
var errNoQueries = errors.New("there are no saved queries")

// listQueries lists the saved queries, or prints one.
func listQueries(s *Shell, c *call) error {
	switch {
	case len(c.args) > 1:
		return errUsage
	case s.Queries == nil:
		return errNoQueries
	case len(c.args) == 1:
		q, err := s.Queries.Load(c.arg(0))
		if err != nil {
			return err
		}
		return printQuery(c, q)
	}
	return printPairs(c.out, func(yield func(string, string) bool) {
		for _, q := range s.Queries.List() {
			if !yield(q.Name, q.Doc) {
				return
			}
		}
	})
}

// printQuery prints what a query does, its parameters and its SQL.
func printQuery(c *call, q Query) error {
	if _, err := fmt.Fprintf(c.out, "-- %s: %s\n", Escape(q.Name), Escape(q.Doc)); err != nil {
		return err
	}
	err := printPairs(c.out, func(yield func(string, string) bool) {
		for _, p := range q.Params {
			name := "--   :" + p.Name
			if p.HasDefault {
				name += " = " + p.Default
			}
			if !yield(name, p.Doc) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	return printText(c.out, q.SQL)
}

// runSaved runs a saved query.
func runSaved(s *Shell, c *call) error {
	if len(c.args) == 0 {
		return errUsage
	}
	if s.Queries == nil {
		return errNoQueries
	}
	q, err := s.Queries.Load(c.arg(0))
	if err != nil {
		return err
	}
	given := map[string]engine.Value{}
	for _, a := range c.args[1:] {
		name, text, ok := strings.Cut(a.text, "=")
		_, raw, _ := strings.Cut(a.raw, "=")
		if !ok || name == "" {
			return errUsage
		}
		given[strings.TrimLeft(name, ":@$")] = argumentValue(raw, text)
	}
	return s.runQuery(c.ctx, q, given)
}

// queryNames completes the name of a saved query.
func queryNames(s *Shell, words []string) []string {
	if s.Queries == nil {
		return nil
	}
	var names []string
	for _, q := range s.Queries.List() {
		names = append(names, q.Name)
	}
	return only(words, names)
}

// queryWords completes the arguments of .run.
func queryWords(s *Shell, words []string) []string {
	if len(words) == 0 || s.Queries == nil {
		return queryNames(s, words)
	}
	q, err := s.Queries.Load(words[0])
	if err != nil {
		return nil
	}
	var names []string
	for _, p := range q.Params {
		names = append(names, p.Name+"=")
	}
	return names
}
