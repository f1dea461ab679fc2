package repl

import (
	"fmt"
	"io"
	"iter"
	"path"
	"strings"

	"sockstat/vtab/engine"
)

// tables lists the tables with names like a pattern.
func tables(s *Shell, c *call) error {
	if len(c.args) > 1 {
		return errUsage
	}
	return printPairs(c.out, func(yield func(string, string) bool) {
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
		return hinted{fmt.Errorf("no such table: %s", c.arg(0)), ".tables lists the tables"}
	}
	for _, t := range found {
		if err := printText(c.out, t.Schema()); err != nil {
			return err
		}
	}
	return nil
}

// tablesLike returns the tables with names like a pattern of SQL, all without one.
func (s *Shell) tablesLike(args []argument) []engine.Info {
	if len(args) == 0 {
		return s.DB.Tables()
	}
	escape := strings.NewReplacer("*", `\*`, "?", `\?`, "[", `\[`, `\`, `\\`, "%", "*", "_", "?")
	pattern := escape.Replace(strings.ToLower(args[0].text))
	var found []engine.Info
	for _, t := range s.DB.Tables() {
		if ok, _ := path.Match(pattern, strings.ToLower(t.Name)); ok {
			found = append(found, t)
		}
	}
	return found
}

// tableNames completes the name of a table.
func tableNames(s *Shell, words []string) []string {
	var names []string
	for _, t := range s.DB.Tables() {
		names = append(names, t.Name)
	}
	return only(words, names)
}

// maxNames is how wide the column of names in printPairs gets.
const maxNames = 26

// printPairs prints names with what they mean, aligned and escaped. What a longer name
// means follows on the next line.
func printPairs(w io.Writer, pairs iter.Seq2[string, string]) error {
	longest := 0
	for name := range pairs {
		longest = max(longest, width([]byte(Escape(name))))
	}
	longest = min(longest, maxNames)
	o := &output{w: w}
	for name, doc := range pairs {
		start := len(o.buf)
		o.buf = AppendEscaped(o.buf, name)
		room := longest - width(o.buf[start:])
		if room < 0 && doc != "" {
			o.buf = append(o.buf, '\n')
			start, room = len(o.buf), longest
		}
		o.pad(room + 2)
		o.buf = AppendEscaped(o.buf, doc)
		o.trimLine(start)
	}
	return o.flush()
}

// printText prints lines, each escaped but for its tabs.
func printText(w io.Writer, text string) error {
	o := &output{w: w}
	for line := range strings.Lines(text) {
		line = strings.ReplaceAll(strings.TrimRight(line, "\r\n"), "\t", "    ")
		o.buf = append(AppendEscaped(o.buf, line), '\n')
	}
	return o.flush()
}
