package engine

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"sockstat/vtab/function"
)

var update = flag.Bool("update", false, "write testdata/functions.txt")

// functionsFile has a line for each function that statements may call: its name, calls of it,
// and what they return. It is the same for both engines.
const functionsFile = "testdata/functions.txt"

func TestFunctions(t *testing.T) {
	file, err := os.ReadFile(functionsFile)
	if err != nil {
		t.Fatal(err)
	}
	db := open(t)
	var described []string
	var lines strings.Builder
	for line := range strings.Lines(string(file)) {
		name, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " | ")
		calls, want, _ := strings.Cut(rest, " => ")
		described = append(described, name)
		got := mustRun(t, db, "SELECT "+calls)
		fmt.Fprintf(&lines, "%s | %s => %q\n", name, calls, got)
		if !*update && fmt.Sprintf("%q", got) != want {
			t.Errorf("%s: %q, want %s", calls, got, want)
		}
	}
	if *update {
		if err := os.WriteFile(functionsFile, []byte(lines.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	listed, err := run(db, "SELECT DISTINCT name FROM pragma_function_list ORDER BY name")
	if err != nil {
		t.Fatal(err)
	}
	listed = slices.DeleteFunc(listed, func(name string) bool { return forbiddenFunctions[name] })
	if !slices.Equal(described, listed) {
		t.Errorf("described are\n%s\nSQLite lists\n%s", described, listed)
	}
}

// Nothing is left of what one engine alone has.
func TestOnlyTheCore(t *testing.T) {
	db := open(t, itemSpec("item", 1, nil))
	for sql, want := range map[string]string{
		"SELECT 1 WHERE 'a' = 'A' COLLATE uint": "no such collation sequence: uint",
		"SELECT decimal('1')":                   "no such function: decimal (line 1, column 8)",
		"SELECT fts5(1)":                        "no such function: fts5 (line 1, column 8)",
		"SELECT * FROM dbstat":                  "no such table: dbstat",
		"SELECT * FROM item JOIN item b ON item.state = b.state COLLATE decimal": "no such collation sequence: decimal",
		"SELECT regexp('(', 'a')":            "regexp: error parsing regexp: missing closing ): `(`",
		"SELECT median('x')":                 "median: the first argument is not a number",
		"SELECT * FROM generate_series":      "generate_series: the first argument is missing",
		"SELECT * FROM generate_series('x')": `generate_series: "x" is not an integer`,
	} {
		if _, err := run(db, sql); err == nil || err.Error() != want {
			t.Errorf("%s: %v", sql, err)
		}
	}
	for name := range forbiddenFunctions {
		if _, err := run(db, "SELECT "+name+"(id) FROM item"); err == nil {
			t.Errorf("%s may be called", name)
		}
	}
	modules := mustRun(t, db, "SELECT name FROM pragma_module_list WHERE name NOT GLOB 'pragma_*' AND name NOT GLOB 'json*' ORDER BY name")
	if modules != "generate_series item" {
		t.Errorf("virtual tables: %s", modules)
	}
}

func TestFunctionsOfEveryEngine(t *testing.T) {
	db := open(t)
	for _, f := range function.All() {
		if got := mustRun(t, db, "SELECT count(*) FROM pragma_function_list WHERE name = '"+f.Name+"' AND narg = "+fmt.Sprint(f.Args)); got != "1" {
			t.Errorf("%s is listed %s times", f.Name, got)
		}
	}
}

func TestGenerateSeries(t *testing.T) {
	db := open(t, itemSpec("item", 5, nil))
	for call, want := range map[string]string{
		"1, 3": "1 2 3", "3, 1": "", "3, 1, -1": "3 2 1", "1, 10, 4": "1 5 9", "10, 1, -4": "10 6 2", "2, 2": "2", "1, 3, 0": "1 2 3", "1, NULL": "", "NULL": "",
		"9223372036854775806, 9223372036854775807":                        "9223372036854775806 9223372036854775807",
		"-9223372036854775808, 9223372036854775807, 9223372036854775807":  "-9223372036854775808 -1 9223372036854775806",
		"9223372036854775807, -9223372036854775808, -9223372036854775808": "9223372036854775807 -1",
		"'2', 3": "2 3",
	} {
		if got := mustRun(t, db, "SELECT value FROM generate_series("+call+")"); got != want {
			t.Errorf("generate_series(%s): %s", call, got)
		}
	}
	for sql, want := range map[string]string{
		"SELECT value FROM generate_series(5) LIMIT 2":                                             "5 6",
		"SELECT id, value FROM item, generate_series(id, 2) ORDER BY 1, 2":                         "0|0 0|1 0|2 1|1 1|2 2|2",
		"SELECT id FROM item LEFT JOIN generate_series(1, 9, 2) ON id = value WHERE value IS NULL": "0 2 4",
		"SELECT (SELECT sum(value) FROM generate_series(1, id)) FROM item":                         "NULL 1 3 6 10",
		"SELECT a.value, b.value FROM generate_series(1, 2) a JOIN generate_series(a.value, 2) b":  "1|1 1|2 2|2",
		"SELECT value, start, stop, step FROM generate_series(1, 2)":                               "1|1|2|1 2|1|2|1",
		"SELECT value FROM generate_series WHERE start = 1 AND stop = 2":                           "1 2",
		"SELECT value FROM generate_series(4294967295)":                                            "4294967295",
		"SELECT value FROM generate_series(1, 2) WHERE start IN (1, 5)":                            "1 2",
		"SELECT count(*), max(rowid) FROM generate_series(1, 100000)":                              "100000|100000",
	} {
		if got := mustRun(t, db, sql); got != want {
			t.Errorf("%s: %s", sql, got)
		}
	}
}

// PRAGMA table_list and the schema show the tables, in a transaction and after one.
func TestTablesAreListed(t *testing.T) {
	db := open(t, itemSpec("item", 1, nil), itemSpec("other", 1, nil))
	const list = "SELECT name, type, ncol FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite%'"
	for _, c := range []struct{ sql, want string }{
		{"SELECT count(*) FROM item", "1"}, {"BEGIN", ""}, {list + " ORDER BY name", "item|virtual|3 other|virtual|3"}, {"ROLLBACK", ""},
		{list + " ORDER BY name", "item|virtual|3 other|virtual|3"}, {"SELECT count(*) FROM item", "1"}, {"SELECT count(*) FROM item JOIN other USING (id)", "1"},
		{"SELECT name FROM SQLite_Schema ORDER BY name", "item other"}, {"SELECT count(*) FROM pragma_table_info('item')", "3"}, {"SELECT count(*) FROM pragma_table_xinfo('other')", "3"},
	} {
		if got := mustRun(t, db, c.sql); got != c.want {
			t.Errorf("%s: %s", c.sql, got)
		}
	}
	if _, err := run(db, "CREATE VIRTUAL TABLE x USING item"); err == nil {
		t.Error("after that, statements do more than read")
	}
}

func TestExplainSaysWhatIsPushed(t *testing.T) {
	db := open(t, itemSpec("item", 12, nil), itemSpec("other", 12, nil))
	for sql, want := range map[string][]string{
		"SELECT * FROM item WHERE state = 'LISTEN' AND id > 3 AND size = 2":      {"kernel(state=LISTEN, id>3) filter(size=2)"},
		"SELECT * FROM item i JOIN other o USING (id) WHERE i.state = 'LISTEN'":  {"kernel(state=LISTEN)", "lookup(id)"},
		"SELECT * FROM item i LEFT JOIN other o ON o.id BETWEEN i.id AND i.size": {"range(id>=, id<=)"},
		"SELECT state, count(*) FROM item WHERE size IS NOT NULL GROUP BY state": {"filter(size IS NOT NULL) order(state)"},
		"SELECT * FROM item WHERE id IN (1, 2)":                                  {"lookup(id)"},
	} {
		plan := mustRun(t, db, "EXPLAIN QUERY PLAN "+sql)
		for _, part := range want {
			if !strings.Contains(plan, ":"+part) {
				t.Errorf("%s: %s", sql, plan)
			}
		}
	}
}
