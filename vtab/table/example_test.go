package table_test

import (
	"context"
	"fmt"
	"io"

	"sockstat/vtab/table"
)

type planet struct {
	name  string
	moons int
}

// planets is a table whose rows are known.
var planets = &table.Spec[planet]{
	Name: "planets",
	Doc:  "Planets with their moons",
	Rows: 8,
	Columns: []table.Column[planet]{
		{Name: "name", Type: table.Text, Doc: "Name", Pushed: true,
			Get: func(p *planet) table.Value { return table.Static(p.name) }},
		{Name: "moons", Type: table.Integer, Doc: "Number of moons; NULL if there are none",
			Get: func(p *planet) table.Value { return table.NonZero(p.moons) }},
	},
	Open: func(ctx context.Context, q *table.Query) (table.Reader[planet], error) {
		rows := []planet{{"Venus", 0}, {"Earth", 1}, {"Mars", 2}}
		if names, limited := q.Texts("name"); limited {
			q.Way(fmt.Sprint("only ", names))
		}
		return &table.List[planet]{Rows: rows}, nil
	},
}

// A table tells its columns, and how they are declared in SQL.
func ExampleSpec() {
	fmt.Println(planets.Info().Schema())
	// Output:
	// -- Planets with their moons
	// CREATE TABLE planets (
	//   name TEXT,               -- Name
	//   moons INTEGER            -- Number of moons; NULL if there are none
	// );
}

// A table can be asked without SQL. The conditions of a query may narrow what is read, so who
// asks checks them again.
func ExampleNewQuery() {
	info := planets.Info()
	name, moons := info.Column("name"), info.Column("moons")
	wanted := table.Term{Column: name, Op: table.OpEq, Values: []table.Value{table.String("Mars")}}
	q := table.NewQuery(info, nil, table.Scan{Used: 1<<name | 1<<moons, Terms: []table.Term{wanted}})

	batches, err := planets.Read(context.Background(), q)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer batches.Close()
	for {
		batch, err := batches.Next()
		if err != nil {
			fmt.Println(err == io.EOF, q.Ways())
			return
		}
		for row := range batch.Len() {
			if batch.Value(row, name).String() == "Mars" {
				fmt.Println(batch.Value(row, moons))
			}
		}
	}
	// Output:
	// 2
	// true [only [Mars]]
}
