package engine

import (
	"strings"
	"testing"

	"sockstat/vtab/table"
)

// hiding declares a table of items that hides their state and size.
func hiding(name string) *table.Spec[item] {
	s := itemSpec(name, 6, nil)
	s.Columns = table.Showing("id", s.Columns)
	return s
}

// A hidden column is left out where all are asked for, and is as any other where it is named.
func TestHiddenColumns(t *testing.T) {
	db := open(t, hiding("item"), itemSpec("other", 6, nil))
	mustRun(t, db, "CREATE TEMP TABLE copied AS SELECT * FROM item")
	for sql, want := range map[string]string{
		"SELECT * FROM item WHERE id = 1":                                                           "1",
		"SELECT i.* FROM item AS i WHERE i.state = 'LISTEN'":                                        "0 3",
		"SELECT *, state, size FROM item WHERE id = 4":                                              "4|ESTABLISHED|3",
		"SELECT id FROM item WHERE state = 'LISTEN' AND size IS NULL":                               "0",
		"SELECT state, count(*) FROM item GROUP BY state ORDER BY state":                            "ESTABLISHED|2 LISTEN|2 TIME_WAIT|2",
		"SELECT id FROM item ORDER BY size DESC, id LIMIT 1":                                        "4",
		"WITH all_of AS (SELECT * FROM item) SELECT max(id) FROM all_of":                            "5",
		"SELECT count(*) FROM item JOIN other USING (state)":                                        "12",
		"SELECT count(*) FROM item NATURAL JOIN other":                                              "6", // by id alone
		"SELECT count(*) FROM item a NATURAL JOIN item b":                                           "6",
		"SELECT count(*) FROM pragma_table_info('copied')":                                          "1",
		"SELECT group_concat(name) FROM pragma_table_info('item')":                                  "id",
		"SELECT group_concat(name || ' ' || type || ' ' || hidden) FROM pragma_table_xinfo('item')": "id INTEGER 0,state TEXT 1,size INTEGER 1",
	} {
		if got := mustRun(t, db, sql); got != want {
			t.Errorf("%s: %s instead of %s", sql, got, want)
		}
	}
	for sql, want := range map[string]string{
		"INSERT INTO item(state) VALUES ('x')":               "not authorized",
		"WITH w AS (SELECT * FROM item) SELECT state FROM w": "no such column",
		"SELECT x FROM item":                                 "no such column",
	} {
		if _, err := run(db, sql); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", sql, err)
		}
	}
}
