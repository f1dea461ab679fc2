package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"sockstat/vtab/table"
)

const counting = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "

// doubling is a statement that is compiled to twice as much for each of its tables.
var doubling = func() string {
	sql := "WITH t0 AS (SELECT 1 AS x UNION SELECT 2)"
	for i := range 40 {
		sql += fmt.Sprintf(", t%d AS (SELECT * FROM t%d UNION SELECT * FROM t%d)", i+1, i, i)
	}
	return sql + " SELECT count(*) FROM t40"
}()

// What takes more than its limit ends with an error that names the limit, and the next
// statement finds everything as it was.
func TestLimits(t *testing.T) {
	db := open(t, itemSpec("item", 5, nil))
	mustRun(t, db, "CREATE TEMP TABLE kept AS SELECT id FROM item")
	const length, memory = "string or blob too big: the length limit is 8 MB", "out of memory: the memory limit is 256 MB"
	for sql, want := range map[string]string{
		"SELECT zeroblob(100000000)":                                                                       length,
		"SELECT hex(zeroblob(5000000))":                                                                    length,
		"SELECT printf('%.*c', 100000000, 'x')":                                                            length,
		"SELECT replace(hex(zeroblob(100000)), '0', hex(zeroblob(99)))":                                    length,
		"SELECT '" + strings.Repeat("x", MaxSQL) + "'":                                                     "SQL too long: the statement limit is 1 MB",
		"SELECT 'x' LIKE '" + strings.Repeat("%a", 200) + "'":                                              "LIKE or GLOB pattern too complex: the pattern limit is 256 bytes",
		"SELECT 'x' GLOB '" + strings.Repeat("*a", 200) + "'":                                              "LIKE or GLOB pattern too complex: the pattern limit is 256 bytes",
		counting + "SELECT zeroblob(100000) FROM n ORDER BY i % 3":                                         memory,
		"SELECT hex(zeroblob(4000000))" + strings.Repeat(", hex(zeroblob(4000000))", 60):                   memory,
		counting + "SELECT count(*) FROM item WHERE id IN (SELECT 'x' || i || hex(zeroblob(9999)) FROM n)": memory,
		"CREATE TEMP TABLE big AS " + counting + "SELECT zeroblob(100000) FROM n":                          memory,
		"INSERT INTO kept " + counting + "SELECT zeroblob(100000) FROM n":                                  memory,
		doubling: memory,
	} {
		if underRace && want == memory {
			continue // to fill so much would take minutes
		}
		_, err := run(db, sql)
		var e *Error
		if err == nil || err.Error() != want || !errors.As(err, &e) {
			t.Errorf("%.90s: error %v, want %s", sql, err, want)
		}
		if got := mustRun(t, db, "SELECT count(*), (SELECT count(*) FROM kept) FROM item"); got != "5|5" {
			t.Errorf("%.90s: then %s", sql, got)
		}
	}
}

// A text that is longer than SQL may be, or a blob too long for anything, is no parameter
// that narrows a table.
func TestLongParameters(t *testing.T) {
	db := open(t, itemSpec("item", 5, nil))
	got, err := run(db, "SELECT count(*) FROM item WHERE state <> :x", "x", table.String(strings.Repeat("x", 2*MaxSQL)))
	if err != nil || got[0] != "5" {
		t.Errorf("%v, %v", got, err)
	}
	_, err = run(db, "SELECT count(*) FROM item WHERE state <> :x", "x", table.String(strings.Repeat("x", MaxLength+1)))
	if err == nil || err.Error() != "bind :x: string or blob too big: the length limit is 8 MB" {
		t.Error(err)
	}
}

