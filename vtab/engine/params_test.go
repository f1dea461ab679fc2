package engine

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"sockstat/vtab/table"
)

// Parameters are values, whatever stands around them, with a table as without one.
func TestParameterValues(t *testing.T) {
	db := open(t, itemSpec("item", 12, nil))
	values := map[string]table.Value{
		"negative": table.Int(-5), "least": table.Int(int64(math.MinInt64)), "number": table.Int(7), "real": table.Float(-0.5), "third": table.Float(0.30000000000000004),
		"whole": table.Float(5), "huge": table.Float(math.Inf(1)), "tiny": table.Float(math.Inf(-1)), "null": table.Null(), "quote": table.String("it's -- /* 'parameter0' ?1 :number"),
		"nul": table.String("a\x00b"), "blob": table.Blob("'\x00"), "empty": table.String(""),
	}
	for name, v := range values {
		for _, sql := range []string{
			"SELECT typeof(:x), :x, hex(:x)", "SELECT 10-:x", "SELECT 10-$x > 4 AND 0", "SELECT 1 IS NOT:x", "SELECT 'parameter0', @x, ':x'",
			"SELECT count(*) WHERE 1 AND 5+:x>0 AND 3 > 2", "SELECT CASE WHEN 1 THEN:x END, :x IS :x, ?1 || ''",
		} {
			want := "12|" + mustRun(t, db, sql, "x", v)
			if got := mustRun(t, db, "SELECT (SELECT count(*) FROM item), * FROM ("+sql+")", "x", v); got != want {
				t.Errorf("%s with %s: %q, want %q", sql, name, got, want)
			}
		}
	}
	if got := mustRun(t, db, "SELECT count(*) FROM item GROUP BY :x", "x", table.Int(99)); got != "12" {
		t.Errorf("GROUP BY a parameter: %s", got)
	}
	st, _, err := db.Prepare("SELECT id+:x FROM item WHERE id > :x")
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	st.Bind("x", table.Int(5))
	if more, err := st.Step(context.Background()); err != nil || !more || fmt.Sprint(st.Columns()) != "[id+:x]" {
		t.Errorf("columns are %s: %v", st.Columns(), err)
	}
}

func TestLiterals(t *testing.T) {
	for _, c := range []struct {
		v    table.Value
		want string
	}{
		{table.Null(), "NULL"}, {table.Int(-5), "+CAST(-5 AS INTEGER)"}, {table.Float(0.1), "1e-01"}, {table.Float(math.Inf(1)), "+9e999"},
		{table.Float(math.Inf(-1)), "-9e999"}, {table.Float(5), "5e+00"}, {table.String("it's"), "'it''s'"}, {table.String(""), "''"},
		{table.String("a\x00"), "?3"}, {table.Blob("'\x00"), "x'2700'"},
	} {
		if got := literal(c.v, 2); got != c.want {
			t.Errorf("%q (kind %d): %s, want %s", c.v, c.v.Kind(), got, c.want)
		}
	}
}

func TestParameterNames(t *testing.T) {
	db := open(t, itemSpec("item", 3, nil))
	st, tail, err := db.Prepare("SELECT :a, ?, $b, @c, :a FROM item WHERE id < ?7; SELECT 2")
	if err != nil || tail != " SELECT 2" {
		t.Fatalf("%v, %q", err, tail)
	}
	defer st.Close()
	if got := fmt.Sprintf("%q", st.Params()); got != `[":a" "" "$b" "@c" "" "" "?7"]` {
		t.Error(got)
	}
	for _, c := range []struct {
		name  string
		found bool
		left  string
	}{
		{"a", true, `["" "$b" "@c" "" "" "?7"]`}, {"nope", false, `["" "$b" "@c" "" "" "?7"]`}, {"b", true, `["" "@c" "" "" "?7"]`},
		{"@b", false, `["" "@c" "" "" "?7"]`}, {"@c", true, `["" "" "" "?7"]`}, {"", false, `["" "" "" "?7"]`}, {"7", true, `["" "" ""]`},
	} {
		found, err := st.Bind(c.name, table.Int(2))
		if left := fmt.Sprintf("%q", st.Unbound()); found != c.found || err != nil || left != c.left {
			t.Errorf("%q: %t, %v, unbound %s", c.name, found, err, left)
		}
	}
	if got := fmt.Sprint(st.Columns()) + " " + st.SQL(); !strings.HasPrefix(got, "[:a ? $b @c :a] SELECT :a, ?") || !strings.HasSuffix(got, "?7;") {
		t.Error(got)
	}
	for n := 0; ; n++ {
		more, err := st.Step(t.Context())
		if err != nil || !more {
			if n != 2 || err != nil {
				t.Errorf("%d rows, %v", n, err)
			}
			break
		}
		if st.Value(0) != table.Int(2) || !st.Value(1).IsNull() || st.Value(4) != table.Int(2) {
			t.Errorf("row %d: %s %s %s", n, st.Value(0), st.Value(1), st.Value(4))
		}
	}
}

