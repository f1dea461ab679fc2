package engine

import (
	"fmt"
	"strings"
	"testing"

	"sockstat/vtab/table"
)

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
