//go:build !(sqlite_ncruces || illumos)

package engine

import (
	"context"
	"errors"
	"sync"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// Name is the SQLite engine that the program was built with.
const Name = "modernc.org/sqlite"

func init() { openEngine = openModernc }

// moderncConn is a connection of modernc.org/sqlite/lib, SQLite translated to Go: its C
// pointers are uintptr, its memory is not Go's.
type moderncConn struct {
	tls   *libc.TLS
	db    uintptr
	out   uintptr // two words for what functions return through pointers
	allow authorizer
	ctx   context.Context // of the statement that runs
	texts textPointers

	modules []uintptr
	alive   map[any]struct{} // Go values that C memory points to
}

// openModernc opens a connection without SQLite's mutexes, since it belongs to one
// goroutine: they took a quarter of the time.
func openModernc() (conn, error) {
	c, err := newModernc(":memory:", sqlite3.SQLITE_OPEN_READWRITE|sqlite3.SQLITE_OPEN_CREATE|sqlite3.SQLITE_OPEN_MEMORY)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// newModernc opens a connection, with the options and limits that each of them has. It returns no
// connection with an error.
func newModernc(path string, flags int32) (*moderncConn, error) {
	countMemory()
	c := &moderncConn{tls: libc.NewTLS(), ctx: context.Background(), alive: map[any]struct{}{}}
	c.out = libc.Xcalloc(c.tls, 2, libc.Tsize_t(word))
	name := c.cString(path)
	defer libc.Xfree(c.tls, name)
	rc := sqlite3.Xsqlite3_open_v2(c.tls, name, c.out, flags|sqlite3.SQLITE_OPEN_NOMUTEX, 0)
	c.db = *at[uintptr](c.out)
	if rc != sqlite3.SQLITE_OK {
		return nil, errors.Join(c.error(rc, ""), c.close())
	}
	c.config(sqlite3.SQLITE_DBCONFIG_DQS_DML, 0) // "LISTEN" is a column, 'LISTEN' a text
	c.config(sqlite3.SQLITE_DBCONFIG_DQS_DDL, 0)
	c.config(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, 1)
	for _, l := range limits {
		sqlite3.Xsqlite3_limit(c.tls, c.db, int32(l.code), int32(l.value))
	}
	c.keep(c)
	c.askEvery(instructions)
	return c, nil
}

// countMemory has SQLite count the memory it takes, which it was compiled not to, and sets the
// limit. Both are the whole program's, and come before the first connection.
var countMemory = sync.OnceFunc(func() {
	tls := libc.NewTLS()
	defer tls.Close()
	args := libc.Xmalloc(tls, 8)
	defer libc.Xfree(tls, args)
	sqlite3.Xsqlite3_config(tls, sqlite3.SQLITE_CONFIG_MEMSTATUS, libc.VaList(args, int32(1)))
	sqlite3.Xsqlite3_hard_heap_limit64(tls, MaxHeap)
})

// config sets an option of the connection.
func (c *moderncConn) config(option int32, on int32) {
	args := libc.Xmalloc(c.tls, 16) // of 8 bytes each
	defer libc.Xfree(c.tls, args)
	sqlite3.Xsqlite3_db_config(c.tls, c.db, option, libc.VaList(args, on, uintptr(0)))
}

func (c *moderncConn) prepare(sql string) (stmt, string, error) {
	z := c.cString(sql)
	defer libc.Xfree(c.tls, z)
	c.askEvery(1) // every SELECT: it is but once for each that compiling asks
	defer c.askEvery(instructions)
	rc := sqlite3.Xsqlite3_prepare_v2(c.tls, c.db, z, int32(len(sql)+1), c.out, c.out+word)
	if rc != sqlite3.SQLITE_OK {
		return nil, "", c.error(rc, sql)
	}
	tail := sql[min(len(sql), int(*at[uintptr](c.out + word)-z)):]
	p := *at[uintptr](c.out)
	if p == 0 {
		return nil, tail, nil
	}
	return &moderncStmt{conn: c, p: p}, tail, nil
}

// error returns the error of the last call, which returned rc.
func (c *moderncConn) error(rc int32, sql string) error {
	e := &Error{Code: int(rc & 0xff), SQL: sql, Offset: -1}
	e.Message = libc.GoString(sqlite3.Xsqlite3_errmsg(c.tls, c.db))
	if sql != "" {
		e.Offset = int(sqlite3.Xsqlite3_error_offset(c.tls, c.db))
	}
	return e
}

func (c *moderncConn) authorize(allow authorizer) error {
	c.allow = allow
	if rc := sqlite3.Xsqlite3_set_authorizer(c.tls, c.db, pointerTo(moderncAuthorize), c.keep(c)); rc != sqlite3.SQLITE_OK {
		return c.error(rc, "")
	}
	return nil
}

func moderncAuthorize(tls *libc.TLS, c uintptr, code int32, arg1, arg2, schema, trigger uintptr) int32 {
	if code == sqlite3.SQLITE_READ || code == sqlite3.SQLITE_SELECT { // the many
		return sqlite3.SQLITE_OK
	}
	d := deed{action(code), libc.GoString(arg1), libc.GoString(arg2), libc.GoString(schema), arg2 == 0}
	if at[moderncConn](c).allow(d) {
		return sqlite3.SQLITE_OK
	}
	return sqlite3.SQLITE_DENY
}

// instructions of a statement are run between two calls of moderncProgress.
const instructions = 100

// askEvery has SQLite call moderncProgress each time after n steps.
func (c *moderncConn) askEvery(n int32) {
	sqlite3.Xsqlite3_progress_handler(c.tls, c.db, n, pointerTo(moderncProgress), uintptr(unsafe.Pointer(c)))
}

// interruptible has SQLite ask for the end of ctx again and again. To call its interrupt
// once would be forgotten by a statement that is about to start.
func (c *moderncConn) interruptible(ctx context.Context) func() {
	old := c.ctx
	c.ctx = ctx
	return func() { c.ctx = old }
}

func moderncProgress(tls *libc.TLS, c uintptr) int32 {
	if at[moderncConn](c).ctx.Err() != nil {
		return 1
	}
	return 0
}

func (c *moderncConn) autocommit() bool { return sqlite3.Xsqlite3_get_autocommit(c.tls, c.db) != 0 }

func (c *moderncConn) close() error {
	rc := sqlite3.Xsqlite3_close_v2(c.tls, c.db)
	for _, p := range append(c.modules, c.out, c.texts.memory()) {
		libc.Xfree(c.tls, p)
	}
	c.tls.Close()
	if rc != sqlite3.SQLITE_OK {
		return &Error{Code: int(rc), Message: "close", Offset: -1}
	}
	return nil
}
