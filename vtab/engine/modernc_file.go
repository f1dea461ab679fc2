//go:build !(sqlite_ncruces || illumos)

package engine

import (
	"context"
	"errors"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

func init() { openEngineFile = openModerncFile }

// openModerncFile opens a connection to a file.
func openModerncFile(path string, readOnly bool) (conn, error) {
	countMemory()
	c := &moderncConn{tls: libc.NewTLS(), ctx: context.Background(), alive: map[any]struct{}{}}
	c.out = libc.Xcalloc(c.tls, 2, libc.Tsize_t(word))
	name := c.cString(path)
	defer libc.Xfree(c.tls, name)
	flags := int32(sqlite3.SQLITE_OPEN_READWRITE)
	if readOnly {
		flags = sqlite3.SQLITE_OPEN_READONLY
	}
	rc := sqlite3.Xsqlite3_open_v2(c.tls, name, c.out, flags|sqlite3.SQLITE_OPEN_NOMUTEX, 0)
	c.db = *at[uintptr](c.out)
	if rc != sqlite3.SQLITE_OK {
		return nil, errors.Join(c.error(rc, ""), c.close())
	}
	c.config(sqlite3.SQLITE_DBCONFIG_DQS_DML, 0)
	c.config(sqlite3.SQLITE_DBCONFIG_DQS_DDL, 0)
	c.config(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, 1)
	c.config(sqlite3.SQLITE_DBCONFIG_ENABLE_TRIGGER, 0)
	c.config(sqlite3.SQLITE_DBCONFIG_ENABLE_VIEW, 0)
	for _, l := range limits {
		sqlite3.Xsqlite3_limit(c.tls, c.db, int32(l.code), int32(l.value))
	}
	c.keep(c)
	c.askEvery(instructions)
	return c, nil
}

// reset makes a statement start anew. An error of the last step was returned already.
func (s *moderncStmt) reset() error {
	sqlite3.Xsqlite3_reset(s.conn.tls, s.p)
	return nil
}
