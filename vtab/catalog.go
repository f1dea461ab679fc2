package vtab

import (
	"context"
	"strings"

	"sockstat/vtab/table"
)

// catalog declares the tables that describe tables and their columns, themselves among them.
func catalog(tables []table.Table) []table.Table {
	t := &table.Spec[table.Info]{Name: "sockstat_tables", Doc: "The tables of this database", Columns: catalogColumns}
	c := &table.Spec[columnRow]{Name: "sockstat_columns", Doc: "The columns of the tables of this database", Rows: 500, Columns: columnColumns}
	all := append(tables[:len(tables):len(tables)], t, c)
	t.Rows = int64(len(all))
	t.Open = func(context.Context, *table.Query) (table.Reader[table.Info], error) {
		rows := make([]table.Info, 0, len(all))
		for _, t := range all {
			rows = append(rows, t.Info())
		}
		return &table.List[table.Info]{Rows: rows}, nil
	}
	c.Open = func(context.Context, *table.Query) (table.Reader[columnRow], error) {
		var rows []columnRow
		for _, t := range all {
			info := t.Info()
			for i, column := range info.Columns {
				rows = append(rows, columnRow{info.Name, i, column})
			}
		}
		return &table.List[columnRow]{Rows: rows}, nil
	}
	return []table.Table{t, c}
}

var catalogColumns = []table.Column[table.Info]{
	{Name: "name", Type: table.Text, Doc: "Name of the table",
		Get: func(i *table.Info) table.Value { return table.String(i.Name) }},
	{Name: "doc", Type: table.Text, Doc: "What its rows are",
		Get: func(i *table.Info) table.Value { return table.String(i.Doc) }},
	{Name: "rows", Type: table.Integer, Doc: "Number of rows that statements are planned for, not counted",
		Get: func(i *table.Info) table.Value { return table.Int(i.Rows) }},
	{Name: "columns", Type: table.Integer, Doc: "Number of its columns, hidden ones included, which sockstat_columns lists",
		Get: func(i *table.Info) table.Value { return table.Int(len(i.Columns)) }},
	{Name: "hidden", Type: table.Integer, Doc: "How many of them SELECT * leaves out",
		Get: func(i *table.Info) table.Value {
			n := 0
			for _, c := range i.Columns {
				if c.Hidden {
					n++
				}
			}
			return table.Int(n)
		}},
}

// columnRow is a row of sockstat_columns.
type columnRow struct {
	table  string
	number int
	table.ColumnInfo
}

var columnColumns = []table.Column[columnRow]{
	{Name: "table_name", Type: table.Text, Doc: "Name of the table; joins sockstat_tables.name",
		Get: func(c *columnRow) table.Value { return table.String(c.table) }},
	{Name: "number", Type: table.Integer, Doc: "Its place among the columns of the table, from 0 on",
		Get: func(c *columnRow) table.Value { return table.Int(c.number) }},
	{Name: "name", Type: table.Text, Doc: "Name of the column",
		Get: func(c *columnRow) table.Value { return table.String(c.Name) }},
	{Name: "type", Type: table.Text, Doc: "Type of its values: INTEGER, REAL or TEXT",
		Get: func(c *columnRow) table.Value { return table.String(string(c.Type)) }},
	{Name: "doc", Type: table.Text, Doc: "What it shows",
		Get: func(c *columnRow) table.Value { return table.String(c.Doc) }},
	{Name: "hidden", Type: table.Integer, Doc: "1 if SELECT * leaves it out",
		Get: func(c *columnRow) table.Value { return table.Bool(c.Hidden) }},
	{Name: "one_of", Type: table.Text, Doc: "The values that it can have, commas between them, where those are a few",
		Get: func(c *columnRow) table.Value { return table.NonEmpty(strings.Join(c.Values, ",")) }},
}
