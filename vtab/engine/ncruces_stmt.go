//go:build sqlite_ncruces || illumos

package engine

import (
	"fmt"
	"unsafe"

	"github.com/ncruces/go-sqlite3"

	"sockstat/vtab/table"
)

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

func (s ncrucesStmt) bind(i int, v table.Value) (err error) {
	defer rescue(&err, errNoMemory)
	switch n := i + 1; v.Kind() {
	case table.KindInteger:
		err = s.s.BindInt64(n, v.Int())
	case table.KindReal:
		err = s.s.BindFloat(n, v.Float())
	case table.KindText:
		err = s.s.BindText(n, v.Bytes())
	case table.KindBlob:
		err = s.s.BindBlob(n, []byte(v.Bytes()))
	default:
		err = s.s.BindNull(n)
	}
	return ncrucesError(err, "")
}

func (s ncrucesStmt) expanded() string { return s.s.ExpandedSQL() }

func (s ncrucesStmt) step() (row bool, err error) {
	defer rescue(&err, errNoMemory)
	row = s.s.Step()
	return row, ncrucesError(s.s.Err(), "")
}

func (s ncrucesStmt) value(i int) table.Value {
	switch s.s.ColumnType(i) {
	case sqlite3.INTEGER:
		return table.Int(s.s.ColumnInt64(i))
	case sqlite3.FLOAT:
		return table.FloatAs(s.s.ColumnFloat(i), viewBytes(s.s.ColumnRawText(i)))
	case sqlite3.TEXT:
		return table.String(viewBytes(s.s.ColumnRawText(i)))
	case sqlite3.BLOB:
		return table.Blob(viewBytes(s.s.ColumnRawBlob(i)))
	}
	return table.Null()
}

func (s ncrucesStmt) close() error {
	var repeated error // of step
	defer rescue(&repeated, errNoMemory)
	s.s.Close()
	return nil
}

// viewBytes returns bytes as a string, which is valid as long as they are not changed.
func viewBytes(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
