package repl

import (
	"fmt"
	"path"
	"strings"

	"sockstat/repl/format"
	"sockstat/vtab/table"
)

// tables lists the tables with names like a pattern.
func tables(s *Shell, c *call) error {
	if len(c.args) > 1 {
		return errUsage
	}
	return format.PrintPairs(c.out, c.columns, func(yield func(string, string) bool) {
		for _, t := range s.tablesLike(c.args) {
			if !yield(t.Name, t.Doc) {
				return
			}
		}
	})
}

// schema prints the declarations of tables.
func schema(s *Shell, c *call) error {
	if len(c.args) > 1 {
		return errUsage
	}
	found := s.tablesLike(c.args)
	if len(found) == 0 {
		return format.WithHint(fmt.Errorf("no such table: %s", c.arg(0)), ".tables lists the tables")
	}
	for _, t := range found {
		if err := format.PrintDeclarations(c.out, c.columns, t.Schema()); err != nil {
			return err
		}
	}
	return nil
}

// tablesLike returns the tables with names like a pattern of SQL, all without one.
func (s *Shell) tablesLike(args []argument) []table.Info {
	if len(args) == 0 {
		return s.DB.Tables()
	}
	escape := strings.NewReplacer("*", `\*`, "?", `\?`, "[", `\[`, `\`, `\\`, "%", "*", "_", "?")
	pattern := escape.Replace(strings.ToLower(args[0].text))
	var found []table.Info
	for _, t := range s.DB.Tables() {
		if ok, _ := path.Match(pattern, strings.ToLower(t.Name)); ok {
			found = append(found, t)
		}
	}
	return found
}

// tableWords completes the name of a table.
func tableWords(s *Shell, words []string, _ string) []string { return tableNames(s, words) }

// tableNames returns the names of the tables, unless there is a word already.
func tableNames(s *Shell, words []string) []string {
	var names []string
	for _, t := range s.DB.Tables() {
		names = append(names, t.Name)
	}
	return only(words, names)
}
