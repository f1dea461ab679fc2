package repl

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"sockstat/repl/format"
)

// printText prints its arguments.
func printText(_ *Shell, c *call) error {
	var words []string
	for _, a := range c.args {
		words = append(words, a.text)
	}
	return format.PrintText(c.out, strings.Join(words, " ")+"\n")
}

// versions prints the versions of what is at work.
func versions(s *Shell, c *call) error {
	for _, v := range []string{strings.TrimSpace("sockstat " + s.Version),
		"SQLite " + strings.Join(ask(s.DB, "SELECT sqlite_version() || ' ' || sqlite_source_id()"), ""),
		runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH} {
		if _, err := fmt.Fprintln(c.out, format.Escape(v)); err != nil {
			return err
		}
	}
	return nil
}

// databases lists the databases.
func databases(_ *Shell, c *call) error {
	return format.PrintPairs(c.out, c.columns, func(yield func(string, string) bool) {
		_ = yield("main:", "in memory, read-only") && yield("temp:", "in memory: what CREATE TEMP makes")
	})
}

// indexes lists the indexes that were created.
func indexes(s *Shell, c *call) error {
	pattern := "%"
	switch len(c.args) {
	case 0:
	case 1:
		pattern = c.arg(0)
	default:
		return errUsage
	}
	for _, name := range ask(s.DB, "SELECT name FROM sqlite_temp_schema WHERE type = 'index' AND tbl_name LIKE :pattern ORDER BY name", pattern) {
		if _, err := fmt.Fprintln(c.out, format.Escape(name)); err != nil {
			return err
		}
	}
	return nil
}

// longestPrompt is how many characters a prompt may have: the line is to have room beside it.
const longestPrompt = 40

// setPrompts sets the prompts, without arguments to what they are at the start.
func setPrompts(s *Shell, c *call) error {
	if len(c.args) > 2 {
		return errUsage
	}
	for i := range c.args {
		if text := c.arg(i); format.Escape(text) != text || len([]rune(text)) > longestPrompt {
			return fmt.Errorf("prompt %q: not %d characters that can be seen", text, longestPrompt)
		}
	}
	s.prompts = [2]string{c.arg(0), c.arg(1)}
	return nil
}

// logErrors writes errors to a file as well, behind what it has already.
func logErrors(s *Shell, c *call) error {
	if len(c.args) != 1 {
		return errUsage
	}
	if c.arg(0) == "off" {
		return s.closeLog()
	}
	if err := s.refuse("write to " + c.arg(0)); err != nil {
		return err
	}
	f, err := os.OpenFile(c.arg(0), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	err = s.closeLog()
	s.log = f
	return err
}

// closeLog ends the writing of errors to a file.
func (s *Shell) closeLog() (err error) {
	if s.log != nil {
		err = s.log.Close()
	}
	s.log = nil
	return err
}

// refresh has the tables read anew within a transaction.
func refresh(s *Shell, _ *call) error {
	if !s.DB.InTransaction() {
		return format.WithHint(errors.New("refresh: there is no transaction"), "each statement reads the tables anew but between BEGIN and COMMIT")
	}
	s.DB.Refresh()
	return nil
}

// printStats prints what .stats shows of a statement.
func (s *Shell) printStats(w io.Writer, rows int64) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	fmt.Fprintf(w, "Rows: %d\nMemory in use: %.1f MB\n", rows, float64(m.HeapAlloc)/(1<<20))
}