func TestBindTooLate(t *testing.T) {
	st, _, err := open(t).Prepare("SELECT :x UNION SELECT 2")
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if more, err := st.Step(t.Context()); !more || err != nil {
		t.Fatal(err)
	}
	if found, err := st.Bind("x", table.Int(1)); !found || err == nil || !strings.HasPrefix(err.Error(), "bind :x: ") {
		t.Errorf("%t, %v", found, err)
	}
}

// A parameter is a constant wherever it stands, never the number of a column, and has no
// affinity. A subquery is that too, but nothing that can be known while planning.
func TestIntegerParametersAreConstants(t *testing.T) {
	db := open(t, itemSpec("item", 12, nil))
	for _, sql := range []string{
		"SELECT state, count(*) FROM item GROUP BY :x",
		"SELECT state, count(*) FROM item GROUP BY (:x)",
		"SELECT state, count(*) FROM item GROUP BY +:x",
		"SELECT state, count(*) FROM item GROUP BY -:x",
		"SELECT state, count(*) FROM item GROUP BY :x COLLATE NOCASE",
		"SELECT state, count(*) FROM item GROUP BY likely(:x)",
		"SELECT state, count(*) FROM item GROUP BY :x, state HAVING count(*) > :x",
		"SELECT id, state FROM item ORDER BY :x DESC",
		"SELECT state, id FROM item ORDER BY :x DESC, id",
		"SELECT state, id FROM item ORDER BY :x COLLATE NOCASE DESC, id",
		"SELECT * FROM (SELECT state, id FROM item ORDER BY :x DESC LIMIT 3)",
		"SELECT id, (SELECT count(*) FROM (SELECT 1 FROM item b WHERE b.id <= item.id GROUP BY :x)) FROM item",
		"SELECT id FROM item WHERE id IN (SELECT max(id) FROM item GROUP BY :x)",
		"WITH w AS (SELECT state, max(id) AS m FROM item GROUP BY :x) SELECT * FROM w, item WHERE id = m",
		"SELECT state, count(*) FROM item GROUP BY :x UNION ALL SELECT state, id FROM (SELECT state, id FROM item ORDER BY :x DESC LIMIT 2)",
		"SELECT id, row_number() OVER (PARTITION BY :x ORDER BY id DESC) FROM item",
		"SELECT id, row_number() OVER (PARTITION BY state ORDER BY :x, id DESC) FROM item",
		"SELECT id, sum(id) OVER w FROM item WINDOW w AS (PARTITION BY :x ORDER BY id)",
		"SELECT group_concat(id ORDER BY :x, id DESC) FROM item",
		"SELECT DISTINCT state FROM item ORDER BY :x, state DESC",
		"SELECT state, id FROM item WHERE id > :x ORDER BY :x DESC, id DESC LIMIT :x",
		"SELECT id FROM item WHERE :x = '1' OR :x = '99'", "SELECT id FROM item WHERE state = :x OR id = :x",
		"SELECT id FROM item WHERE state || '1' > :x AND id IN (:x, 3)", "SELECT typeof(:x || ''), typeof(:x), :x ->> '$' FROM item LIMIT 1",
	} {
		for _, n := range []int64{1, 2, 99, 0, -1} {
			want, wantErr := run(db, strings.ReplaceAll(sql, ":x", fmt.Sprintf("(SELECT %d)", n)))
			got, gotErr := run(db, sql, "x", table.Int(n))
			if fmt.Sprint(got) != fmt.Sprint(want) || (gotErr == nil) != (wantErr == nil) {
				t.Errorf("%s with %d\n got %v %v\nwant %v %v", sql, n, got, gotErr, want, wantErr)
			}
		}
	}
}

// A statement that groups and sorts by a parameter still narrows a table by it.
func TestSortingByAParameterNarrows(t *testing.T) {
	var log []opened
	db := open(t, itemSpec("item", 12, &log))
	const sql = "SELECT state, id FROM item WHERE id = :x GROUP BY :x, id ORDER BY :x, id"
	if got := mustRun(t, db, sql, "x", table.Int(5)); got != "TIME_WAIT|5" {
		t.Errorf("got %s", got)
	}
	if got := fmt.Sprint(log); got != "[{[]  [{5 5}] id state }]" {
		t.Errorf("opened with %s", got)
	}
}
