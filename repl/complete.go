package repl

import (
	"context"
	"slices"
	"strings"

	"sockstat/repl/format"
	"sockstat/vtab/engine"
	"sockstat/vtab/table"
)

// completer completes words at the prompt.
type completer struct {
	shell     *Shell
	tables    []table.Info
	functions []string
}

func newCompleter(s *Shell) *completer {
	return &completer{s, s.DB.Tables(), functions(s.DB)}
}

// functions returns the names of SQL functions as they are called.
func functions(db *engine.DB) []string {
	st, _, err := db.Prepare("SELECT DISTINCT name FROM pragma_function_list WHERE name GLOB '[a-z]*' ORDER BY name")
	if err != nil {
		return nil
	}
	defer st.Close()
	var names []string
	for {
		more, err := st.Step(context.Background())
		if err != nil || !more {
			return names
		}
		names = append(names, st.Value(0).String()+"(")
	}
}

// complete returns what may take the place of the word before pos, a number of characters.
// That it fails is no reason to end the shell.
func (c *completer) complete(line string, pos int) (head string, words []string, tail string) {
	defer func() {
		if recover() != nil {
			head, words, tail = line, nil, ""
		}
	}()
	return c.completions(line, pos)
}

// completions is complete without a guard.
func (c *completer) completions(line string, pos int) (head string, words []string, tail string) {
	runes := []rune(line)
	head, tail = string(runes[:pos]), string(runes[pos:])
	candidates, start := c.candidates(head, tail)
	prefix := head[start:]
	for _, word := range candidates {
		if format.Escape(word) != word { // the name of a file with a saved query may be anything
			continue
		}
		if len(word) >= len(prefix) && strings.EqualFold(word[:len(prefix)], prefix) && !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	return head[:start], words, tail
}

// candidates returns what may stand at the end of a line, and where the word begins that is
// there already.
func (c *completer) candidates(line, tail string) (words []string, start int) {
	before := c.shell.unfinished
	if before == "" && strings.HasPrefix(strings.TrimLeft(line, " \t"), ".") {
		return c.shell.commandWords(line)
	}
	start = len(line)
	for start > 0 && identifier(line[start-1]) {
		start--
	}
	sql := before + line
	var sc scanner
	for rest := sql; ; {
		n := sc.scan(rest)
		if n < 0 {
			break
		}
		rest = rest[n:]
		sql = rest
	}
	if sc.inside != 0 && sc.inside != '"' {
		return nil, start
	}
	return c.sqlWords(sql[:len(sql)-(len(line)-start)], line[start:], tail), start
}

// commandWords returns what may stand at the end of a dot command.
func (s *Shell) commandWords(line string) (words []string, start int) {
	start = strings.LastIndexAny(line, " \t") + 1
	args := strings.Fields(line[:start])
	if len(args) == 0 {
		for _, c := range commands {
			words = append(words, "."+c.name)
		}
		return words, start
	}
	cmd, err := findCommand(args[0][1:])
	if err != nil || cmd.complete == nil {
		return nil, start
	}
	return cmd.complete(s, args[1:]), start
}

// sqlWords returns what may follow in a statement, the likelier first, in the case of the
// word that was begun.
func (c *completer) sqlWords(before, prefix, after string) []string {
	last, named := "", identifiers(before+" "+after)
	if words := identifiers(before); len(words) > 0 {
		last = words[len(words)-1]
	}
	switch {
	case strings.HasSuffix(before, "."):
		return c.columnsOf(named, last)
	case last == "from", last == "join":
		return c.tableNames()
	}
	words := append(c.namedColumns(named), c.tableNames()...)
	if prefix == "" {
		return words
	}
	lower := prefix[0] >= 'a'
	for k := range strings.FieldsSeq(keywords) {
		if lower {
			k = strings.ToLower(k)
		}
		words = append(words, k)
	}
	words = append(words, c.functions...)
	for _, t := range c.tables {
		words = append(words, columnNames(t)...)
	}
	return words
}

// columnsOf returns the columns of a table by its name or its alias.
func (c *completer) columnsOf(named []string, name string) []string {
	for _, t := range c.tables {
		if t.Name == name {
			return columnNames(t)
		}
		for i, word := range named[:max(0, len(named)-1)] {
			next := named[i+1]
			if next == "as" && i+2 < len(named) {
				next = named[i+2]
			}
			if word == t.Name && next == name {
				return columnNames(t)
			}
		}
	}
	return nil
}

// namedColumns returns the columns of the tables that occur among the words.
func (c *completer) namedColumns(named []string) []string {
	var words []string
	for _, t := range c.tables {
		if slices.Contains(named, t.Name) {
			words = append(words, columnNames(t)...)
		}
	}
	return words
}

func (c *completer) tableNames() []string { return tableNames(c.shell, nil) }

func columnNames(t table.Info) []string {
	names := make([]string, len(t.Columns))
	for i, column := range t.Columns {
		names[i] = column.Name
	}
	return names
}

// identifiers returns the words of a statement in lower case.
func identifiers(sql string) []string {
	return strings.FieldsFunc(strings.ToLower(sql), func(r rune) bool { return r < 0x80 && !identifier(byte(r)) })
}
