package engine

import "sockstat/vtab/table"

// boundTable is a table of a DB, as SQLite sees it.
type boundTable struct {
	db    *DB
	table table.Table
	name  string
	info  table.Info // from the declaration on, which SQLite asks for first
}

// described returns what the table is. It is declared then, if it was not before.
func (t *boundTable) described() table.Info {
	if t.info.Columns == nil && t.table != nil {
		t.info = t.table.Info()
	}
	return t.info
}

// declaration is what SQLite needs to know of the columns.
func (t *boundTable) declaration() string { return t.described().Declaration() }

func (t *boundTable) isList(plan, arg int) bool {
	return t.db.planning.plans[plan].args[arg].op == table.OpIn
}

func (t *boundTable) isNumber(plan, arg int) bool {
	return t.db.planning.plans[plan].args[arg].typ != table.Text
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
	search search
}

func (c *boundCursor) filter(n int, args []argument) error {
	c.table.atWork()
	snap, err := c.table.db.snapshot(c.table, n, args)
	if err != nil {
		return c.table.db.failed(err)
	}
	c.walker.of = snap
	return c.table.db.failed(c.start(&c.table.db.planning.plans[n], args))
}

// start starts a scan as a plan says. The first time rows are looked for among all, as they
// are being read: an index pays from the second time on.
func (c *boundCursor) start(p *plan, args []argument) error {
	c.search.set(p.args, args)
	p.starts++
	switch {
	case c.search.none:
		c.walker.reset()
		return nil
	case p.orderBy != nil:
		return c.walker.ordered(p.orderBy, p.backwards, &c.search)
	case p.starts > 1 && c.search.selects():
		return c.walker.find(&c.search)
	}
	return c.walker.all(&c.search)
}

func (c *boundCursor) next() error {
	c.table.atWork()
	return c.table.db.failed(c.walker.next())
}

// column returns a value of the row that the cursor stands at. SQLite may need it for longer
// than the row is kept, as the greatest so far for max(): then it has to copy it.
func (c *boundCursor) column(i int) table.Value {
	c.table.atWork()
	v := c.walker.column(i)
	if c.of.passing {
		v = v.Copied()
	}
	return v
}
