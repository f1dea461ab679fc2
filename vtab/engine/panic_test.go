package engine

import (
	"context"
	"errors"
	"strings"
	"testing"

	"sockstat/vtab/table"
)

// brittle is a table whose rows have no value in column id from number 5 on.
func brittle() *table.Spec[item] {
	spec := itemSpec("brittle", 12, nil)
	get := spec.Columns[0].Get
	spec.Columns[0].Get = func(i *item) table.Value {
		if i.id >= 5 {
			panic("lost")
		}
		return get(i)
	}
	return spec
}

// A panic where a value is got out of a row is an error that names the table, wherever in
// SQLite's work it happens. The database goes on.
func TestPanicOfColumn(t *testing.T) {
	for sql, rows := range map[string]int{
		"SELECT id FROM brittle":                                                  5,
		"SELECT count(*) FROM brittle WHERE id + 0 < 3":                           0,
		"SELECT id FROM brittle ORDER BY size":                                    1,
		"SELECT id FROM brittle ORDER BY -size":                                   0,
		"SELECT id, count(*) FROM brittle GROUP BY id":                            0,
		"SELECT b.id FROM item JOIN brittle b USING (id)":                         1,
		"SELECT i.id FROM brittle b JOIN item i ON i.id = b.id":                   5,
		"SELECT (SELECT max(id) FROM brittle) FROM item":                          0,
		"WITH b AS MATERIALIZED (SELECT id FROM brittle) SELECT * FROM b":         0,
		"SELECT id FROM item WHERE id IN (SELECT id FROM brittle)":                0,
		"SELECT value FROM json_each((SELECT json_group_array(id) FROM brittle))": 0,
	} {
		db := open(t, itemSpec("item", 12, nil), brittle())
		for range 2 {
			got, err := run(db, sql)
			if err == nil || err.Error() != "read brittle: panic: lost" || len(got) != rows {
				t.Errorf("%s: %d rows, %v", sql, len(got), err)
			}
		}
		if got := mustRun(t, db, "SELECT count(*), (SELECT max(id) FROM item) FROM brittle"); got != "12|11" {
			t.Errorf("%s, after that: %s", sql, got)
		}
		if _, err := run(db, "CREATE TABLE x(a)"); err == nil {
			t.Errorf("%s: after that, statements do more than read", sql)
		}
	}
}

func TestPanicEndsTheTransaction(t *testing.T) {
	var log []opened
	db := open(t, itemSpec("item", 3, &log), brittle())
	mustRun(t, db, "BEGIN")
	mustRun(t, db, "SELECT * FROM item")
	if _, err := run(db, "SELECT id FROM brittle"); err == nil || db.InTransaction() {
		t.Errorf("%v, still in the transaction: %t", err, db.InTransaction())
	}
	mustRun(t, db, "SELECT * FROM item")
	if len(log) != 2 || len(db.kept.snapshots) != 0 {
		t.Errorf("opened %d times, %d snapshots are kept", len(log), len(db.kept.snapshots))
	}
}

// A reader may panic with anything, such as a runtime error.
func TestPanicOfTable(t *testing.T) {
	var none []item
	for name, spec := range map[string]func(context.Context, *table.Query) (table.Reader[item], error){
		"open": func(context.Context, *table.Query) (table.Reader[item], error) { return nil, errors.New(none[3].state) },
		"read": func(context.Context, *table.Query) (table.Reader[item], error) { return nil, nil },
		"later": func(context.Context, *table.Query) (table.Reader[item], error) {
			return &readerFunc{f: func(n int) ([]item, error) { return items(n)[:3], nil }}, nil
		},
	} {
		broken := itemSpec("broken", 0, nil)
		broken.Open = spec
		db := open(t, broken)
		for _, sql := range []string{"SELECT * FROM broken", "SELECT count(*) FROM broken a JOIN broken b USING (id)"} {
			_, err := run(db, sql)
			if err == nil || !strings.HasPrefix(err.Error(), "read broken: panic: runtime error: ") {
				t.Errorf("%s: %s: %v", name, sql, err)
			}
		}
		if got := mustRun(t, db, "SELECT 1"); got != "1" {
			t.Error(got)
		}
	}
}
