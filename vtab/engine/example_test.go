package engine_test

import (
	"context"
	"fmt"

	"sockstat/vtab/engine"
	"sockstat/vtab/table"
)

type planet struct {
	name  string
	moons int
}

// A table is declared over rows of any type, and asked in SQL.
func ExampleOpen() {
	planets := &table.Spec[planet]{
		Name: "planets",
		Doc:  "Planets with their moons",
		Rows: 8,
		Columns: []table.Column[planet]{
			{Name: "name", Type: table.Text, Doc: "Name",
				Get: func(p *planet) table.Value { return table.Static(p.name) }},
			{Name: "moons", Type: table.Integer, Doc: "Number of moons",
				Get: func(p *planet) table.Value { return table.Int(p.moons) }},
		},
		Open: func(context.Context, *table.Query) (table.Reader[planet], error) {
			return &table.List[planet]{Rows: []planet{{"Venus", 0}, {"Earth", 1}, {"Mars", 2}}}, nil
		},
	}
	db, err := engine.Open(planets)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()

	st, _, err := db.Prepare("SELECT name, moons FROM planets WHERE moons >= :least ORDER BY moons DESC")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer st.Close()
	st.Bind("least", table.Int(1))
	for {
		more, err := st.Step(context.Background())
		if err != nil || !more {
			fmt.Println("end:", err)
			return
		}
		fmt.Println(st.Value(0), st.Value(1))
	}
	// Output:
	// Mars 2
	// Earth 1
	// end: <nil>
}
