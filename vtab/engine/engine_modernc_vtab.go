//go:build !(sqlite_ncruces || illumos)

package engine

import (
	"runtime"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// moderncTable is struct sqlite3_vtab with what it stands for behind it. Like
// moderncCursor it lies in C memory, where the garbage collector does not look:
// moderncConn.alive holds the same pointers.
type moderncTable struct {
	base sqlite3.Tsqlite3_vtab
	impl uintptr // *moderncModule
}

// moderncCursor is struct sqlite3_vtab_cursor with what it stands for behind it.
type moderncCursor struct {
	base sqlite3.Tsqlite3_vtab_cursor
	impl uintptr // *moderncScan
}

// moderncModule is what is known of a virtual table before it is used.
type moderncModule struct {
	conn  *moderncConn
	table table
}

// moderncScan is a cursor in Go memory.
type moderncScan struct {
	conn  *moderncConn
	table table
	cursor
	values []Value   // space for the arguments of filter
	args   [][]Value // the same, one list an argument
}

// table registers an eponymous module: one without xCreate, whose table exists once a
// statement names it.
func (c *moderncConn) table(name string, t table) error {
	p := libc.Xcalloc(c.tls, 1, libc.Tsize_t(unsafe.Sizeof(sqlite3.Tsqlite3_module{})))
	c.modules = append(c.modules, p)
	*at[sqlite3.Tsqlite3_module](p) = sqlite3.Tsqlite3_module{
		FiVersion:    1,
		FxConnect:    function(moderncConnect),
		FxBestIndex:  function(moderncBestIndex),
		FxDisconnect: function(moderncDisconnect),
		FxDestroy:    function(moderncDisconnect),
		FxOpen:       function(moderncOpen),
		FxClose:      function(moderncClose),
		FxFilter:     function(moderncFilter),
		FxNext:       function(moderncNext),
		FxEof:        function(moderncEOF),
		FxColumn:     function(moderncColumn),
		FxRowid:      function(moderncRowid),
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

var moderncOps = map[uint8]op{
	sqlite3.SQLITE_INDEX_CONSTRAINT_EQ: opEq, sqlite3.SQLITE_INDEX_CONSTRAINT_GT: opGt,
	sqlite3.SQLITE_INDEX_CONSTRAINT_GE: opGe, sqlite3.SQLITE_INDEX_CONSTRAINT_LT: opLt,
	sqlite3.SQLITE_INDEX_CONSTRAINT_LE: opLe, sqlite3.SQLITE_INDEX_CONSTRAINT_LIMIT: opLimit,
	sqlite3.SQLITE_INDEX_CONSTRAINT_OFFSET: opOffset, sqlite3.SQLITE_INDEX_CONSTRAINT_ISNULL: opIsNull,
	sqlite3.SQLITE_INDEX_CONSTRAINT_ISNOTNULL: opNotNull,
}

func moderncBestIndex(tls *libc.TLS, vtab, p uintptr) int32 {
	m := at[moderncModule](at[moderncTable](vtab).impl)
	in := at[sqlite3.Tsqlite3_index_info](p)
	info := indexInfo{used: in.FcolUsed}
	given := unsafe.Slice(at[sqlite3.Tsqlite3_index_constraint](in.FaConstraint), in.FnConstraint)
	for i, g := range given {
		c := constraint{column: int(g.FiColumn), op: moderncOps[g.Fop], usable: g.Fusable != 0}
		if c.op == opEq {
			c.in = sqlite3.Xsqlite3_vtab_in(tls, p, int32(i), -1) != 0
			c.binary = libc.GoString(sqlite3.Xsqlite3_vtab_collation(tls, p, int32(i))) == "BINARY"
		}
		if c.op != opOther && !c.in && sqlite3.Xsqlite3_vtab_rhs_value(tls, p, int32(i), m.conn.out) == sqlite3.SQLITE_OK {
			v := m.conn.value(*at[uintptr](m.conn.out)).Clone()
			c.literal = &v
		}
		info.constraints = append(info.constraints, c)
	}
	if sqlite3.Xsqlite3_vtab_distinct(tls, p) == distinctGroupBy {
		for _, o := range unsafe.Slice(at[sqlite3.Tsqlite3_index_orderby](in.FaOrderBy), in.FnOrderBy) {
			info.groupBy = append(info.groupBy, orderTerm{int(o.FiColumn), o.Fdesc != 0})
		}
	}
	m.table.bestIndex(&info)
	usage := unsafe.Slice(at[sqlite3.Tsqlite3_index_constraint_usage](in.FaConstraintUsage), in.FnConstraint)
	for i, c := range info.constraints {
		usage[i].FargvIndex = int32(c.arg)
		if c.in && c.arg > 0 {
			sqlite3.Xsqlite3_vtab_in(tls, p, int32(i), 1)
		}
	}
	in.FidxNum, in.FestimatedCost, in.FestimatedRows = int32(info.plan), info.cost, info.rows
	in.ForderByConsumed = libc.Bool32(info.grouped)
	return sqlite3.SQLITE_OK
}

func moderncOpen(tls *libc.TLS, vtab, out uintptr) int32 {
	m := at[moderncModule](at[moderncTable](vtab).impl)
	p := libc.Xcalloc(tls, 1, libc.Tsize_t(unsafe.Sizeof(moderncCursor{})))
	at[moderncCursor](p).impl = m.conn.keep(&moderncScan{conn: m.conn, table: m.table, cursor: m.table.open()})
	*at[uintptr](out) = p
	return sqlite3.SQLITE_OK
}

func moderncClose(tls *libc.TLS, p uintptr) int32 {
	scan := moderncScanOf(p)
	scan.cursor.close()
	delete(scan.conn.alive, scan)
	libc.Xfree(tls, p)
	return sqlite3.SQLITE_OK
}

// moderncScanOf returns what a cursor stands for.
func moderncScanOf(p uintptr) *moderncScan { return at[moderncScan](at[moderncCursor](p).impl) }

func moderncFilter(tls *libc.TLS, p uintptr, plan int32, _ uintptr, argc int32, argv uintptr) int32 {
	scan := moderncScanOf(p)
	scan.values, scan.args = scan.values[:0], scan.args[:0]
	for i, arg := range unsafe.Slice(at[uintptr](argv), argc) {
		from, out := len(scan.values), scan.conn.out
		if !scan.table.isList(int(plan), i) {
			scan.values = append(scan.values, scan.conn.value(arg))
		} else {
			rc := sqlite3.Xsqlite3_vtab_in_first(tls, arg, out)
			for ; rc == sqlite3.SQLITE_OK; rc = sqlite3.Xsqlite3_vtab_in_next(tls, arg, out) {
				scan.values = append(scan.values, scan.conn.value(*at[uintptr](out)).Clone())
			}
		}
		scan.args = append(scan.args, scan.values[from:len(scan.values):len(scan.values)])
	}
	return moderncResult(tls, p, scan.filter(int(plan), scan.args))
}

func moderncNext(tls *libc.TLS, p uintptr) int32 {
	return moderncResult(tls, p, moderncScanOf(p).next())
}

func moderncEOF(tls *libc.TLS, p uintptr) int32 { return libc.Bool32(moderncScanOf(p).eof()) }

func moderncRowid(tls *libc.TLS, p, out uintptr) int32 {
	*at[int64](out) = moderncScanOf(p).rowid()
	return sqlite3.SQLITE_OK
}

func moderncColumn(tls *libc.TLS, p, ctx uintptr, i int32) int32 {
	scan := moderncScanOf(p)
	switch v := scan.column(int(i)); v.kind {
	case KindInteger:
		sqlite3.Xsqlite3_result_int64(tls, ctx, v.Int())
	case KindReal:
		sqlite3.Xsqlite3_result_double(tls, ctx, v.Float())
	case KindText:
		treatment := transient
		if v.num == static {
			treatment = keepPointer
		}
		sqlite3.Xsqlite3_result_text(tls, ctx, scan.conn.pointer(v.text), int32(len(v.text)), treatment)
		runtime.KeepAlive(v.text)
	case KindBlob:
		sqlite3.Xsqlite3_result_blob(tls, ctx, scan.conn.pointer(v.text), int32(len(v.text)), transient)
		runtime.KeepAlive(v.text)
	}
	return sqlite3.SQLITE_OK
}

// moderncResult returns the result code of a cursor's method and leaves the message.
func moderncResult(tls *libc.TLS, p uintptr, err error) int32 {
	if err == nil {
		return sqlite3.SQLITE_OK
	}
	vtab := at[moderncCursor](p).base.FpVtab
	at[moderncTable](vtab).base.FzErrMsg = sqliteString(tls, err.Error())
	return sqlite3.SQLITE_ERROR
}

// sqliteString copies s into memory that SQLite frees.
func sqliteString(tls *libc.TLS, s string) uintptr {
	p := sqlite3.Xsqlite3_malloc(tls, int32(len(s)+1))
	if p != 0 {
		copy(unsafe.Slice(at[byte](p), len(s)+1), s+"\x00")
	}
	return p
}

// value returns a sqlite3_value; text and blobs are valid as long as it is.
func (c *moderncConn) value(p uintptr) Value {
	switch sqlite3.Xsqlite3_value_type(c.tls, p) {
	case sqlite3.SQLITE_INTEGER:
		return Int(sqlite3.Xsqlite3_value_int64(c.tls, p))
	case sqlite3.SQLITE_FLOAT:
		return Float(sqlite3.Xsqlite3_value_double(c.tls, p))
	case sqlite3.SQLITE_TEXT: // as a blob: value_text would copy it to append a NUL
		z := sqlite3.Xsqlite3_value_blob(c.tls, p)
		return String(view(z, sqlite3.Xsqlite3_value_bytes(c.tls, p)))
	case sqlite3.SQLITE_BLOB:
		z := sqlite3.Xsqlite3_value_blob(c.tls, p)
		return Blob(view(z, sqlite3.Xsqlite3_value_bytes(c.tls, p)))
	}
	return Null()
}
