//go:build sqlite_ncruces || illumos

package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unsafe"

	"github.com/ncruces/go-sqlite3"
)

func init() { openEngine = openNcruces }

// ncrucesConn is a connection of github.com/ncruces/go-sqlite3.
type ncrucesConn struct{ db *sqlite3.Conn }

func openNcruces() (conn, error) {
	db, err := sqlite3.Open(":memory:")
	if err != nil {
		return nil, err
	}
	c := ncrucesConn{db}
	for option, on := range map[sqlite3.DBConfig]bool{
		sqlite3.DBCONFIG_DQS_DML:   false, // "LISTEN" is a column, 'LISTEN' a text
		sqlite3.DBCONFIG_DQS_DDL:   false,
		sqlite3.DBCONFIG_DEFENSIVE: true,
	} {
		if _, err := db.Config(option, on); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	return c, nil
}

func (c ncrucesConn) prepare(sql string) (stmt, string, error) {
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

func (c ncrucesConn) authorize(allow func(action, arg1, arg2 string) bool) error {
	return c.db.SetAuthorizer(func(action sqlite3.AuthorizerActionCode, arg1, arg2, schema, inner string) sqlite3.AuthorizerReturnCode {
		if allow(actionName(int(action)), arg1, arg2) {
			return sqlite3.AUTH_OK
		}
		return sqlite3.AUTH_DENY
	})
}

func (c ncrucesConn) interruptible(ctx context.Context) func() {
	old := c.db.SetInterrupt(ctx)
	return func() { c.db.SetInterrupt(old) }
}

func (c ncrucesConn) autocommit() bool { return c.db.GetAutocommit() }

func (c ncrucesConn) close() error { return c.db.Close() }

// ncrucesStmt is a prepared statement.
type ncrucesStmt struct{ s *sqlite3.Stmt }

func (s ncrucesStmt) columns() []string {
	names := make([]string, s.s.ColumnCount())
	for i := range names {
		names[i] = s.columnName(i)
	}
	return names
}

// columnName returns the name of a column. The package panics for one of a megabyte, which
// an expression without a name can have.
func (s ncrucesStmt) columnName(i int) (name string) {
	defer func() {
		if recover() != nil {
			name = fmt.Sprint("column ", i+1)
		}
	}()
	return s.s.ColumnName(i)
}

func (s ncrucesStmt) params() []string {
	names := make([]string, s.s.BindCount())
	for i := range names {
		names[i] = s.s.BindName(i + 1)
	}
	return names
}

func (s ncrucesStmt) bind(i int, v Value) error {
	switch n := i + 1; v.kind {
	case KindInteger:
		return s.s.BindInt64(n, v.Int())
	case KindReal:
		return s.s.BindFloat(n, v.Float())
	case KindText:
		return s.s.BindText(n, v.text)
	case KindBlob:
		return s.s.BindBlob(n, []byte(v.text))
	default:
		return s.s.BindNull(n)
	}
}

func (s ncrucesStmt) expanded() string { return s.s.ExpandedSQL() }

func (s ncrucesStmt) step() (bool, error) {
	row := s.s.Step()
	return row, ncrucesError(s.s.Err(), "")
}

func (s ncrucesStmt) value(i int) Value {
	switch s.s.ColumnType(i) {
	case sqlite3.INTEGER:
		return Int(s.s.ColumnInt64(i))
	case sqlite3.FLOAT:
		return Float(s.s.ColumnFloat(i))
	case sqlite3.TEXT:
		return String(viewBytes(s.s.ColumnRawText(i)))
	case sqlite3.BLOB:
		return Blob(viewBytes(s.s.ColumnRawBlob(i)))
	}
	return Null()
}

func (s ncrucesStmt) close() error {
	s.s.Close() // repeats the error of step
	return nil
}

// viewBytes returns bytes as a string, which is valid as long as they are not changed.
func viewBytes(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// table registers an eponymous module: one without a create function, whose table exists
// once a statement names it.
func (c ncrucesConn) table(name string, t table) error {
	//lint:ignore SA1019 the method that replaces it needs a later Go
	return sqlite3.CreateModule(c.db, name, nil,
		func(db *sqlite3.Conn, module, schema, table string, arg ...string) (ncrucesTable, error) {
			return ncrucesTable{t}, db.DeclareVTab(t.declaration())
		})
}

// ncrucesTable adapts a table.
type ncrucesTable struct{ table table }

var ncrucesOps = map[sqlite3.IndexConstraintOp]op{
	sqlite3.INDEX_CONSTRAINT_EQ: opEq, sqlite3.INDEX_CONSTRAINT_GT: opGt, sqlite3.INDEX_CONSTRAINT_GE: opGe,
	sqlite3.INDEX_CONSTRAINT_LT: opLt, sqlite3.INDEX_CONSTRAINT_LE: opLe,
	sqlite3.INDEX_CONSTRAINT_LIMIT: opLimit, sqlite3.INDEX_CONSTRAINT_OFFSET: opOffset,
	sqlite3.INDEX_CONSTRAINT_ISNULL: opIsNull, sqlite3.INDEX_CONSTRAINT_ISNOTNULL: opNotNull,
}

func (t ncrucesTable) BestIndex(in *sqlite3.IndexInfo) error {
	info := indexInfo{used: in.ColumnsUsed}
	for i, g := range in.Constraint {
		c := constraint{column: g.Column, op: ncrucesOps[g.Op], usable: g.Usable}
		if c.op == opEq {
			c.in = in.In(i, -1)
			c.binary = in.Collation(i) == "BINARY"
		}
		if c.op != opOther && !c.in {
			if v, err := in.RHSValue(i); err == nil {
				literal := ncrucesValue(v).Clone()
				c.literal = &literal
			}
		}
		info.constraints = append(info.constraints, c)
	}
	if in.Distinct() == distinctGroupBy {
		for _, o := range in.OrderBy {
			info.groupBy = append(info.groupBy, orderTerm{o.Column, o.Desc})
		}
	}
	t.table.bestIndex(&info)
	for i, c := range info.constraints {
		in.ConstraintUsage[i].ArgvIndex = c.arg
		if c.in && c.arg > 0 {
			in.In(i, 1)
		}
	}
	in.IdxNum, in.EstimatedCost, in.EstimatedRows = info.plan, info.cost, info.rows
	in.OrderByConsumed = info.grouped
	return nil
}

func (t ncrucesTable) Open() (sqlite3.VTabCursor, error) {
	return &ncrucesCursor{t.table, t.table.open()}, nil
}

// ncrucesCursor adapts a cursor.
type ncrucesCursor struct {
	table table
	cursor
}

func (c *ncrucesCursor) Filter(plan int, _ string, arg ...sqlite3.Value) error {
	args := make([][]Value, len(arg))
	for i, a := range arg {
		if !c.table.isList(plan, i) {
			args[i] = []Value{ncrucesValue(a)}
			continue
		}
		for v, err := a.InFirst(); err == nil; v, err = a.InNext() { // an error is the end
			args[i] = append(args[i], ncrucesValue(v).Clone())
		}
	}
	return c.filter(plan, args)
}

func (c *ncrucesCursor) Next() error           { return c.next() }
func (c *ncrucesCursor) EOF() bool             { return c.eof() }
func (c *ncrucesCursor) RowID() (int64, error) { return c.rowid(), nil }

func (c *ncrucesCursor) Close() error {
	c.close()
	return nil
}

func (c *ncrucesCursor) Column(ctx sqlite3.Context, i int) error {
	switch v := c.column(i); v.kind {
	case KindInteger:
		ctx.ResultInt64(v.Int())
	case KindReal:
		ctx.ResultFloat(v.Float())
	case KindText:
		ctx.ResultText(v.text)
	case KindBlob:
		ctx.ResultBlob([]byte(v.text))
	}
	return nil
}

// ncrucesValue returns a value; text and blobs are valid as long as v is.
func ncrucesValue(v sqlite3.Value) Value {
	switch v.Type() {
	case sqlite3.INTEGER:
		return Int(v.Int64())
	case sqlite3.FLOAT:
		return Float(v.Float())
	case sqlite3.TEXT:
		return String(viewBytes(v.RawText()))
	case sqlite3.BLOB:
		return Blob(viewBytes(v.RawBlob()))
	}
	return Null()
}
