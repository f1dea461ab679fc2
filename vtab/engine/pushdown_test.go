package engine

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"sockstat/vtab/table"
)

// Each condition must give the same rows on the table, which narrows what it reads and
// answers equalities by an index, as on a copy of it that does neither.
func TestPushDownChangesNothing(t *testing.T) {
	plain := itemSpec("plain", 40, nil)
	for i := range plain.Columns {
		plain.Columns[i].Pushed = false
	}
	full := plain.Open
	plain.Open = func(ctx context.Context, q *table.Query) (table.Reader[item], error) {
		return full(ctx, table.NewQuery(plain.Info(), nil))
	}
	db := open(t, itemSpec("item", 40, nil), plain)

	conditions := []string{
		"id = 7", "id = '7'", "id = 7.0", "id = 7.5", "id = ' 7 '", "id = '7x'", "id = NULL", "id = x'37'", "id IS 7",
		"id > 7", "id >= '7'", "id < 7.5", "id BETWEEN 3 AND 6", "id BETWEEN '3' AND 6.0", "id > 36 AND id < 39",
		"id = 3 AND id = 4", "id IN (3, 5)", "id IN ('3', 5.0, NULL)", "id IN (SELECT 3 UNION SELECT 9)", "id IN ()",
		"id NOT IN (3, 5)", "id <> 7", "id > 9223372036854775807", "id >= -9223372036854775808", "id = -1", "-id = -7",
		"+id = 7", "id = 3 + 4", "id = (SELECT 7)", "id = 1e300", "id < 1e300", "id > '5' AND state = 'LISTEN'",
		"state = 'LISTEN'", "state = 'listen'", "state = 'listen' COLLATE NOCASE", "state = 'LISTEN  ' COLLATE RTRIM",
		"state = 'LISTEN  '", "state IN ('LISTEN', 'TIME_WAIT')", "state IN ('listen')", "state IN (NULL)", "state = 5",
		"state = NULL", "state IS NULL", "state > 'F'", "state LIKE 'l%'", "state IN ('LISTEN') AND id IN (0, 1, 3)",
		"id = 3 OR state = 'TIME_WAIT'", "(id IN (1,2) AND state = 'ESTABLISHED') OR (id IN (4,5) AND state = 'ESTABLISHED')",
		"size IS NULL", "size IS NOT NULL", "size IS NULL OR id = 3", "size IS NULL AND size > 1", "id IS NULL", "size = 2", "size IS NOT 2", "size IN (1, NULL)", "id = size", "state = id", "id IN (size, 3)",
		"id = (SELECT max(b.id) FROM %[1]s b WHERE b.state = %[1]s.state)", "rowid < 3 AND id < 30", "id = 7 LIMIT 1",
		"id IN (SELECT b.id FROM %[1]s b WHERE b.state = 'LISTEN')", "EXISTS (SELECT 1 FROM %[1]s b WHERE b.id = %[1]s.id + 1 AND b.state IN ('LISTEN'))",
		"(SELECT count(*) FROM %[1]s b WHERE b.id IN (%[1]s.id, 2)) = 2",
	}
	for _, c := range conditions {
		for _, form := range []string{
			"SELECT id, state, size FROM %[1]s WHERE " + c,
			"SELECT count(*) FROM %[1]s WHERE " + c,
			"WITH w AS (SELECT * FROM %[1]s WHERE " + c + ") SELECT a.id, b.id FROM w a JOIN w b ON a.id = b.id",
			"SELECT j.value, id FROM json_each('[1, \"LISTEN\", 7]') j LEFT JOIN %[1]s ON (id = j.value OR state = j.value) AND (" + c + ")",
			"SELECT id FROM %[1]s WHERE " + c + " ORDER BY size DESC, id",
			"SELECT id, one FROM %[1]s LEFT JOIN (SELECT 1 AS one UNION SELECT 2) ON one = 1 AND (" + c + ")",
			"SELECT id, one FROM (SELECT 1 AS one UNION SELECT 2) RIGHT JOIN %[1]s ON one = 1 AND (" + c + ")",
			"SELECT id, one FROM (SELECT 1 AS one UNION SELECT 2) FULL JOIN %[1]s ON one = 1 AND (" + c + ") WHERE one IS NULL",
			"SELECT state, count(*), count(one) FROM %[1]s LEFT JOIN (SELECT 1 AS one UNION SELECT 2) ON one = 1 AND (" + c + ") GROUP BY state",
		} {
			if strings.Contains(c, "LIMIT") && (strings.Contains(form, "(%[1]s WHERE") || strings.Contains(form, "JOIN")) {
				continue
			}
			got, gotErr := run(db, fmt.Sprintf(form, "item"))
			want, wantErr := run(db, fmt.Sprintf(form, "plain"))
			if (gotErr != nil) != (wantErr != nil) || strings.Join(got, " ") != strings.Join(want, " ") {
				t.Errorf(form+"\n got %v %v\nwant %v %v", "item", got, gotErr, want, wantErr)
			}
		}
	}
}

