package repl

import (
	"bytes"
	"strings"
	"testing"

	"sockstat/repl/format"
	"sockstat/vtab/engine"
)

// Tokens are all of a text but blanks and comments, whatever it is.
func FuzzTokens(f *testing.F) {
	for _, s := range []string{"SELECT 'a''b', \"c\" -- d\n/* e */ [f] :g $h::i(j) ?1 1.5e3 x'00' <> ||", "'", "/*", "--", "[", "$", "?", "\ufeff;"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		end := 0
		for _, k := range tokens(sql) {
			if k.text == "" || k.at < end || sql[k.at:k.at+len(k.text)] != k.text || skipBlanks(sql[:k.at], end) != k.at {
				t.Fatalf("%q: %+v behind %d", sql, k, end)
			}
			end = k.at + len(k.text)
			_, _ = k.name(), k.kind == tokenText && k.value() == ""
		}
		if skipBlanks(sql, end) != len(sql) {
			t.Errorf("%q ends at %d", sql, end)
		}
	})
}

// An error shows the part of a line that it is in, and a caret under the place.
func TestExcerpt(t *testing.T) {
	long := "SELECT " + strings.Repeat("abc, ", 40)
	for _, c := range []struct{ sql, want string }{
		{"SELECT\n\tnope\nFROM x", "    nope\n    ^\n"},
		{"SELECT 'wäre 日本', nope", "    SELECT 'wäre 日本', nope\n                        ^\n"},
		{long + "nope, " + long, "    …"},
	} {
		var b bytes.Buffer
		at := strings.Index(c.sql, "nope")
		format.PrintError(&b, &engine.Error{Message: "m", SQL: c.sql, Offset: at})
		_, got, _ := strings.Cut(b.String(), "\n")
		if !strings.HasPrefix(got, c.want) {
			t.Errorf("%q:\n%s", c.sql, got)
		}
		for line := range strings.Lines(got) {
			if len([]rune(line)) > 80 {
				t.Errorf("%d characters: %s", len([]rune(line)), line)
			}
		}
	}
}
