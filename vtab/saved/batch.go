package saved

import (
	"math"

	"sockstat/vtab/table"
)

// columnBatch is rows column by column, so that many rows of wide tables take little memory.
type columnBatch struct {
	rows    int
	columns []vector
}

// vector is the values of a column. One that is not wanted has none: all are NULL.
type vector struct {
	wanted bool
	kinds  []table.Kind
	bits   []int64  // of integers and reals; nil while there are none
	texts  []string // of texts and blobs; nil while there are none
}

func newColumnBatch(s *selection) *columnBatch {
	b := &columnBatch{columns: make([]vector, len(s.columns))}
	for i, m := range s.columns {
		b.columns[i].wanted = m.cell >= 0
	}
	return b
}

// add adds a row.
func (b *columnBatch) add(row []table.Value) {
	for i := range b.columns {
		if v := &b.columns[i]; v.wanted {
			v.add(b.rows, row[i])
		}
	}
	b.rows++
}

// add adds the value of a row with a number.
func (v *vector) add(row int, value table.Value) {
	v.kinds = append(v.kinds, value.Kind())
	switch value.Kind() {
	case table.KindInteger, table.KindReal:
		v.bits = setAt(v.bits, row, value.Int())
	case table.KindText, table.KindBlob:
		v.texts = setAt(v.texts, row, value.Bytes())
	}
}

// setAt sets a value behind those that there are.
func setAt[T any](values []T, n int, value T) []T {
	for len(values) < n {
		var none T
		values = append(values, none)
	}
	return append(values, value)
}

func (b *columnBatch) Len() int { return b.rows }

func (b *columnBatch) Value(row, column int) table.Value {
	v := &b.columns[column]
	if !v.wanted {
		return table.Null()
	}
	switch v.kinds[row] {
	case table.KindInteger:
		return table.Int(v.bits[row])
	case table.KindReal:
		return table.Float(math.Float64frombits(uint64(v.bits[row])))
	case table.KindText:
		return table.Static(v.texts[row])
	case table.KindBlob:
		return table.Blob(v.texts[row])
	}
	return table.Null()
}
