package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"sockstat/internal/elsewhere"
	"sockstat/internal/manual"
	"sockstat/queries"
	"sockstat/repl"
	"sockstat/repl/format"
	"sockstat/vtab"
	"sockstat/vtab/function"
)

// documented returns what the manual pages are about.
func documented() (*manual.Program, error) {
	saved, err := queries.BuiltIn().List()
	p := &manual.Program{Version: version(), Functions: function.All(), Queries: saved}
	f := (&options{}).flags()
	for i, s := range subjects {
		p.Subjects = append(p.Subjects, manual.Subject{Title: s.title, Flags: f.subjects[i]})
	}
	for _, t := range vtab.Live().Tables() {
		p.Tables = append(p.Tables, t.Info())
	}
	for _, e := range elsewhere.Examples {
		p.Elsewhere = append(p.Elsewhere, manual.Line(e))
	}
	for _, c := range repl.Commands() {
		p.Commands = append(p.Commands, manual.Entry{Name: "." + strings.TrimSpace(c.Name+" "+c.Args), Doc: c.Doc + "."})
	}
	return p, err
}

// checkDocument checks the names of a page and of a shell.
func (o *options) checkDocument() error {
	if o.manual != "" && !slices.Contains(manual.Pages, o.manual) {
		return fmt.Errorf("--manual %q: one of %s", o.manual, strings.Join(manual.Pages, ", "))
	}
	if o.completion != "" && !slices.Contains(manual.Shells, o.completion) {
		return fmt.Errorf("--completion %q: one of %s", o.completion, strings.Join(manual.Shells, ", "))
	}
	return nil
}

// printDocument prints the page or the completion that was asked for.
func (o *options) printDocument(w io.Writer) error {
	p, err := documented()
	if err != nil {
		return err
	}
	if o.manual != "" {
		return p.Write(w, o.manual)
	}
	return p.Completion(w, o.completion, map[string][]string{
		"state": stateWords(), "sort": columnNames(), "tables": tableNames(),
		"output": format.Names(), "protocols": queries.Protocols(), "manual": manual.Pages, "completion": manual.Shells,
	})
}

// stateWords returns the states as they are typed.
func stateWords() (words []string) {
	for _, s := range queries.StateNames() {
		words = append(words, strings.ToLower(s))
	}
	return words
}

// columnNames returns the columns that the listing may be sorted by.
func columnNames() (names []string) {
	for _, c := range vtab.Live().Tables()[0].Info().Columns {
		names = append(names, c.Name)
	}
	return names
}

// tableNames returns the names of all tables.
func tableNames() (names []string) {
	for _, t := range vtab.Live().Tables() {
		names = append(names, t.Info().Name)
	}
	return names
}
