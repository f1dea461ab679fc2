package repl

import (
	"context"
	"slices"
	"strings"
	"time"

	"sockstat/repl/format"
	"sockstat/vtab/engine"
	"sockstat/vtab/table"
)

// completer finds what may stand at the cursor.
type completer struct {
	shell   *Shell
	columns bool     // a word may be completed by a qualified column
	funcs   []string // names of functions, once they were asked for
	modules []string // and of functions that are tables
}

func newCompleter(s *Shell) *completer { return &completer{shell: s} }

// candidates is what may stand at a place, the most fitting first. Those that follow do only where
// none of the ones before begins as what is typed does.
type candidates [][]string

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
	found, start := c.find(head, tail)
	prefix := head[start:]
	for _, some := range found {
		for _, word := range some {
			if format.Escape(word) == word && c.begins(word, prefix) && !slices.Contains(words, word) {
				words = append(words, word) // the name of a file may be anything
			}
		}
		if len(words) > 0 {
			break
		}
	}
	if len(words) > 0 && strings.HasPrefix(prefix, "'") {
		tail = strings.TrimPrefix(tail, "'") // the words have one
	}
	return head[:start], words, tail
}

// begins reports whether a word begins with what is typed. The quote of a text need not be typed,
// nor the table of a column that is in several.
func (c *completer) begins(word, typed string) bool {
	if foldPrefix(word, typed) {
		return true
	}
	if bare, quoted := strings.CutPrefix(word, "'"); quoted {
		return foldPrefix(bare, typed)
	}
	_, column, qualified := strings.Cut(word, ".")
	return c.columns && qualified && column != "" && typed != "" && foldPrefix(column, typed)
}

// foldPrefix is strings.HasPrefix without regard to case.
func foldPrefix(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// find returns what may stand at the end of a line, and where the word begins that is there
// already.
func (c *completer) find(line, tail string) (candidates, int) {
	c.columns = false
	if before := c.shell.unfinished; before != "" {
		found, start := c.inSQL(before+line, tail)
		return found, max(start-len(before), 0)
	}
	if trimmed := strings.TrimLeft(line, " \t"); strings.HasPrefix(trimmed, ".") || strings.HasPrefix(trimmed, `\`) {
		return c.inCommand(line, tail)
	}
	for _, word := range []string{"describe", "desc"} {
		if len(line) > len(word) && strings.EqualFold(line[:len(word)], word) && blank(line[len(word)]) {
			return candidates{tableNames(c.shell, nil)}, wordStart(line)
		}
	}
	return c.inSQL(line, tail)
}

// wordStart returns where the word at the end of a line begins.
func wordStart(line string) int {
	start := len(line)
	for start > 0 && identifier(line[start-1]) {
		start--
	}
	return start
}

// inSQL returns what may stand at the end of SQL that is followed by more.
func (c *completer) inSQL(sql, after string) (candidates, int) {
	var sc scanner
	begin := 0
	for n := 0; n >= 0; n = sc.scan(sql[begin:]) { // only the last statement counts
		begin += n
	}
	statement := sql[begin:]
	start := wordStart(statement)
	if start < len(statement) && statement[start] == '$' {
		start++ // which begins a parameter
	}
	switch sc.inside {
	case 0, '"':
	case '\'':
		all := sqlTokens(statement)
		start = all[len(all)-1].start
	default:
		return nil, len(sql)
	}
	word, before := statement[start:], statement[:start]
	if sc.inside == '"' {
		before = before[:strings.LastIndexByte(statement, '"')]
	}
	if n := len(before); n > 0 && strings.IndexByte(":@$", before[n-1]) >= 0 {
		return candidates{paramNames(c.shell)}, begin + start
	}
	c.columns = true
	p := newCursor(c, before, word, after)
	return p.candidates(), begin + start
}

// functions returns the names of functions as they are called.
func (c *completer) functions() []string {
	if c.funcs == nil {
		c.funcs = functions(c.shell.DB)
	}
	return c.funcs
}

// functions returns the names of SQL functions as they are called.
func functions(db *engine.DB) (names []string) {
	for _, name := range ask(db, "SELECT DISTINCT name FROM pragma_function_list WHERE name GLOB '[a-z]*' ORDER BY name") {
		names = append(names, name+"(")
	}
	return names
}

// columnNames returns the names of the columns of a table.
func columnNames(t table.Info) []string {
	names := make([]string, len(t.Columns))
	for i, column := range t.Columns {
		names[i] = column.Name
	}
	return names
}

// tableFunctions returns the names of functions that are used as tables.
func (c *completer) tableFunctions() []string {
	if c.modules == nil {
		for _, name := range c.ask("SELECT name FROM pragma_module_list WHERE name IN ('json_each', 'json_tree', 'generate_series') ORDER BY name") {
			c.modules = append(c.modules, name+"(")
		}
	}
	return c.modules
}

// mostAsked and longestAsked limit what is asked for completion.
const (
	mostAsked    = 500
	longestAsked = 300 * time.Millisecond
)

// ask returns the texts of the first column of a query.
func (c *completer) ask(sql string, args ...string) []string { return ask(c.shell.DB, sql, args...) }

// ask returns the texts of the first column of a query. Nothing is said if it fails.
func ask(db *engine.DB, sql string, args ...string) (texts []string) {
	ctx, cancel := context.WithTimeout(context.Background(), longestAsked)
	defer cancel()
	defer db.Quiet()()
	st, _, err := db.Prepare(sql)
	if err != nil || st == nil {
		return nil
	}
	defer st.Close()
	for i, name := range st.Params() {
		if _, err := st.Bind(name, table.String(args[i])); err != nil {
			return nil
		}
	}
	for len(texts) < mostAsked {
		more, err := st.Step(ctx)
		if err != nil || !more {
			break
		}
		texts = append(texts, strings.Clone(st.Value(0).String()))
	}
	return texts
}
