//go:build !(sqlite_ncruces || illumos)

package engine

import (
	"context"
	"errors"
	"runtime"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

func init() { openEngine = openModernc }

// moderncConn is a connection of modernc.org/sqlite/lib, SQLite translated to Go: its C
// pointers are uintptr, its memory is not Go's.
type moderncConn struct {
	tls   *libc.TLS
	db    uintptr
	out   uintptr // two words for what functions return through pointers
	allow func(action, arg1, arg2 string) bool
	ctx   context.Context // of the statement that runs
	texts textPointers

	modules []uintptr
	alive   map[any]struct{} // Go values that C memory points to
}

const word = unsafe.Sizeof(uintptr(0))

// openModernc opens a connection without SQLite's mutexes, since it belongs to one
// goroutine: they took a quarter of the time.
func openModernc() (conn, error) {
	c := &moderncConn{tls: libc.NewTLS(), ctx: context.Background(), alive: map[any]struct{}{}}
	c.out = libc.Xcalloc(c.tls, 2, libc.Tsize_t(word))
	name := c.cString(":memory:")
	defer libc.Xfree(c.tls, name)
	const flags = sqlite3.SQLITE_OPEN_READWRITE | sqlite3.SQLITE_OPEN_CREATE | sqlite3.SQLITE_OPEN_MEMORY |
		sqlite3.SQLITE_OPEN_NOMUTEX
	rc := sqlite3.Xsqlite3_open_v2(c.tls, name, c.out, flags, 0)
	c.db = *at[uintptr](c.out)
	if rc != sqlite3.SQLITE_OK {
		return nil, errors.Join(c.error(rc, ""), c.close())
	}
	c.config(sqlite3.SQLITE_DBCONFIG_DQS_DML, 0) // "LISTEN" is a column, 'LISTEN' a text
	c.config(sqlite3.SQLITE_DBCONFIG_DQS_DDL, 0)
	c.config(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, 1)
	const instructions = 100 // of the statement between two calls
	sqlite3.Xsqlite3_progress_handler(c.tls, c.db, instructions, function(moderncProgress), c.keep(c))
	return c, nil
}

// config sets an option of the connection.
func (c *moderncConn) config(option int32, on int32) {
	args := libc.Xmalloc(c.tls, 16) // of 8 bytes each
	defer libc.Xfree(c.tls, args)
	sqlite3.Xsqlite3_db_config(c.tls, c.db, option, libc.VaList(args, on, uintptr(0)))
}

func (c *moderncConn) prepare(sql string) (stmt, string, error) {
	z := c.cString(sql)
	defer libc.Xfree(c.tls, z)
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

func (c *moderncConn) authorize(allow func(action, arg1, arg2 string) bool) error {
	c.allow = allow
	if rc := sqlite3.Xsqlite3_set_authorizer(c.tls, c.db, function(moderncAuthorize), c.keep(c)); rc != sqlite3.SQLITE_OK {
		return c.error(rc, "")
	}
	return nil
}

func moderncAuthorize(tls *libc.TLS, c uintptr, action int32, arg1, arg2, schema, trigger uintptr) int32 {
	if action == sqlite3.SQLITE_READ || action == sqlite3.SQLITE_SELECT { // the many
		return sqlite3.SQLITE_OK
	}
	if at[moderncConn](c).allow(actionName(int(action)), libc.GoString(arg1), libc.GoString(arg2)) {
		return sqlite3.SQLITE_OK
	}
	return sqlite3.SQLITE_DENY
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

// moderncStmt is a prepared statement.
type moderncStmt struct {
	conn  *moderncConn
	p     uintptr
	names []string
}

func (s *moderncStmt) columns() []string {
	if s.names == nil {
		s.names = make([]string, sqlite3.Xsqlite3_column_count(s.conn.tls, s.p))
		for i := range s.names {
			s.names[i] = libc.GoString(sqlite3.Xsqlite3_column_name(s.conn.tls, s.p, int32(i)))
		}
	}
	return s.names
}

func (s *moderncStmt) params() []string {
	names := make([]string, sqlite3.Xsqlite3_bind_parameter_count(s.conn.tls, s.p))
	for i := range names {
		names[i] = libc.GoString(sqlite3.Xsqlite3_bind_parameter_name(s.conn.tls, s.p, int32(i+1)))
	}
	return names
}

func (s *moderncStmt) bind(i int, v Value) error {
	c, n := s.conn, int32(i+1)
	var rc int32
	switch v.kind {
	case KindNull:
		rc = sqlite3.Xsqlite3_bind_null(c.tls, s.p, n)
	case KindInteger:
		rc = sqlite3.Xsqlite3_bind_int64(c.tls, s.p, n, v.Int())
	case KindReal:
		rc = sqlite3.Xsqlite3_bind_double(c.tls, s.p, n, v.Float())
	case KindText:
		rc = sqlite3.Xsqlite3_bind_text(c.tls, s.p, n, c.pointer(v.text), int32(len(v.text)), transient)
	case KindBlob:
		rc = sqlite3.Xsqlite3_bind_blob(c.tls, s.p, n, c.pointer(v.text), int32(len(v.text)), transient)
	}
	runtime.KeepAlive(v.text)
	if rc != sqlite3.SQLITE_OK {
		return c.error(rc, "")
	}
	return nil
}

func (s *moderncStmt) expanded() string {
	p := sqlite3.Xsqlite3_expanded_sql(s.conn.tls, s.p)
	defer sqlite3.Xsqlite3_free(s.conn.tls, p)
	return libc.GoString(p)
}

func (s *moderncStmt) step() (bool, error) {
	switch rc := sqlite3.Xsqlite3_step(s.conn.tls, s.p); rc {
	case sqlite3.SQLITE_ROW:
		return true, nil
	case sqlite3.SQLITE_DONE:
		return false, nil
	default:
		return false, s.conn.error(rc, "")
	}
}

// value asks for the column once: sqlite3_column_type and its like look it up every time.
// Its value is "unprotected", which is of no matter where one goroutine has the connection.
func (s *moderncStmt) value(i int) Value {
	return s.conn.value(sqlite3.Xsqlite3_column_value(s.conn.tls, s.p, int32(i)))
}

func (s *moderncStmt) close() error {
	sqlite3.Xsqlite3_finalize(s.conn.tls, s.p) // repeats the error of step
	return nil
}

// at returns C memory as a Go value.
func at[T any](p uintptr) *T { return *(**T)(unsafe.Pointer(&p)) }

// view returns C memory as a string, which is valid as long as the memory is.
func view(p uintptr, n int32) string { return unsafe.String(at[byte](p), n) }

// function returns a C function pointer to a declared Go function. It relies on the
// representation of function values, https://golang.org/s/go11func, as the translated
// SQLite itself does.
func function[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&f)) }

// keep returns a pointer to v for C memory and keeps v alive until the connection ends.
func (c *moderncConn) keep(v any) uintptr {
	c.alive[v] = struct{}{}
	return (*[2]uintptr)(unsafe.Pointer(&v))[1]
}

// cString copies s into C memory, to be freed by the caller.
func (c *moderncConn) cString(s string) uintptr {
	p := libc.Xmalloc(c.tls, libc.Tsize_t(len(s)+1))
	copy(unsafe.Slice(at[byte](p), len(s)+1), s+"\x00")
	return p
}