// What a statement needs must reach the table: the conditions, the columns, one snapshot.
func TestQueryReachesTheTable(t *testing.T) {
	for _, c := range []struct{ sql, want string }{
		{"SELECT id FROM item WHERE state = 'LISTEN'", "[{[LISTEN]  [] id state }]"},
		{"SELECT 1 FROM item WHERE size IS NULL", "[{[] null:true other:false [] size }]"},
		{"SELECT 1 FROM item WHERE size IS NOT NULL AND id = 3", "[{[] null:false other:true [{3 3}] id size }]"},
		{"SELECT 1 FROM item WHERE size > 1", "[{[] null:false other:true [] size }]"},
		{"SELECT 1 FROM item WHERE size IS NULL UNION ALL SELECT 1 FROM item WHERE size > 1", "[{[]  [] size }]"},
		{"SELECT count(*) FROM item", "[{[]  [] }]"},
		{"SELECT size FROM item WHERE id BETWEEN 3 AND 6", "[{[]  [{3 6}] id size }]"},
		{"SELECT size FROM item WHERE id IN (3, 6)", "[{[]  [{3 3} {6 6}] id size }]"},
		{"SELECT 1 FROM item WHERE state IN ('a', 'b') AND id >= 3 AND id < 9", "[{[a b]  [{3 9}] id state }]"},
		{"SELECT 1 FROM item a JOIN item b USING (id)", "[{[]  [] id }]"},
		{"SELECT 1 FROM item a JOIN item b USING (id) WHERE a.state = 'x' AND b.state = 'y'", "[{[x y]  [] id state }]"},
		{"SELECT (SELECT count(*) FROM item WHERE id IN (j.value, 1)) FROM json_each('[1,2]') j", "[{[]  [] id }]"},
		{"SELECT 1 FROM item WHERE id = 3 UNION ALL SELECT 1 FROM item WHERE id = 5", "[{[]  [{3 3} {5 5}] id }]"},
		{"SELECT 1 FROM item WHERE id = 3 OR state = 'x'", "[{[]  [] id state }]"},
		{"SELECT 1 FROM item WHERE id IN (SELECT 3)", "[{[]  [{3 3}] id }]"},
		{"EXPLAIN SELECT 1 FROM item WHERE id IN (4, 5)", "[]"},
	} {
		var log []opened
		db := open(t, itemSpec("item", 12, &log))
		mustRun(t, db, c.sql)
		if got := fmt.Sprint(log); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.sql, got, c.want)
		}
	}
}

func TestParametersNarrow(t *testing.T) {
	var log []opened
	db := open(t, itemSpec("item", 12, &log))
	if got := mustRun(t, db, "SELECT id FROM item WHERE state = :s AND id >= $lo", "s", table.String("LISTEN"), "$lo", table.Int(5)); got != "6 9" {
		t.Errorf("got %s", got)
	}
	if got := fmt.Sprint(log); got != "[{[LISTEN]  [{5 9223372036854775807}] id state }]" {
		t.Errorf("opened with %s", got)
	}
}
