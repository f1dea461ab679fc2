package engine

import (
	"fmt"
	"strings"
	"testing"
)

// A table that brings the rows of a GROUP BY together must give what SQLite does where it
// has to sort them itself: by expressions that are no columns.
func TestGroupBy(t *testing.T) {
	db := open(t, itemSpec("item", 400, nil))
	sorts := func(sql string) bool { return strings.Contains(mustRun(t, db, "EXPLAIN "+sql), "SorterOpen") }
	for _, tail := range []string{
		"GROUP BY %s, %s", "GROUP BY %s, %s ORDER BY 2, 1", "GROUP BY %s, %s ORDER BY 1 DESC, 2 DESC",
		"GROUP BY %s, %s ORDER BY 1, 2 DESC", "GROUP BY %s, %s ORDER BY 1, 2 NULLS LAST", "GROUP BY %s, %s ORDER BY 3, 1, 2",
		"WHERE id IN (3, 4, 5, 90) GROUP BY %s, %s", "WHERE size = 2 GROUP BY %s, %s", "WHERE size = state GROUP BY %s, %s",
		"WHERE id < 0 GROUP BY %s, %s", "GROUP BY %s, %s HAVING count(*) > 26", "GROUP BY %s, %s ORDER BY 1, 2 LIMIT 3",
		"WHERE id = (SELECT max(id) FROM item) GROUP BY %s, %s",
	} {
		const head = "SELECT state, size, count(*), min(id), group_concat(id) FROM item "
		byColumn := head + fmt.Sprintf(tail, "state", "size")
		byExpression := head + fmt.Sprintf(tail, "state || ''", "size + 0")
		got, want := mustRun(t, db, byColumn), mustRun(t, db, byExpression)
		if !strings.Contains(tail, "ORDER BY") && !strings.Contains(tail, "WHERE") && sorts(byColumn) || !sorts(byExpression) {
			t.Errorf("%s: sorts %v, %s: sorts %v", byColumn, sorts(byColumn), byExpression, sorts(byExpression))
		}
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", byColumn, got, want)
		}
	}
	joined := "SELECT a.%[1]s, count(*), sum(b.id) FROM item a JOIN item b ON a.size = b.size WHERE b.state = 'LISTEN' GROUP BY a.%[1]s%[2]s"
	for _, column := range []string{"state", "size", "id"} {
		got, want := mustRun(t, db, fmt.Sprintf(joined, column, "")), mustRun(t, db, fmt.Sprintf(joined, column, "||'' ORDER BY 1"))
		if got != want {
			t.Errorf("join by %s\n got %s\nwant %s", column, got, want)
		}
	}
}

// The index of a snapshot serves what groups by its columns and what looks them up.
func TestGroupByThenLookUp(t *testing.T) {
	db := open(t, itemSpec("item", 30, nil))
	mustRun(t, db, "BEGIN")
	const group, find = "SELECT size, count(*) FROM item GROUP BY size", "SELECT count(*) FROM item a, item b WHERE a.size = b.size"
	for _, sql := range []string{group, find, group} {
		want := map[string]string{group: "NULL|6 0|6 1|6 2|6 3|6", find: "144"}[sql]
		if got := mustRun(t, db, sql); got != want {
			t.Errorf("%s: %s, want %s", sql, got, want)
		}
	}
}

// A table that brings rows in the order of an ORDER BY must give what SQLite does where it has to
// sort them itself: by expressions that are no columns.
func TestOrderBy(t *testing.T) {
	db := open(t, itemSpec("item", 400, nil))
	sorts := func(sql string) bool {
		return strings.Contains(mustRun(t, db, "EXPLAIN QUERY PLAN "+sql), "TEMP B-TREE")
	}
	for tail, ordered := range map[string]bool{
		"ORDER BY %s, %s, %s": true, "ORDER BY %s DESC, %s DESC, %s DESC": true, "ORDER BY %s, %s DESC, %s": false,
		"ORDER BY %s NULLS LAST, %s, %s": false, "ORDER BY %s DESC NULLS LAST, %s DESC, %s DESC": true,
		"WHERE size IS NOT NULL ORDER BY %s, %s, %s": true, "WHERE state <> 'LISTEN' ORDER BY %s DESC, %s DESC, %s DESC LIMIT 7 OFFSET 3": true,
		"WHERE id < 0 ORDER BY %s, %s, %s": true, "WHERE size = 2 AND id > 50 ORDER BY %s, %s, %s LIMIT 2": true,
		"WHERE id IN (3, 4, 5, 90) ORDER BY %s, %s, %s": true, "WHERE id IN (SELECT size FROM item) ORDER BY %s, %s, %s": true,
		"ORDER BY %s COLLATE NOCASE, %s, %s": false,
	} {
		byColumn := "SELECT id, state, size FROM item " + fmt.Sprintf(tail, "state", "size", "id")
		byExpression := "SELECT id, state, size FROM item " + fmt.Sprintf(tail, "state||''", "size+0", "id+0")
		got, want := mustRun(t, db, byColumn), mustRun(t, db, byExpression)
		if sorts(byColumn) == ordered || !sorts(byExpression) {
			t.Errorf("%s: sorts %v, %s: sorts %v", byColumn, sorts(byColumn), byExpression, sorts(byExpression))
		}
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", byColumn, got, want)
		}
	}
	for _, sql := range []string{
		"SELECT a.id, b.id FROM item a JOIN item b ON a.size = b.size WHERE b.state = 'LISTEN' AND a.id < 20 ORDER BY a.state%[1]s, a.id%[2]s, b.id%[2]s",
		"SELECT a.id, b.id FROM item a LEFT JOIN item b ON a.size = b.id ORDER BY b.state%[1]s, a.id%[2]s LIMIT 30",
		"SELECT id, (SELECT b.id FROM item b WHERE b.size > a.size ORDER BY b.size%[2]s, b.id%[2]s LIMIT 1) FROM item a ORDER BY id%[2]s",
		"SELECT max(size%[2]s), min(size%[2]s), max(state%[1]s) FROM item", "SELECT max(size%[2]s) FROM item", "SELECT min(state%[1]s) FROM item",
		"SELECT * FROM (SELECT id FROM item ORDER BY size%[2]s DESC, id%[2]s DESC LIMIT 5) UNION ALL SELECT * FROM (SELECT id FROM item ORDER BY id%[2]s LIMIT 3)",
		"SELECT id, row_number() OVER (ORDER BY size%[2]s, id%[2]s) FROM item ORDER BY size%[2]s DESC, id%[2]s DESC",
	} {
		if got, want := mustRun(t, db, fmt.Sprintf(sql, "", "")), mustRun(t, db, fmt.Sprintf(sql, "||''", "+0")); got != want {
			t.Errorf("%s\n got %s\nwant %s", sql, got, want)
		}
	}
}
