package vtab

import (
	"context"

	"sockstat/vtab/table"
)

// catalog declares the table that describes tables, itself among them.
func catalog(tables []table.Table) table.Table {
	c := &table.Spec[table.Info]{Name: "sockstat_tables", Doc: "The tables of this database", Columns: catalogColumns}
	c.Rows = int64(len(tables) + 1)
	c.Open = func(context.Context, *table.Query) (table.Reader[table.Info], error) {
		rows := make([]table.Info, 0, c.Rows)
		for _, t := range append(tables[:len(tables):len(tables)], c) {
			rows = append(rows, t.Info())
		}
		return &table.List[table.Info]{Rows: rows}, nil
	}
	return c
}

var catalogColumns = []table.Column[table.Info]{
	{Name: "name", Type: table.Text, Doc: "Name of the table",
		Get: func(i *table.Info) table.Value { return table.String(i.Name) }},
	{Name: "doc", Type: table.Text, Doc: "What its rows are",
		Get: func(i *table.Info) table.Value { return table.String(i.Doc) }},
	{Name: "rows", Type: table.Integer, Doc: "Number of rows that statements are planned for, not counted",
		Get: func(i *table.Info) table.Value { return table.Int(i.Rows) }},
	{Name: "columns", Type: table.Integer, Doc: "Number of its columns; pragma_table_info('NAME') lists them",
		Get: func(i *table.Info) table.Value { return table.Int(len(i.Columns)) }},
}
