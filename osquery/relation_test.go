package main

import (
	"fmt"
	"testing"

	"sockstat/queries"
	"sockstat/vtab/table"
)

// What is passed on to SQL never leaves out a row that osquery would keep.
func TestSQL(t *testing.T) {
	r := relation{name: "sockstat_t", from: "t", columns: []column{
		{name: "n", typ: table.Integer}, {name: "r", typ: table.Real}, {name: "s", typ: table.Text},
		{name: "limit", typ: table.Integer, param: &queries.Param{Name: "limit", HasDefault: true}, value: table.Int(10)},
	}}
	const all = `SELECT "n", "r", "s" FROM t`
	for _, c := range []struct{ request, want string }{
		{`{}`, all + ` map[limit:10]`},
		{`{"colsUsed":["s","x"]}`, `SELECT "s" FROM t map[limit:10]`},
		{`{"colsUsed":[]}`, `SELECT 1 FROM t map[limit:10]`},
		{`{"constraints":[{"name":"limit","list":[{"op":2,"expr":"3"}]}]}`, all + ` map[limit:3]`},
		{`{"constraints":[{"name":"limit","list":[{"op":4,"expr":"3"}]}]}`, all + ` map[limit:10]`},
		{`{"constraints":[{"name":"n","list":[{"op":2,"expr":"3"},{"op":2,"expr":"4"}]}]}`, all + ` WHERE "n" IN ($0, $1) map[$0:3 $1:4 limit:10]`},
		{`{"constraints":[{"name":"n","list":[{"op":4,"expr":"3"},{"op":32,"expr":"4"},{"op":8,"expr":"9"},{"op":16,"expr":"1.5"}]}]}`,
			all + ` WHERE "n" > $0 AND "n" >= $1 AND "n" <= $2 AND "n" < $3 map[$0:3 $1:4 $2:9 $3:1.5 limit:10]`},
		{`{"constraints":[{"name":"n","list":[{"op":2,"expr":"x"},{"op":4,"expr":""},{"op":65,"expr":"1"},{"op":1,"expr":"1"},{"op":99,"expr":"1"}]}]}`, all + ` map[limit:10]`},
		{`{"constraints":[{"name":"r","list":[{"op":2,"expr":"NaN"}]}]}`, all + ` map[limit:10]`},
		{`{"constraints":[{"name":"s","list":[{"op":2,"expr":"a"},{"op":4,"expr":"b"},{"op":65,"expr":"c%"},{"op":66,"expr":"d*"}]}]}`,
			all + ` WHERE "s" LIKE $1 AND "s" GLOB $2 AND "s" COLLATE NOCASE = $0 map[$0:a $1:c% $2:d* limit:10]`},
		{`{"constraints":[{"name":"s","list":[{"op":2,"expr":"a "}]},{"name":"unknown","list":[{"op":2,"expr":"a"}]}]}`, all + ` map[limit:10]`},
	} {
		q, err := parseRequest(c.request)
		if err != nil {
			t.Fatal(err)
		}
		sql, _, params, err := r.sql(q)
		if got := fmt.Sprintf("%s %v", sql, params); err != nil || got != c.want {
			t.Errorf("%s:\n%s\n%s", c.request, got, c.want)
		}
	}
}

func TestColumnOptions(t *testing.T) {
	for _, c := range []struct {
		column column
		want   string
	}{
		{column{typ: table.Integer}, "0 BIGINT"}, {column{typ: table.Real, quick: true}, "1 DOUBLE"},
		{column{typ: table.Text, quiet: true}, "16 TEXT"}, {column{typ: table.Text, quiet: true, param: &queries.Param{HasDefault: true}}, "20 TEXT"},
		{column{typ: table.Text, quiet: true, param: &queries.Param{}}, "18 TEXT"},
	} {
		if got := c.column.options() + " " + c.column.osqueryType(); got != c.want {
			t.Errorf("%+v: %s, want %s", c.column, got, c.want)
		}
	}
}
