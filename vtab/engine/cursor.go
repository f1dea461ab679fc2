package engine

import (
	"strings"

	"sockstat/vtab/table"
)

// boundTable is a table of a DB, as SQLite sees it.
type boundTable struct {
	db    *DB
	table table.Table
	info  table.Info
}

// declaration is what SQLite needs to know of the columns.
func (t *boundTable) declaration() string {
	columns := make([]string, len(t.info.Columns))
	for n, c := range t.info.Columns {
		columns[n] = c.Name + " " + string(c.Type)
	}
	return "CREATE TABLE x(" + strings.Join(columns, ", ") + ")"
}

func (t *boundTable) isList(plan, arg int) bool {
	return t.db.planning.plans[plan].args[arg].use == inList
}

func (t *boundTable) open() cursor { return &boundCursor{table: t} }

// atWork notes that values are got out of a row of the table, which may panic.
func (t *boundTable) atWork() {
	if t.db.atWork != t {
		t.db.atWork = t
	}
}

// boundCursor is a cursor over the snapshot that the running statement has of a table.
type boundCursor struct {
	table *boundTable
	walker

	columns []int // filled anew by each filter, with what it looks up
	values  []table.Value
}

func (c *boundCursor) filter(n int, args [][]table.Value) error {
	c.table.atWork()
	snap, err := c.table.db.snapshot(c.table, n, args)
	if err != nil {
		return c.table.db.failed(err)
	}
	c.walker.of = snap
	plan := &c.table.db.planning.plans[n]
	if plan.groupBy != nil {
		return c.table.db.failed(c.walker.grouped(plan.groupBy))
	}
	c.columns, c.values = c.columns[:0], c.values[:0]
	for i, a := range plan.args {
		if a.use == lookUp {
			c.columns, c.values = append(c.columns, a.column), append(c.values, args[i][0])
		}
	}
	if len(c.columns) == 0 {
		return c.table.db.failed(c.walker.all())
	}
	return c.table.db.failed(c.walker.find(c.columns, c.values))
}

func (c *boundCursor) next() error { return c.table.db.failed(c.walker.next()) }

func (c *boundCursor) column(i int) table.Value {
	c.table.atWork()
	return c.walker.column(i)
}

func (c *boundCursor) close() {}
