//go:build !(sqlite_ncruces || illumos)

package engine

import (
	"testing"

	sqlite3 "modernc.org/sqlite/lib"
)

func TestActionsAreThoseOfSQLite(t *testing.T) {
	for do, code := range map[action]int{
		actionPragma: sqlite3.SQLITE_PRAGMA, actionRead: sqlite3.SQLITE_READ, actionSelect: sqlite3.SQLITE_SELECT,
		actionTransaction: sqlite3.SQLITE_TRANSACTION, actionFunction: sqlite3.SQLITE_FUNCTION,
		actionSavepoint: sqlite3.SQLITE_SAVEPOINT, actionRecursive: sqlite3.SQLITE_RECURSIVE,
	} {
		if int(do) != code {
			t.Errorf("action %d is %d", do, code)
		}
	}
	if codeInterrupt != sqlite3.SQLITE_INTERRUPT || codeAuth != sqlite3.SQLITE_AUTH {
		t.Error("result codes")
	}
}
