//go:build !(sqlite_ncruces || illumos)

package engine

import (
	sqlite3 "modernc.org/sqlite/lib"
)

func init() { openEngineFile = openModerncFile }

// openModerncFile opens a connection to a file.
func openModerncFile(path string, readOnly bool) (conn, error) {
	flags := int32(sqlite3.SQLITE_OPEN_READWRITE)
	if readOnly {
		flags = sqlite3.SQLITE_OPEN_READONLY
	}
	c, err := newModernc(path, flags)
	if err != nil {
		return nil, err
	}
	c.config(sqlite3.SQLITE_DBCONFIG_ENABLE_TRIGGER, 0)
	c.config(sqlite3.SQLITE_DBCONFIG_ENABLE_VIEW, 0)
	return c, nil
}

// reset makes a statement start anew. An error of the last step was returned already.
func (s *moderncStmt) reset() error {
	sqlite3.Xsqlite3_reset(s.conn.tls, s.p)
	return nil
}
