package repl

import (
	"strings"
	"testing"
)

func TestScan(t *testing.T) {
	for _, test := range []struct {
		text string
		ends int // of the first statement, -1 if it is not complete
	}{
		{"SELECT 1", -1},
		{"SELECT 1;", 9},
		{"SELECT 1; -- more", 9},
		{";; SELECT 1;", 12},
		{" -- only; a comment\n", -1},
		{"/* ; */ SELECT 1;", 17},
		{"/*/; */ SELECT 1;", 17},
		{"SELECT ';';", 11},
		{"SELECT 'it''s;';", 16},
		{`SELECT "a;b";`, 13},
		{"SELECT `a;b`;", 13},
		{"SELECT [a;b];", 13},
		{"SELECT 'open;", -1},
		{"SELECT 1 -- ;\n;", 15},
		{"SELECT 1 - 1;", 13},
		{"SELECT 4/2;", 11},
		{"SELECT $a::b(;);", 16},
		{"SELECT :a;", 10},
		{"SELECT a$b;", 11},
		{"\ufeffSELECT 1;", 12},
	} {
		var sc scanner
		if got := sc.scan(test.text); got != test.ends {
			t.Errorf("%q ends at %d, want %d", test.text, got, test.ends)
		}
		if lines := scanLines(test.text); lines != test.ends {
			t.Errorf("%q line by line ends at %d, want %d", test.text, lines, test.ends)
		}
	}
}

// scanLines is scan on lines as they are typed.
func scanLines(text string) int {
	var sc scanner
	start := 0
	for line := range strings.SplitAfterSeq(text, "\n") {
		if n := sc.scan(line); n >= 0 {
			return start + n
		}
		start += len(line)
	}
	return -1
}

// FuzzScan checks that statements end where SQLite says.
func FuzzScan(f *testing.F) {
	for _, s := range []string{
		"SELECT 1; SELECT 2", ";;SELECT ';' ;x", "SELECT \"a;\", `;`, [;] FROM sockets;-- ;", "/* ; */ SELECT 1;",
		"SELECT $a(;);", "SELECT x'00';", "SELECT 1 /*", "EXPLAIN SELECT 1;", "SELECT @a,#b;", "\ufeff;SELECT 1;;",
	} {
		f.Add(s)
	}
	db, err := testDB()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		var sc scanner
		n := sc.scan(sql)
		if lines := scanLines(sql); lines != n {
			t.Errorf("%q ends at %d, line by line at %d", sql, n, lines)
		}
		if strings.Contains(sql, "\x00") {
			return
		}
		st, tail, err := db.Prepare(sql)
		if err != nil || st == nil {
			return
		}
		defer st.Close()
		if n < 0 {
			n = len(sql)
		}
		if len(sql)-len(tail) != n {
			t.Errorf("%q ends at %d, SQLite says %d", sql, n, len(sql)-len(tail))
		}
	})
}
