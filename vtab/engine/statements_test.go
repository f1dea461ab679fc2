package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"sockstat/vtab/table"
)

func TestErrors(t *testing.T) {
	broken := itemSpec("broken", 0, nil)
	cause := errors.New("no such device")
	broken.Open = func(context.Context, *table.Query) (table.Reader[item], error) { return nil, cause }
	db := open(t, itemSpec("item", 5, nil), broken)
	for sql, want := range map[string]string{
		"SELECT nope FROM item":            `no such column: nope (line 1, column 8)`,
		"SELECT\n  é, nope FROM item":      `no such column: é (line 2, column 3)`,
		`SELECT 1 FROM item, "x`:           `unrecognized token: ""x" (line 1, column 21)`,
		"SELECT * FROM broken":             `no such device`,
		"SELECT abs(-9223372036854775808)": `integer overflow`,
	} {
		_, err := run(db, sql)
		if err == nil || err.Error() != want {
			t.Errorf("%s: error %q, want %q", sql, err, want)
		}
	}
	if _, err := run(db, "SELECT * FROM broken"); !errors.Is(err, cause) {
		t.Errorf("the error of a table is lost: %v", err)
	}
}

// Nothing that a statement can say creates, changes or opens anything but what is temporary.
func TestReadOnly(t *testing.T) {
	db := open(t, itemSpec("item", 5, nil))
	for _, sql := range []string{
		"CREATE TABLE x(a)", "CREATE TABLE x AS SELECT * FROM item", "CREATE VIEW v AS SELECT 1",
		"CREATE VIRTUAL TABLE f USING fts5(a)", "CREATE INDEX i ON item(id)", "CREATE TRIGGER t AFTER INSERT ON item BEGIN SELECT 1; END",
		"ATTACH '/tmp/x' AS y", "DETACH main", "VACUUM INTO '/tmp/x'", "VACUUM", "ANALYZE",
		"SELECT load_extension('x')", "PRAGMA temp_store_directory = '/tmp'", "PRAGMA journal_mode = WAL",
		"PRAGMA writable_schema = 1", "PRAGMA hard_heap_limit = 1", "PRAGMA temp_store = FILE",
		"INSERT INTO item VALUES (1, 'a', 2)", "UPDATE item SET id = 2", "DELETE FROM item", "DROP TABLE item",
		"ALTER TABLE item RENAME TO b", "INSERT INTO sqlite_schema VALUES (1,2,3,4,5)", "SELECT fts3_tokenizer('a')",
	} {
		if _, err := run(db, sql); err == nil {
			t.Errorf("%s: was allowed", sql)
		}
	}
	for _, sql := range []string{"PRAGMA table_info(item)", "SELECT name FROM pragma_table_info('item')", "SELECT * FROM sqlite_schema"} {
		if _, err := run(db, sql); err != nil {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

func TestSeveralStatements(t *testing.T) {
	db := open(t, itemSpec("item", 5, nil))
	sql, n := ";; SELECT ';'; -- one;\n ; SELECT 2 /* ; */ ;; \n-- end", 0
	for sql != "" {
		st, tail, err := db.Prepare(sql)
		if err != nil {
			t.Fatal(err)
		}
		if sql = tail; st == nil {
			break
		}
		n++
		if ok, err := st.Step(context.Background()); !ok || err != nil {
			t.Error(ok, err)
		}
		st.Close()
	}
	if n != 2 {
		t.Errorf("%d statements", n)
	}
}

func TestValues(t *testing.T) {
	db := open(t)
	for sql, want := range map[string]string{
		"SELECT 1, -2, 1.5, 'a', NULL, x'41', 1e20, 1.0, 1e-7, 9007199254740993, 1e999, -1e999, 0.1+0.2": "1|-2|1.5|a|NULL|A|1.0e+20|1.0|1.0e-07|9007199254740993|Inf|-Inf|0.30000000000000004",
	} {
		if got := mustRun(t, db, sql); got != want {
			t.Errorf("%s\n got %s\nwant %s", sql, got, want)
		}
	}
}

// Texts of any length and origin reach SQLite and come back whole, also those that only
// live while they are handed over.
func TestTexts(t *testing.T) {
	spec := itemSpec("item", 3, nil)
	spec.Columns[1].Get = func(i *item) table.Value { return table.String(strings.Repeat(fmt.Sprint(i.id), 1000*int(i.id))) }
	db := open(t, spec)
	long := strings.Repeat("x", 1<<21)
	got := mustRun(t, db, "SELECT length(state), length(:long), :empty || 'y', length('"+long[:1<<19]+"') FROM item ORDER BY state",
		"long", table.String(long), "empty", table.String(""))
	if want := "0|2097152|y|524288 1000|2097152|y|524288 2000|2097152|y|524288"; got != want {
		t.Errorf("got %.200s", got)
	}
}

// Values of every class get from a table into SQLite, whatever the column's type.
func TestValuesOfTables(t *testing.T) {
	values := []table.Value{
		table.Null(), table.Int(-3), table.Float(0.5), table.Static("s"), table.String("é\x00"), table.String(""), table.Blob("\x00\xff"), table.Blob(""),
	}
	const want = "null|NULL| integer|-3|2D33 real|0.5|302E35 text|s|73 text|é\x00|C3A900 text|| blob|\x00\xff|00FF blob||"
	for _, typ := range []table.Type{table.Integer, table.Real, table.Text} {
		spec := itemSpec("item", len(values), nil)
		spec.Columns[2].Type = typ
		spec.Columns[2].Get = func(i *item) table.Value { return values[i.id] }
		if got := mustRun(t, open(t, spec), "SELECT typeof(size), size, hex(size) FROM item"); got != want {
			t.Errorf("%s: %q", typ, got)
		}
	}
}
