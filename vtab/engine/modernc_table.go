//go:build !(sqlite_ncruces || illumos)

package engine

import (
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"

	"sockstat/vtab/table"
)

// moderncTable is struct sqlite3_vtab with what it stands for behind it. Like
// moderncCursor it lies in C memory, where the garbage collector does not look:
// moderncConn.alive holds the same pointers.
type moderncTable struct {
	base sqlite3.Tsqlite3_vtab
	impl uintptr // *moderncModule
}

// moderncModule is what is known of a virtual table before it is used.
type moderncModule struct {
	conn  *moderncConn
	table virtualTable
}

// table registers a module. One without xCreate is eponymous.
func (c *moderncConn) table(name string, t virtualTable, eponymous bool) error {
	p := libc.Xcalloc(c.tls, 1, libc.Tsize_t(unsafe.Sizeof(sqlite3.Tsqlite3_module{})))
	c.modules = append(c.modules, p)
	*at[sqlite3.Tsqlite3_module](p) = sqlite3.Tsqlite3_module{
		FiVersion:    1,
		FxConnect:    pointerTo(moderncConnect),
		FxBestIndex:  pointerTo(moderncBestIndex),
		FxDisconnect: pointerTo(moderncDisconnect),
		FxDestroy:    pointerTo(moderncDisconnect),
		FxOpen:       pointerTo(moderncOpen),
		FxClose:      pointerTo(moderncClose),
		FxFilter:     pointerTo(moderncFilter),
		FxNext:       pointerTo(moderncNext),
		FxEof:        pointerTo(moderncEOF),
		FxColumn:     pointerTo(moderncColumn),
		FxRowid:      pointerTo(moderncRowid),
	}
	if !eponymous {
		at[sqlite3.Tsqlite3_module](p).FxCreate = pointerTo(moderncConnect)
	}
	z := c.cString(name)
	defer libc.Xfree(c.tls, z)
	m := c.keep(&moderncModule{c, t})
	if rc := sqlite3.Xsqlite3_create_module_v2(c.tls, c.db, z, p, m, 0); rc != sqlite3.SQLITE_OK {
		return c.error(rc, "")
	}
	return nil
}

func moderncConnect(tls *libc.TLS, db, aux uintptr, argc int32, argv, out, message uintptr) int32 {
	m := at[moderncModule](aux)
	z := m.conn.cString(m.table.declaration())
	defer libc.Xfree(tls, z)
	if rc := sqlite3.Xsqlite3_declare_vtab(tls, db, z); rc != sqlite3.SQLITE_OK {
		return rc
	}
	p := libc.Xcalloc(tls, 1, libc.Tsize_t(unsafe.Sizeof(moderncTable{})))
	at[moderncTable](p).impl = aux
	*at[uintptr](out) = p
	return sqlite3.SQLITE_OK
}

func moderncDisconnect(tls *libc.TLS, vtab uintptr) int32 {
	libc.Xfree(tls, vtab)
	return sqlite3.SQLITE_OK
}

var moderncOps = map[uint8]table.Op{
	sqlite3.SQLITE_INDEX_CONSTRAINT_EQ: table.OpEq, sqlite3.SQLITE_INDEX_CONSTRAINT_GT: table.OpGt,
	sqlite3.SQLITE_INDEX_CONSTRAINT_GE: table.OpGe, sqlite3.SQLITE_INDEX_CONSTRAINT_LT: table.OpLt,
	sqlite3.SQLITE_INDEX_CONSTRAINT_LE: table.OpLe, sqlite3.SQLITE_INDEX_CONSTRAINT_ISNULL: table.OpIsNull,
	sqlite3.SQLITE_INDEX_CONSTRAINT_ISNOTNULL: table.OpNotNull, sqlite3.SQLITE_INDEX_CONSTRAINT_IS: table.OpEq,
	sqlite3.SQLITE_INDEX_CONSTRAINT_NE: table.OpNe,
}

func moderncBestIndex(tls *libc.TLS, vtab, p uintptr) int32 {
	m := at[moderncModule](at[moderncTable](vtab).impl)
	in := at[sqlite3.Tsqlite3_index_info](p)
	info := indexInfo{used: in.FcolUsed}
	given := unsafe.Slice(at[sqlite3.Tsqlite3_index_constraint](in.FaConstraint), in.FnConstraint)
	for i, g := range given {
		c := constraint{column: int(g.FiColumn), op: moderncOps[g.Fop], usable: g.Fusable != 0}
		c.is = g.Fop == sqlite3.SQLITE_INDEX_CONSTRAINT_IS
		c.in = c.op == table.OpEq && sqlite3.Xsqlite3_vtab_in(tls, p, int32(i), -1) != 0
		c.collate = libc.GoString(sqlite3.Xsqlite3_vtab_collation(tls, p, int32(i)))
		if c.op != 0 && !c.in && sqlite3.Xsqlite3_vtab_rhs_value(tls, p, int32(i), m.conn.out) == sqlite3.SQLITE_OK {
			v := m.conn.value(*at[uintptr](m.conn.out)).Clone()
			c.literal = &v
		}
		info.constraints = append(info.constraints, c)
	}
	distinct := int(sqlite3.Xsqlite3_vtab_distinct(tls, p))
	for _, o := range unsafe.Slice(at[sqlite3.Tsqlite3_index_orderby](in.FaOrderBy), in.FnOrderBy) {
		info.order(distinct, orderTerm{int(o.FiColumn), o.Fdesc != 0})
	}
	m.table.bestIndex(&info)
	if info.refused {
		return sqlite3.SQLITE_CONSTRAINT
	}
	usage := unsafe.Slice(at[sqlite3.Tsqlite3_index_constraint_usage](in.FaConstraintUsage), in.FnConstraint)
	for i, c := range info.constraints {
		usage[i].FargvIndex, usage[i].Fomit = int32(c.arg), uint8(libc.Bool32(c.omit))
		if c.in && c.arg > 0 {
			sqlite3.Xsqlite3_vtab_in(tls, p, int32(i), 1)
		}
	}
	in.FidxNum, in.FestimatedCost, in.FestimatedRows = int32(info.plan), info.cost, info.rows
	in.ForderByConsumed = libc.Bool32(info.ordered)
	if info.text != "" {
		in.FidxStr, in.FneedToFreeIdxStr = sqliteString(tls, info.text), 1
	}
	return sqlite3.SQLITE_OK
}
