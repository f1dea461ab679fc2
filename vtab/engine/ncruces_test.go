//go:build sqlite_ncruces || illumos

package engine

import (
	"errors"
	"testing"

	"github.com/ncruces/go-sqlite3"
)

func TestActionsAreThoseOfSQLite(t *testing.T) {
	for do, code := range map[action]sqlite3.AuthorizerActionCode{
		actionPragma: sqlite3.AUTH_PRAGMA, actionRead: sqlite3.AUTH_READ, actionSelect: sqlite3.AUTH_SELECT,
		actionTransaction: sqlite3.AUTH_TRANSACTION, actionFunction: sqlite3.AUTH_FUNCTION,
		actionSavepoint: sqlite3.AUTH_SAVEPOINT, actionRecursive: sqlite3.AUTH_RECURSIVE,
	} {
		if int(do) != int(code) {
			t.Errorf("action %d is %d", do, code)
		}
	}
	if codeInterrupt != sqlite3.INTERRUPT || codeAuth != sqlite3.AUTH {
		t.Error("result codes")
	}
}

func TestErrorsAreTranslated(t *testing.T) {
	broken := errors.New("broken")
	if err := ncrucesError(broken, ""); err != broken {
		t.Error(err)
	}
	var e *Error
	if err := ncrucesError(sqlite3.INTERRUPT, "SELECT 1"); !errors.As(err, &e) || e.Code != codeInterrupt || e.SQL != "SELECT 1" || e.Offset != -1 {
		t.Errorf("%#v", err)
	}
	if ncrucesError(nil, "") != nil {
		t.Error("an error of none")
	}
}
