//go:build !(sqlite_ncruces || illumos)

package engine

import (
	"iter"
	"runtime"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"

	"sockstat/vtab/table"
)

// moderncCursor is struct sqlite3_vtab_cursor with what it stands for behind it.
type moderncCursor struct {
	base sqlite3.Tsqlite3_vtab_cursor
	impl uintptr // *moderncScan
}

// moderncScan is a cursor in Go memory.
type moderncScan struct {
	conn  *moderncConn
	table virtualTable
	cursor
	args []argument // space for the arguments of filter
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
	delete(scan.conn.alive, scan)
	libc.Xfree(tls, p)
	return sqlite3.SQLITE_OK
}

// moderncScanOf returns what a cursor stands for.
func moderncScanOf(p uintptr) *moderncScan { return at[moderncScan](at[moderncCursor](p).impl) }

func moderncFilter(tls *libc.TLS, p uintptr, plan int32, _ uintptr, argc int32, argv uintptr) int32 {
	scan, c := moderncScanOf(p), moderncScanOf(p).conn
	scan.args = scan.args[:0]
	for i, arg := range unsafe.Slice(at[uintptr](argv), argc) {
		number := scan.table.isNumber(int(plan), i)
		if scan.table.isList(int(plan), i) {
			scan.args = append(scan.args, argument{list: c.list(arg, number)})
		} else {
			scan.args = append(scan.args, argument{value: c.operand(arg, number)})
		}
	}
	return moderncResult(tls, p, scan.filter(int(plan), scan.args))
}

// list returns the values of an IN list. Each is valid until the next one.
func (c *moderncConn) list(arg uintptr, number bool) iter.Seq[table.Value] {
	return func(yield func(table.Value) bool) {
		rc := sqlite3.Xsqlite3_vtab_in_first(c.tls, arg, c.out)
		for ; rc == sqlite3.SQLITE_OK; rc = sqlite3.Xsqlite3_vtab_in_next(c.tls, arg, c.out) {
			if !yield(c.operand(*at[uintptr](c.out), number)) {
				return
			}
		}
	}
}

// operand returns a value, as a number if it looks like one and is to be compared with some.
func (c *moderncConn) operand(arg uintptr, number bool) table.Value {
	if number {
		sqlite3.Xsqlite3_value_numeric_type(c.tls, arg)
	}
	return c.value(arg)
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
	scan.conn.result(ctx, scan.column(int(i)))
	return sqlite3.SQLITE_OK
}

// result sets the result of a context: the value of a column or function.
func (c *moderncConn) result(ctx uintptr, v table.Value) {
	switch v.Kind() {
	case table.KindInteger:
		sqlite3.Xsqlite3_result_int64(c.tls, ctx, v.Int())
	case table.KindReal:
		sqlite3.Xsqlite3_result_double(c.tls, ctx, v.Float())
	case table.KindText:
		treatment := transient
		if v.IsStatic() {
			treatment = keepPointer
		}
		sqlite3.Xsqlite3_result_text(c.tls, ctx, c.pointer(v.Bytes()), int32(len(v.Bytes())), treatment)
		runtime.KeepAlive(v.Bytes())
	case table.KindBlob:
		sqlite3.Xsqlite3_result_blob(c.tls, ctx, c.pointer(v.Bytes()), int32(len(v.Bytes())), transient)
		runtime.KeepAlive(v.Bytes())
	}
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
