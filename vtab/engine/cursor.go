package engine

// boundTable is a table of a DB, as SQLite sees it.
type boundTable struct {
	db    *DB
	table Table
	info  func() Info // made when a statement names it
}

func (t *boundTable) declaration() string { return t.info().declaration() }

func (t *boundTable) isList(plan, arg int) bool {
	return t.db.planning.plans[plan].args[arg].use == inList
}

func (t *boundTable) open() cursor { return &boundCursor{table: t} }

// boundCursor is a cursor over the snapshot that the running statement has of a table.
type boundCursor struct {
	table *boundTable
	walker
	of snapshot // that walker walks over

	columns []int // space for what filter looks up
	values  []Value
}

func (c *boundCursor) filter(n int, args [][]Value) error {
	snap, err := c.table.db.snapshot(c.table, n, args)
	if err != nil {
		return c.table.db.failed(err)
	}
	if snap != c.of {
		c.of, c.walker = snap, snap.cursor()
	}
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

func (c *boundCursor) close() {}
