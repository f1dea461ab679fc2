package repl

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"sockstat/repl/format"
	"sockstat/vtab/table"
)

// Whatever is typed, completion leaves the rest of the line as it is and proposes words that
// begin with what is there.
func FuzzComplete(f *testing.F) {
	for _, line := range []string{"+.", ".", ". ", ".m", ".mode ", ".run port ", "SELECT s. FROM sockets s", "SELECT * FROM ", "'", "\"s", "x.\"", "ü.", "-- sel", "SELECT 1; sel", "..", ". . .",
		"WITH a AS (SELECT name FROM a), b AS (SELECT * FROM a) SELECT  FROM b", "SELECT  FROM (SELECT name n FROM sockets) s JOIN zones USING (", "SELECT CASE state WHEN '",
		"FROM sockets WHERE state IN ('a', '", ".read 'a b", ".explain SELECT n", "SELECT :p", `\d s`, "SELECT * FROM a, b ON (", "as as as", "(((", "SELECT)", "WITH", "IN ("} {
		f.Add("", line, len(line))
		f.Add("SELECT '\n", line, 0)
	}
	db, err := testDB()
	if err != nil {
		f.Fatal(err)
	}
	s := &Shell{DB: db, Queries: savedQueries}
	c := newCompleter(s)
	f.Fuzz(func(t *testing.T, unfinished, line string, pos int) {
		if !utf8.ValidString(line) { // the editor has characters
			return
		}
		s.unfinished = unfinished
		runes := []rune(line)
		pos = min(max(pos, 0), len(runes))
		head, words, tail := c.completions(line, pos)
		if rest := string(runes[pos:]); tail != rest && "'"+tail != rest || !strings.HasPrefix(string(runes[:pos]), head) {
			t.Fatalf("%q at %d: head %q, tail %q", line, pos, head, tail)
		}
		begun := string(runes[:pos])[len(head):]
		for _, word := range words {
			if !c.begins(word, begun) || format.Escape(word) != word {
				t.Errorf("%q at %d completes %q to %q", line, pos, begun, word)
			}
		}
	})
}

// The words of a command stand in it one after the other, and blanks between them.
func FuzzSplitArguments(f *testing.F) {
	for _, line := range []string{`mode csv`, `read 'a b.sql'`, `read "a \"b\\\n"`, `run q a='x y' b=1`, `nullvalue ''`, `once 'open`, `=`, `a==b`, "x\t\"\\"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		args, err := splitArguments(line)
		rest := line
		for _, a := range args {
			rest = strings.TrimLeft(rest, " \t")
			if a.raw == "" || !strings.HasPrefix(rest, a.raw) {
				t.Fatalf("%q: word %q before %q", line, a.raw, rest)
			}
			rest = rest[len(a.raw):]
			if !strings.ContainsAny(a.raw, `'"\`) && a.text != a.raw {
				t.Errorf("%q: %q is read as %q", line, a.raw, a.text)
			}
		}
		if err == nil && strings.Trim(rest, " \t") != "" {
			t.Errorf("%q: %q is left", line, rest)
		}
	})
}

// A value as it is typed is read back from what .parameter list prints of it.
func FuzzParseValue(f *testing.F) {
	for _, s := range []string{"22", "-1", "1e3", ".5", "9223372036854775808", "NULL", "'it''s'", "LISTEN", "'", "''", "+", "1e999", "0x10", "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v := ParseValue(s)
		if v.Kind() == table.KindBlob {
			t.Errorf("%q is a blob", s)
		}
		if v.Kind() == table.KindText && !strings.HasPrefix(s, "'") && v.Bytes() != s {
			t.Errorf("%q is read as %q", s, v.Bytes())
		}
		if again := ParseValue(literal(v)); again != v {
			t.Errorf("%q is %v, which %q is not: %v", s, v, literal(v), again)
		}
	})
}

// Any SQL in every format ends with a result or an error, never a panic; JSON is JSON, CSV is
// CSV, and nothing acts on the terminal.
func FuzzStatements(f *testing.F) {
	for _, sql := range []string{
		"SELECT * FROM sockets", "SELECT 1 AS a, 2 AS a, NULL, x'00ff', 1e999, char(27, 10, 8238) AS \"\x1b\"", "SELECT zeroblob(9), '' WHERE 0",
		"PRAGMA table_list", "EXPLAIN SELECT 1", "EXPLAIN QUERY PLAN SELECT * FROM sockets a, sockets b WHERE a.port = b.port", "VALUES (1), (2)",
		"CREATE TEMP TABLE t AS SELECT * FROM sockets; SELECT * FROM t; DROP TABLE t", "SELECT json_group_array(name) FROM zones GROUP BY name",
		"SELECT name, count(*) OVER (PARTITION BY state) FROM sockets ORDER BY port DESC LIMIT 2", "SELECT printf('%s|%,d', name, port) FROM sockets", "SELECT :a, ?1",
	} {
		f.Add(sql)
	}
	db, err := testDB()
	if err != nil {
		f.Fatal(err)
	}
	params := map[string]table.Value{"a": table.Int(1), "?1": table.String("x")}
	f.Fuzz(func(t *testing.T, sql string) {
		for _, of := range format.Formats() {
			ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
			var out strings.Builder
			err := Run(ctx, db, sql, params, &out, format.Settings{Format: of.Name, Headers: true})
			cancel()
			if db.InTransaction() {
				if err := Run(context.Background(), db, "ROLLBACK", nil, io.Discard, format.Settings{}); err != nil {
					t.Fatal(err)
				}
			}
			if err != nil {
				if strings.Contains(err.Error(), "panic") {
					t.Fatalf("%s: %v", of.Name, err)
				}
				continue
			}
			checkPrinted(t, of.Name, out.String())
		}
	})
}

// checkPrinted checks that what was printed is of a format.
func checkPrinted(t *testing.T, name, out string) {
	t.Helper()
	switch name {
	case "csv":
		r := csv.NewReader(strings.NewReader(out))
		r.FieldsPerRecord = -1 // of several results
		if _, err := r.ReadAll(); err != nil {
			t.Errorf("csv: %v in %q", err, out)
		}
		return
	case "json", "jsonl":
		d := json.NewDecoder(strings.NewReader(out))
		d.UseNumber() // infinity is one too large for Go's
		for {
			var value any
			err := d.Decode(&value)
			if err == io.EOF {
				break
			}
			_, array := value.([]any)
			if err != nil || array != (name == "json") {
				t.Fatalf("%s: %v in %q", name, err, out)
			}
		}
	}
	if text := strings.NewReplacer("\n", "", "\t", "").Replace(out); format.Escape(text) != text {
		t.Errorf("%s: prints what Escape escapes: %q", name, out)
	}
}
