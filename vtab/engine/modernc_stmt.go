//go:build !(sqlite_ncruces || illumos)

package engine

import (
	"runtime"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"

	"sockstat/vtab/table"
)

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

func (s *moderncStmt) bind(i int, v table.Value) error {
	c, n := s.conn, int32(i+1)
	var rc int32
	switch v.Kind() {
	case table.KindNull:
		rc = sqlite3.Xsqlite3_bind_null(c.tls, s.p, n)
	case table.KindInteger:
		rc = sqlite3.Xsqlite3_bind_int64(c.tls, s.p, n, v.Int())
	case table.KindReal:
		rc = sqlite3.Xsqlite3_bind_double(c.tls, s.p, n, v.Float())
	case table.KindText:
		rc = sqlite3.Xsqlite3_bind_text(c.tls, s.p, n, c.pointer(v.Bytes()), int32(len(v.Bytes())), transient)
	case table.KindBlob:
		rc = sqlite3.Xsqlite3_bind_blob(c.tls, s.p, n, c.pointer(v.Bytes()), int32(len(v.Bytes())), transient)
	}
	runtime.KeepAlive(v.Bytes())
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
func (s *moderncStmt) value(i int) table.Value {
	tls, p := s.conn.tls, sqlite3.Xsqlite3_column_value(s.conn.tls, s.p, int32(i))
	v := s.conn.value(p)
	if v.Kind() != table.KindReal {
		return v
	}
	text := sqlite3.Xsqlite3_value_text(tls, p) // the value stays a REAL
	return table.FloatAs(v.Float(), view(text, sqlite3.Xsqlite3_value_bytes(tls, p)))
}

func (s *moderncStmt) close() error {
	sqlite3.Xsqlite3_finalize(s.conn.tls, s.p) // repeats the error of step
	return nil
}

// value returns a sqlite3_value; text and blobs are valid as long as it is.
func (c *moderncConn) value(p uintptr) table.Value {
	switch sqlite3.Xsqlite3_value_type(c.tls, p) {
	case sqlite3.SQLITE_INTEGER:
		return table.Int(sqlite3.Xsqlite3_value_int64(c.tls, p))
	case sqlite3.SQLITE_FLOAT:
		return table.Float(sqlite3.Xsqlite3_value_double(c.tls, p))
	case sqlite3.SQLITE_TEXT: // as a blob: value_text would copy it to append a NUL
		z := sqlite3.Xsqlite3_value_blob(c.tls, p)
		return table.String(view(z, sqlite3.Xsqlite3_value_bytes(c.tls, p)))
	case sqlite3.SQLITE_BLOB:
		z := sqlite3.Xsqlite3_value_blob(c.tls, p)
		return table.Blob(view(z, sqlite3.Xsqlite3_value_bytes(c.tls, p)))
	}
	return table.Null()
}
