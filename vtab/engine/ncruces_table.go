//go:build sqlite_ncruces || illumos

package engine

import (
	"github.com/ncruces/go-sqlite3"

	"sockstat/vtab/table"
)

// table registers a module. One without a create function is eponymous.
func (c *ncrucesConn) table(name string, t virtualTable, eponymous bool) error {
	connect := func(db *sqlite3.Conn, module, schema, name string, arg ...string) (ncrucesTable, error) {
		return ncrucesTable{t}, db.DeclareVTab(t.declaration())
	}
	create := connect
	if eponymous {
		create = nil
	}
	//lint:ignore SA1019 the method that replaces it needs a later Go
	return sqlite3.CreateModule(c.db, name, create, connect)
}

// ncrucesTable adapts a table.
type ncrucesTable struct{ table virtualTable }

var ncrucesOps = map[sqlite3.IndexConstraintOp]table.Op{
	sqlite3.INDEX_CONSTRAINT_EQ: table.OpEq, sqlite3.INDEX_CONSTRAINT_GT: table.OpGt, sqlite3.INDEX_CONSTRAINT_GE: table.OpGe,
	sqlite3.INDEX_CONSTRAINT_LT: table.OpLt, sqlite3.INDEX_CONSTRAINT_LE: table.OpLe,
	sqlite3.INDEX_CONSTRAINT_ISNULL: table.OpIsNull, sqlite3.INDEX_CONSTRAINT_ISNOTNULL: table.OpNotNull,
	sqlite3.INDEX_CONSTRAINT_IS: table.OpEq, sqlite3.INDEX_CONSTRAINT_NE: table.OpNe,
}

func (t ncrucesTable) BestIndex(in *sqlite3.IndexInfo) (err error) {
	defer rescue(&err, sqlite3.NOMEM)
	info := indexInfo{used: in.ColumnsUsed}
	for i, g := range in.Constraint {
		c := constraint{column: g.Column, op: ncrucesOps[g.Op], usable: g.Usable}
		c.is = g.Op == sqlite3.INDEX_CONSTRAINT_IS
		c.in = c.op == table.OpEq && in.In(i, -1)
		c.collate = in.Collation(i)
		if c.op != 0 && !c.in {
			if v, err := in.RHSValue(i); err == nil {
				literal := ncrucesValue(v).Clone()
				c.literal = &literal
			}
		}
		info.constraints = append(info.constraints, c)
	}
	distinct := in.Distinct()
	for _, o := range in.OrderBy {
		info.order(distinct, orderTerm{o.Column, o.Desc})
	}
	t.table.bestIndex(&info)
	if info.refused {
		return sqlite3.CONSTRAINT
	}
	for i, c := range info.constraints {
		in.ConstraintUsage[i].ArgvIndex, in.ConstraintUsage[i].Omit = c.arg, c.omit
		if c.in && c.arg > 0 {
			in.In(i, 1)
		}
	}
	in.IdxNum, in.EstimatedCost, in.EstimatedRows = info.plan, info.cost, info.rows
	in.OrderByConsumed, in.IdxStr = info.ordered, info.text
	return nil
}

func (t ncrucesTable) Open() (sqlite3.VTabCursor, error) {
	return &ncrucesCursor{table: t.table, cursor: t.table.open()}, nil
}
