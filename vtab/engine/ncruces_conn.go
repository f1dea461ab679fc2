//go:build sqlite_ncruces || illumos

package engine

import (
	"context"
	"errors"
	"strings"

	"github.com/ncruces/go-sqlite3"
)

// Name is the SQLite engine that the program was built with.
const Name = "github.com/ncruces/go-sqlite3"

func init() { openEngine = openNcruces }

// ncrucesConn is a connection of github.com/ncruces/go-sqlite3.
type ncrucesConn struct {
	db  *sqlite3.Conn
	sql string // that was prepared last
}

func openNcruces() (conn, error) {
	return newNcruces(":memory:", sqlite3.OPEN_READWRITE|sqlite3.OPEN_CREATE)
}

// newNcruces opens a connection, with the limits and options that each of them has and some that
// are switched off besides. It returns no connection with an error.
func newNcruces(path string, flags sqlite3.OpenFlag, off ...sqlite3.DBConfig) (conn, error) {
	db, err := sqlite3.OpenFlags(path, flags)
	if err != nil {
		return nil, ncrucesError(err, "")
	}
	off = append(off, sqlite3.DBCONFIG_DQS_DML, sqlite3.DBCONFIG_DQS_DDL) // "LISTEN" is a column, 'LISTEN' a text
	_, err = db.Config(sqlite3.DBCONFIG_DEFENSIVE, true)
	for _, option := range off {
		if err == nil {
			_, err = db.Config(option, false)
		}
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	for _, l := range limits {
		db.Limit(sqlite3.LimitCategory(l.code), l.value)
	}
	db.HardHeapLimit(MaxHeap)
	return &ncrucesConn{db: db}, nil
}

func (c *ncrucesConn) prepare(sql string) (_ stmt, _ string, err error) {
	defer rescue(&err, errNoMemory)
	c.sql = sql
	s, tail, err := c.db.Prepare(sql)
	if err != nil || s == nil {
		return nil, tail, ncrucesError(err, sql)
	}
	return ncrucesStmt{s}, tail, nil
}

// ncrucesError translates an error. The package prefixes SQLite's message by the name of
// its code.
func ncrucesError(err error, sql string) error {
	var e *sqlite3.Error
	var code sqlite3.ErrorCode
	switch {
	case errors.As(err, &e):
	case errors.As(err, &code):
		return &Error{Code: int(code), Message: code.Error(), SQL: sql, Offset: -1}
	default:
		return err
	}
	out := &Error{Code: int(e.Code()), SQL: sql, Offset: -1}
	out.Message = strings.TrimPrefix(e.Error(), e.Code().Error()+": ")
	if rest := e.SQL(); rest != "" && strings.HasSuffix(sql, rest) {
		out.Offset = len(sql) - len(rest)
	}
	return out
}

func (c *ncrucesConn) authorize(allow authorizer) error {
	return c.db.SetAuthorizer(func(code sqlite3.AuthorizerActionCode, arg1, arg2, schema, inner string) sqlite3.AuthorizerReturnCode {
		// No argument is told as an empty one. Where there is one, more than a name is in the text.
		bare := arg2 == "" && !strings.ContainsAny(c.sql, "=(")
		if allow(deed{action(code), arg1, arg2, schema, bare}) {
			return sqlite3.AUTH_OK
		}
		return sqlite3.AUTH_DENY
	})
}

func (c *ncrucesConn) interruptible(ctx context.Context) func() {
	old := c.db.SetInterrupt(ctx)
	return func() { c.db.SetInterrupt(old) }
}

func (c *ncrucesConn) autocommit() bool { return c.db.GetAutocommit() }

func (c *ncrucesConn) close() error { return c.db.Close() }
