package repl

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sockstat/vtab/table"
)

// Where the cursor is, "|", the words may stand that follow it.
func TestComplete(t *testing.T) {
	s := &Shell{DB: openTest(t), Queries: savedQueries, Params: map[string]table.Value{"port": table.Int(22), "path": table.Null()}}
	c := newCompleter(s)
	const columns = "name port state"
	for _, test := range []struct{ line, want string }{
		// Tables.
		{"SELECT * FROM |", "sockets zones"},
		{"SELECT * FROM s|", "sockets"},
		{"select * from sockets, |", "sockets zones"},
		{"SELECT * FROM sockets JOIN z|", "zones"},
		{"SELECT * FROM sockets LEFT JOIN |", "sockets zones"},
		{"WITH quick AS (SELECT 1 AS one) SELECT * FROM q|", "quick"},
		{"WITH quick AS (SELECT 1 AS one) SELECT | FROM quick", "one"},
		{"WITH quick(a, b) AS (VALUES (1, 2)) SELECT q.| FROM quick q", "a b"},
		{"WITH a AS (SELECT name AS n, port FROM sockets), b AS (SELECT * FROM a) SELECT | FROM b", "n port"},
		{"SELECT * FROM (SELECT * FROM z|", "zones"},
		{"WITH quick AS (SELECT 1 AS one, 2 AS two), slow AS (SELECT 3 AS three) SELECT |", "one two three"},
		{"with quick as (select port as number from sockets) select nu|", "number"},
		{"SELECT * FROM sockets LIMIT |", ""},
		{"SELECT * FROM sockets LIMIT 5 OFFSET |", ""},
		{"SELECT * FROM sockets LIMIT 5 |", "OFFSET"},
		{"CREATE TEMP TABLE t AS S|", "SELECT"},
		{".explain -|", ""},
		{"SELECT * FROM gen|", "generate_series("},
		{"DROP TABLE |", "sockets zones"},
		{"describe |", "sockets zones"},
		{`\d z|`, "zones"},
		// Columns, alone.
		{"SELECT | FROM sockets", columns},
		{"SELECT name, | FROM sockets", columns},
		{"SELECT n| FROM zones", "name"},
		{"SELECT * FROM sockets WHERE |", columns},
		{"SELECT * FROM sockets WHERE s|", "state"},
		{"SELECT * FROM sockets WHERE port = 1 AND |", columns},
		{"SELECT * FROM sockets WHERE (|", columns},
		{"SELECT * FROM sockets WHERE NOT |", columns},
		{"SELECT * FROM sockets WHERE port BETWEEN |", columns},
		{"SELECT * FROM sockets ORDER BY |", columns},
		{"SELECT * FROM sockets ORDER BY port, |", columns},
		{"SELECT port AS where_to FROM sockets ORDER BY w|", "where_to"},
		{"SELECT state FROM sockets GROUP BY |", columns},
		{"SELECT state FROM sockets GROUP BY state HAVING max(|", columns},
		{"SELECT count(| FROM sockets", columns},
		{"SELECT upper(n|) FROM sockets", "name"},
		{"SELECT port + | FROM sockets", columns},
		{"SELECT CASE WHEN | FROM sockets", columns},
		{"SELECT sum(port) OVER (PARTITION BY | FROM sockets", columns},
		{"SELECT (SELECT max(|) FROM zones) FROM sockets", "name"},
		{"SELECT 1 FROM zones z WHERE EXISTS (SELECT 1 FROM sockets WHERE z.|)", "name"},
		{"SELECT 1 FROM zones UNION SELECT | FROM sockets", columns},
		{"SELECT | FROM zones UNION SELECT port FROM sockets", "name"},
		{"SELECT n.| FROM (SELECT name AS who FROM zones) n", "who"},
		{"SELECT \"na| FROM zones", "name"},
		{"SELECT 1 -- not this: FROM zones\n, | FROM sockets", columns},
		// Of several sources.
		{"SELECT s.| FROM sockets s", columns},
		{"SELECT sockets.st|", "state"},
		{"SELECT z.| FROM sockets AS s JOIN zones AS z", "name"},
		{"SELECT | FROM sockets s JOIN zones z", "s.name port state z.name"},
		{"SELECT na| FROM sockets s JOIN zones z", "s.name z.name"},
		{"SELECT * FROM sockets s JOIN zones z ON s.name = z.|", "name"},
		{"SELECT * FROM sockets JOIN zones USING (|", "name"},
		{"SELECT zon| FROM zones JOIN sockets ON 1", "zones.name"},
		{"SELECT soc| FROM zones z JOIN sockets ON 1 WHERE 1", "sockets.name"},
		// Values.
		{"SELECT * FROM sockets WHERE state = '|", "'LISTEN' 'ESTABLISHED' 'TIME_WAIT'"},
		{"SELECT * FROM sockets WHERE state = '|'", "'LISTEN' 'ESTABLISHED' 'TIME_WAIT'"},
		{"SELECT * FROM sockets WHERE state = 'lis|", "'LISTEN'"},
		{"SELECT * FROM sockets WHERE state = L|", "'LISTEN'"},
		{"SELECT * FROM sockets WHERE state != '|", "'LISTEN' 'ESTABLISHED' 'TIME_WAIT'"},
		{"SELECT * FROM sockets s WHERE s.state IS NOT '|", "'LISTEN' 'ESTABLISHED' 'TIME_WAIT'"},
		{"SELECT * FROM sockets WHERE state IN ('LISTEN', '|", "'ESTABLISHED' 'TIME_WAIT'"},
		{"SELECT * FROM sockets WHERE state NOT IN (|", "'LISTEN' 'ESTABLISHED' 'TIME_WAIT' name port state"},
		{"SELECT CASE state WHEN '| FROM sockets", "'LISTEN' 'ESTABLISHED' 'TIME_WAIT'"},
		{"SELECT CASE state WHEN 'LISTEN' THEN 1 WHEN 'E| FROM sockets", "'ESTABLISHED'"},
		{"SELECT * FROM zones WHERE name = '|", "'curl' 'nginx' 'sshd'"},
		{"SELECT * FROM sockets WHERE name = '|", ""},
		{"SELECT 'sel|", ""},
		{"SELECT 1 FROM sockets WHERE port = :p|", "path port"},
		{"SELECT $|", "path port"},
		// Functions and keywords.
		{"SELECT coun|", "count("},
		{"SELECT coun| FROM sockets", "count("},
		{"|", "SELECT WITH EXPLAIN VALUES BEGIN COMMIT ROLLBACK PRAGMA CREATE TEMP DROP"},
		{"sel|", "select"},
		{"SEL|", "SELECT"},
		{"SELECT 1; sel|", "select"},
		{"SELECT * FROM sockets w|", "where window"},
		{"SELECT * FROM sockets GROUP |", "BY"},
		{"select * from sockets order |", "by"},
		{"SELECT * FROM sockets LEFT |", "JOIN OUTER JOIN"},
		{"SELECT * FROM sockets JOIN zones O|", "ON ORDER BY"},
		{"SELECT * FROM sockets ORDER BY port D|", "DESC"},
		{"SELECT * FROM sockets WHERE port A|", "AND"},
		{"SELECT * FROM sockets LIMIT 1 O|", "OFFSET"},
		{"SELECT CAST(port AS I|", "INTEGER"},
		{"SELECT port AS |", ""},
		{"SELECT 1 -- sel|", ""},
		{"EXPLAIN |", "QUERY PLAN SELECT"},
		{"PRAGMA table_i|", "table_info"},
		{"SELECT 'ü', nam| FROM sockets", "name"},
		// Dot commands.
		{".mod|", ".mode"},
		{".mode m|", "markdown mermaid"},
		{".run |", "port"},
		{".run port s|", "state="},
		{".run port port=1 |", "state="},
		{".timer o|", "on off"},
		{".schema z|", "zones"},
		{".help sho|", "show"},
		{".param set |", "path port"},
		{".edit SELECT | FROM zones", "name"},
		{".nope |", ""},
		{`\ti|`, `\timing`},
	} {
		line, after, _ := strings.Cut(test.line, "|")
		head, words, tail := c.completions(line+after, len([]rune(line)))
		if got := strings.Join(words, " "); got != test.want {
			t.Errorf("%q completes to %q, want %q", test.line, got, test.want)
		}
		if !strings.HasPrefix(line, head) || !strings.HasSuffix(after, tail) {
			t.Errorf("%q: head is %q, tail %q", test.line, head, tail)
		}
	}
}

