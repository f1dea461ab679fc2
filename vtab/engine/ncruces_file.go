//go:build sqlite_ncruces || illumos

package engine

import (
	"github.com/ncruces/go-sqlite3"
)

func init() { openEngineFile = openNcrucesFile }

// openNcrucesFile opens a connection to a file.
func openNcrucesFile(path string, readOnly bool) (conn, error) {
	flags := sqlite3.OPEN_READWRITE
	if readOnly {
		flags = sqlite3.OPEN_READONLY
	}
	return newNcruces(path, flags, sqlite3.DBCONFIG_ENABLE_TRIGGER, sqlite3.DBCONFIG_ENABLE_VIEW)
}

// reset makes a statement start anew. An error of the last step was returned already.
func (s ncrucesStmt) reset() error {
	_ = s.s.Reset()
	return nil
}
