//go:build sqlite_ncruces || illumos

package engine

import (
	"errors"

	"github.com/ncruces/go-sqlite3"
)

func init() { openEngineFile = openNcrucesFile }

// openNcrucesFile opens a connection to a file.
func openNcrucesFile(path string, readOnly bool) (conn, error) {
	flags := sqlite3.OPEN_READWRITE
	if readOnly {
		flags = sqlite3.OPEN_READONLY
	}
	db, err := sqlite3.OpenFlags(path, flags)
	if err != nil {
		return nil, ncrucesError(err, "")
	}
	c := &ncrucesConn{db: db}
	for option, on := range map[sqlite3.DBConfig]bool{
		sqlite3.DBCONFIG_DQS_DML:        false,
		sqlite3.DBCONFIG_DQS_DDL:        false,
		sqlite3.DBCONFIG_DEFENSIVE:      true,
		sqlite3.DBCONFIG_ENABLE_TRIGGER: false,
		sqlite3.DBCONFIG_ENABLE_VIEW:    false,
	} {
		if _, err := db.Config(option, on); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	for _, l := range limits {
		db.Limit(sqlite3.LimitCategory(l.code), l.value)
	}
	db.HardHeapLimit(MaxHeap)
	return c, nil
}

// reset makes a statement start anew. An error of the last step was returned already.
func (s ncrucesStmt) reset() error {
	_ = s.s.Reset()
	return nil
}
