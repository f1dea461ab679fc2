package engine

import (
	"strings"
	"testing"

	"sockstat/vtab/table"
)

// ordinary opens a database of SQLite alone, with ordinary tables of the rows that some
// tables have: what answers of this package are to be compared with.
func ordinary(t testing.TB, tables ...*sheet) conn {
	t.Helper()
	c, err := openEngine()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.close() })
	for _, sh := range tables {
		plainRun(t, c, strings.Replace((&boundTable{info: sh.Info()}).declaration(), " x(", " "+sh.name+"(", 1))
		plainRun(t, c, "BEGIN")
		insert := "INSERT INTO " + sh.name + " VALUES(?" + strings.Repeat(",?", len(sh.columns)-1) + ")"
		for _, row := range sh.rows {
			plainRun(t, c, insert, row...)
		}
		plainRun(t, c, "COMMIT")
	}
	return c
}

// plainRun runs a statement that returns no rows.
func plainRun(t testing.TB, c conn, sql string, values ...table.Value) {
	t.Helper()
	s, _, err := c.prepare(sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	defer s.close()
	for i, v := range values {
		if err := s.bind(i, v); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	if _, err := s.step(); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}
