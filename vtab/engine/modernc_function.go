//go:build !(sqlite_ncruces || illumos)

package engine

import (
	"runtime"
	"strconv"
	"strings"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"

	"sockstat/vtab/function"
	"sockstat/vtab/table"
)

// moderncFunction is a function of SQL, to which C memory points.
type moderncFunction struct {
	conn *moderncConn
	function.Function
	args []table.Value // space for a call
}

// deterministic are the properties of functions: the same arguments give the same value, and
// no harm is done by a call from anywhere.
const deterministic = sqlite3.SQLITE_UTF8 | sqlite3.SQLITE_DETERMINISTIC | sqlite3.SQLITE_INNOCUOUS

func (c *moderncConn) function(f function.Function) error {
	z := c.cString(f.Name)
	defer libc.Xfree(c.tls, z)
	app := c.keep(&moderncFunction{conn: c, Function: f})
	var rc int32
	if f.Start == nil {
		rc = sqlite3.Xsqlite3_create_function_v2(c.tls, c.db, z, int32(f.Args), deterministic, app, pointerTo(moderncCall), 0, 0, 0)
	} else {
		rc = sqlite3.Xsqlite3_create_window_function(c.tls, c.db, z, int32(f.Args), deterministic, app,
			pointerTo(moderncStep), pointerTo(moderncFinal), pointerTo(moderncValue), pointerTo(moderncInverse), 0)
	}
	if rc != sqlite3.SQLITE_OK {
		return c.error(rc, "")
	}
	return nil
}

// functionOf returns the function that a context is of, with the values of its arguments.
func functionOf(tls *libc.TLS, ctx uintptr, argc int32, argv uintptr) *moderncFunction {
	f := at[moderncFunction](sqlite3.Xsqlite3_user_data(tls, ctx))
	f.args = f.args[:0]
	for _, arg := range unsafe.Slice(at[uintptr](argv), argc) {
		f.args = append(f.args, f.conn.value(arg))
	}
	return f
}

// returns has f return what a call returns.
func (f *moderncFunction) returns(ctx uintptr, call func() (table.Value, error)) {
	v, err := function.Guarded(f.Name, call)
	f.fails(ctx, err)
	if err == nil {
		f.conn.result(ctx, v)
	}
}

// fails has f return an error, if it is one.
func (f *moderncFunction) fails(ctx uintptr, err error) {
	if err != nil {
		message := err.Error()
		sqlite3.Xsqlite3_result_error(f.conn.tls, ctx, f.conn.pointer(message), int32(len(message)))
		runtime.KeepAlive(message)
	}
}

func moderncCall(tls *libc.TLS, ctx uintptr, argc int32, argv uintptr) {
	f := functionOf(tls, ctx, argc, argv)
	f.returns(ctx, func() (table.Value, error) { return f.Call(f.args) })
}

// moderncState is the state of an aggregate function, to which SQLite's memory points.
type moderncState struct{ function.Aggregate }

// state returns the state of an aggregate function. SQLite has memory for a pointer to it,
// zero at first.
func (f *moderncFunction) state(ctx uintptr) *moderncState {
	p := sqlite3.Xsqlite3_aggregate_context(f.conn.tls, ctx, int32(word))
	if p == 0 { // out of memory, or final without a row
		return &moderncState{f.Start()}
	}
	if *at[uintptr](p) == 0 {
		*at[uintptr](p) = f.conn.keep(&moderncState{f.Start()})
	}
	return at[moderncState](*at[uintptr](p))
}

func moderncStep(tls *libc.TLS, ctx uintptr, argc int32, argv uintptr) {
	f := functionOf(tls, ctx, argc, argv)
	_, err := function.Guarded(f.Name, func() (table.Value, error) { return table.Null(), f.state(ctx).Step(f.args) })
	f.fails(ctx, err)
}

func moderncInverse(tls *libc.TLS, ctx uintptr, argc int32, argv uintptr) {
	f := functionOf(tls, ctx, argc, argv)
	_, err := function.Guarded(f.Name, func() (table.Value, error) { f.state(ctx).Inverse(f.args); return table.Null(), nil })
	f.fails(ctx, err)
}

func moderncValue(tls *libc.TLS, ctx uintptr) {
	f := functionOf(tls, ctx, 0, 0)
	f.returns(ctx, f.state(ctx).Value)
}

func moderncFinal(tls *libc.TLS, ctx uintptr) {
	moderncValue(tls, ctx)
	f := functionOf(tls, ctx, 0, 0)
	if p := sqlite3.Xsqlite3_aggregate_context(tls, ctx, 0); p != 0 && *at[uintptr](p) != 0 {
		delete(f.conn.alive, at[moderncState](*at[uintptr](p)))
	}
}

// moderncExtras are the functions that this build of SQLite has beyond its core, with the
// number of their arguments.
const moderncExtras = `bm25/-1 fts5/1 fts5_get_locale/-1 fts5_insttoken/1 fts5_locale/2 fts5_source_id/0 highlight/-1
	snippet/-1 geopoly_area/1 geopoly_bbox/1 geopoly_blob/1 geopoly_ccw/1 geopoly_contains_point/3 geopoly_debug/1
	geopoly_group_bbox/1 geopoly_json/1 geopoly_overlap/2 geopoly_regular/4 geopoly_svg/-1 geopoly_within/2 geopoly_xform/7
	rtreecheck/-1 rtreedepth/1 rtreenode/2`

// core removes what this build of SQLite has beyond its core: functions and virtual tables of
// full-text search and geometry, and views of the pages of a database.
func (c *moderncConn) core() error {
	for _, f := range strings.Fields(moderncExtras) {
		name, args, _ := strings.Cut(f, "/")
		n, _ := strconv.Atoi(args)
		z := c.cString(name)
		rc := sqlite3.Xsqlite3_create_function_v2(c.tls, c.db, z, int32(n), sqlite3.SQLITE_UTF8, 0, 0, 0, 0, 0)
		libc.Xfree(c.tls, z)
		if rc != sqlite3.SQLITE_OK {
			return c.error(rc, "")
		}
	}
	if rc := sqlite3.Xsqlite3_drop_modules(c.tls, c.db, 0); rc != sqlite3.SQLITE_OK {
		return c.error(rc, "")
	}
	return nil
}
