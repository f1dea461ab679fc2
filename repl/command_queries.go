package repl

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"sockstat/queries"
	"sockstat/repl/format"
	"sockstat/vtab/table"
)

// listQueries lists the saved queries, or prints one.
func listQueries(s *Shell, c *call) error {
	if len(c.args) > 1 {
		return errUsage
	}
	if len(c.args) == 1 {
		q, err := s.savedQuery(c.arg(0))
		if err != nil {
			return err
		}
		return printQuery(c, q)
	}
	list, err := s.Queries.List()
	if err != nil { // some cannot be read: no reason to fail with the others
		format.PrintError(s.Err, err)
	}
	return format.PrintPairs(c.out, c.columns, func(yield func(string, string) bool) {
		for _, q := range list {
			if !yield(q.Name, q.Doc) {
				return
			}
		}
	})
}

// savedQuery returns the saved query of a name.
func (s *Shell) savedQuery(name string) (queries.Query, error) {
	q, err := s.Queries.Load(name)
	if errors.Is(err, queries.ErrNotFound) {
		err = format.WithHint(err, strings.TrimSpace(s.Queries.Like(name)+" .queries lists them"))
	}
	return q, err
}

// printQuery prints what a query does, its parameters and its SQL.
func printQuery(c *call, q queries.Query) error {
	if _, err := fmt.Fprintf(c.out, "-- %s: %s\n", format.Escape(q.Name), format.Escape(q.Doc)); err != nil {
		return err
	}
	err := format.PrintPairs(c.out, c.columns, func(yield func(string, string) bool) {
		for _, p := range q.Params {
			if !yield("--   "+p.Declaration(), p.Doc) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	return format.PrintText(c.out, q.SQL)
}

// runSaved runs a saved query.
func runSaved(s *Shell, c *call) error {
	if len(c.args) == 0 {
		return errUsage
	}
	q, err := s.savedQuery(c.arg(0))
	if err != nil {
		return err
	}
	given := map[string]table.Value{}
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
func queryNames(s *Shell, words []string, _ string) []string {
	list, _ := s.Queries.List()
	var names []string
	for _, q := range list {
		names = append(names, q.Name)
	}
	return only(words, names)
}

// queryWords completes the arguments of .run.
func queryWords(s *Shell, words []string, _ string) []string {
	if len(words) == 0 {
		return queryNames(s, words, "")
	}
	q, err := s.Queries.Load(words[0])
	if err != nil {
		return nil
	}
	var names []string
	for _, p := range q.Params {
		if !slices.ContainsFunc(words[1:], func(w string) bool { return strings.HasPrefix(w, p.Name+"=") }) {
			names = append(names, p.Name+"=")
		}
	}
	return names
}
