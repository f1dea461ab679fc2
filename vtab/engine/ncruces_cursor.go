//go:build sqlite_ncruces || illumos

package engine

import (
	"iter"

	"github.com/ncruces/go-sqlite3"

	"sockstat/vtab/table"
)

// ncrucesCursor adapts a cursor.
type ncrucesCursor struct {
	table virtualTable
	cursor
	args []argument // space for the arguments of filter
}

func (c *ncrucesCursor) Filter(plan int, _ string, arg ...sqlite3.Value) (err error) {
	defer rescue(&err, sqlite3.NOMEM)
	c.args = c.args[:0]
	for i, a := range arg {
		number := c.table.isNumber(plan, i)
		if c.table.isList(plan, i) {
			c.args = append(c.args, argument{list: ncrucesList(a, number)})
		} else {
			c.args = append(c.args, argument{value: ncrucesOperand(a, number)})
		}
	}
	return c.filter(plan, c.args)
}

// ncrucesList returns the values of an IN list. Each is valid until the next one.
func ncrucesList(arg sqlite3.Value, number bool) iter.Seq[table.Value] {
	return func(yield func(table.Value) bool) {
		for v, err := arg.InFirst(); err == nil; v, err = arg.InNext() { // an error is the end
			if !yield(ncrucesOperand(v, number)) {
				return
			}
		}
	}
}

// ncrucesOperand returns a value, as a number if it looks like one and is to be compared with
// some.
func ncrucesOperand(v sqlite3.Value, number bool) table.Value {
	if number {
		v.NumericType()
	}
	return ncrucesValue(v)
}

func (c *ncrucesCursor) Next() error           { return c.next() }
func (c *ncrucesCursor) EOF() bool             { return c.eof() }
func (c *ncrucesCursor) RowID() (int64, error) { return c.rowid(), nil }

func (c *ncrucesCursor) Column(ctx sqlite3.Context, i int) (err error) {
	defer rescue(&err, sqlite3.NOMEM)
	ncrucesResult(ctx, c.column(i))
	return nil
}

// ncrucesResult sets the result of a context: the value of a column or function.
func ncrucesResult(ctx sqlite3.Context, v table.Value) {
	switch v.Kind() {
	case table.KindInteger:
		ctx.ResultInt64(v.Int())
	case table.KindReal:
		ctx.ResultFloat(v.Float())
	case table.KindText:
		ctx.ResultText(v.Bytes())
	case table.KindBlob:
		ctx.ResultBlob([]byte(v.Bytes()))
	}
}

// ncrucesValue returns a value; text and blobs are valid as long as v is.
func ncrucesValue(v sqlite3.Value) table.Value {
	switch v.Type() {
	case sqlite3.INTEGER:
		return table.Int(v.Int64())
	case sqlite3.FLOAT:
		return table.Float(v.Float())
	case sqlite3.TEXT:
		return table.String(viewBytes(v.RawText()))
	case sqlite3.BLOB:
		return table.Blob(viewBytes(v.RawBlob()))
	}
	return table.Null()
}