// A statement may have begun on lines before.
func TestCompleteBelow(t *testing.T) {
	s := &Shell{DB: openTest(t), Queries: savedQueries}
	c := newCompleter(s)
	for _, test := range []struct{ unfinished, line, want string }{
		{"SELECT name FROM sockets\n", "WHERE por", "port"},
		{"SELECT '\n", ".mo", ""},
		{"SELECT *\nFROM sockets s\n", "WHERE s.n", "name"},
	} {
		s.unfinished = test.unfinished
		if _, words, _ := c.completions(test.line, len(test.line)); strings.Join(words, " ") != test.want {
			t.Errorf("%q completes to %q, want %q", test.line, words, test.want)
		}
	}
}

// Tables and views of the session are completed like others.
func TestCompleteTemporary(t *testing.T) {
	s := &Shell{DB: openTest(t), In: strings.NewReader(""), Params: map[string]table.Value{}}
	for _, sql := range []string{"CREATE TEMP TABLE seen(who, since)", "CREATE TEMP VIEW few AS SELECT name AS n FROM zones"} {
		st, _, err := s.DB.Prepare(sql)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := st.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
		st.Close()
	}
	c := newCompleter(s)
	for line, want := range map[string]string{"SELECT * FROM |": "sockets zones few seen", "SELECT | FROM seen": "who since", "SELECT f.| FROM few f": "n"} {
		before, after, _ := strings.Cut(line, "|")
		if _, words, _ := c.completions(before+after, len(before)); strings.Join(words, " ") != want {
			t.Errorf("%q completes to %q, want %q", line, words, want)
		}
	}
}

// Names of files are completed one directory at a time, quoted where they have to be.
func TestCompleteFiles(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"plain.sql", "with blank", "it's", ".hidden", "sub/inner", "e\x1bvil"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	c := newCompleter(&Shell{DB: openTest(t)})
	for line, want := range map[string]string{
		".read |":               "'it''s' plain.sql sub/ 'with blank'",
		".read p|":              "plain.sql",
		".output with|":         "'with blank'",
		".once 'with b|":        "'with blank'",
		".read .h|":             ".hidden",
		".read sub/|":           "sub/inner",
		".cd |":                 "sub/",
		".read plain.sql p|":    "",
		".read " + dir + "/pl|": dir + "/plain.sql",
	} {
		before, after, _ := strings.Cut(line, "|")
		if _, words, _ := c.completions(before+after, len(before)); strings.Join(words, " ") != want {
			t.Errorf("%q completes to %q, want %q", line, words, want)
		}
	}
}