// Temporary tables, views and indexes are memory, and anybody's to use.
func TestTemporary(t *testing.T) {
	db := open(t, itemSpec("item", 6, nil))
	for _, test := range []struct{ sql, want string }{
		{"CREATE TEMP TABLE old AS SELECT id, state FROM item WHERE id < 3", ""},
		{"SELECT count(*) FROM item JOIN old USING (id)", "3"},
		{"CREATE TEMP VIEW listening AS SELECT * FROM item WHERE state = 'LISTEN'", ""},
		{"SELECT group_concat(id) FROM listening", "0,3"},
		{"CREATE TABLE temp.other(a INTEGER PRIMARY KEY AUTOINCREMENT, b TEXT UNIQUE CHECK (b <> ''), c AS (a + 1))", ""},
		{"INSERT INTO other(b) SELECT 'x' || id FROM item", ""},
		{"INSERT INTO other(b) VALUES ('x1') ON CONFLICT (b) DO UPDATE SET b = 'y' RETURNING a", "2"},
		{"UPDATE other SET b = b || '!' WHERE a > 3", ""},
		{"DELETE FROM other WHERE a = 1", ""},
		{"CREATE INDEX temp.ib ON other(b)", ""},
		{"ALTER TABLE other ADD COLUMN d", ""},
		{"ALTER TABLE other RENAME TO another", ""},
		{"REINDEX ib", ""},
		{"SELECT count(*), min(b), max(b) FROM another", "5|x2|y"},
		{"BEGIN", ""}, {"DELETE FROM another", ""}, {"ROLLBACK", ""},
		{"SAVEPOINT s", ""}, {"INSERT INTO old VALUES (9, 'x')", ""}, {"RELEASE s", ""},
		{"SELECT (SELECT count(*) FROM another), (SELECT count(*) FROM old)", "5|4"},
		{"DROP INDEX ib", ""}, {"DROP TABLE another", ""}, {"DROP VIEW listening", ""},
		{"PRAGMA temp_store", "2"},
	} {
		if got := mustRun(t, db, test.sql); got != test.want {
			t.Errorf("%s: %s, want %s", test.sql, got, test.want)
		}
	}
	for _, sql := range []string{
		"CREATE TEMP TRIGGER tr AFTER INSERT ON old BEGIN SELECT 1; END", "CREATE VIRTUAL TABLE temp.f USING fts5(a)",
		"CREATE TABLE main.x(a)", "CREATE TABLE x(a)", "CREATE VIEW main.v AS SELECT 1", "INSERT INTO item SELECT * FROM old", "DROP TABLE item",
		"INSERT INTO temp.sqlite_schema VALUES ('table', 'x', 'x', 2, 'CREATE TABLE x(a)')", "DELETE FROM sqlite_temp_schema", "ALTER TABLE item ADD COLUMN x",
		"UPDATE sqlite_schema SET sql = ''", "ANALYZE old", "ATTACH ':memory:' AS y",
	} {
		if _, err := run(db, sql); err == nil {
			t.Errorf("%s: was allowed", sql)
		}
	}
}

// PRAGMAs tell, and set nothing.
func TestPragmas(t *testing.T) {
	db := open(t, itemSpec("item", 1, nil))
	for name := range readOnlyPragmas {
		mustRun(t, db, "PRAGMA "+name)
		mustRun(t, db, "PRAGMA "+name+"(item)")
	}
	for name := range settingPragmas {
		before := mustRun(t, db, "PRAGMA "+name)
		for _, change := range []string{" = 1", "(0)", " = ''", "('')", " = OFF", " = FILE", " = x''"} {
			if _, err := run(db, "PRAGMA "+name+change); err == nil {
				t.Errorf("PRAGMA %s%s: was allowed", name, change)
			}
		}
		if _, err := run(db, "SELECT * FROM pragma_"+name+"('')"); err == nil {
			t.Errorf("pragma_%s(''): was allowed", name)
		}
		if after := mustRun(t, db, "PRAGMA "+name); after != before {
			t.Errorf("PRAGMA %s was %q and is %q", name, before, after)
		}
	}
	for _, sql := range []string{"PRAGMA optimize", "PRAGMA incremental_vacuum", "PRAGMA wal_checkpoint", "PRAGMA shrink_memory", "PRAGMA case_sensitive_like", "PRAGMA mmap_size"} {
		if _, err := run(db, sql); err == nil {
			t.Errorf("%s: was allowed", sql)
		}
	}
}

// The end of a context interrupts the compiling of a statement as well.
func TestWatch(t *testing.T) {
	db := open(t, itemSpec("item", 1, nil))
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // before it starts: when a timer fires is not ours to say on a busy machine
	stop := db.Watch(ctx)
	one := "(SELECT count(*) FROM item a" + strings.Repeat(" NATURAL JOIN (SELECT * FROM item)", 10) + ")"
	if _, _, err := db.Prepare("SELECT " + strings.Repeat(one+", ", 1900) + "1"); err == nil {
		t.Error("the statement was compiled")
	}
	stop()
	mustRun(t, db, "SELECT 1")
}
