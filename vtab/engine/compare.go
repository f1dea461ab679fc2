package engine

import (
	"cmp"
	"hash/maphash"
	"strings"

	"sockstat/vtab/table"
)

var seed = maphash.MakeSeed()

// hash extends a hash by a value. Values that are the same have the same hash.
func hash(h uint64, v table.Value) uint64 {
	x := uint64(v.Int()) // of a REAL the bits
	if v.Kind() == table.KindText {
		x = maphash.String(seed, v.Bytes())
	}
	h = (h ^ x) * 0x9e3779b97f4a7c15 // 2^64 over the golden ratio, as in Fibonacci hashing
	return h ^ h>>32
}

// same reports whether two values are of one class and equal.
func same(a, b table.Value) bool {
	if a.Kind() != b.Kind() {
		return false
	}
	if a.Kind() == table.KindText || a.Kind() == table.KindBlob {
		return a.Bytes() == b.Bytes()
	}
	return a.Int() == b.Int()
}

// compare compares values as SQLite does where texts are compared byte by byte. An INTEGER
// comes before any REAL: a column of integers has REALs only beyond the range of integers.
func compare(a, b table.Value) int {
	switch {
	case a.Kind() != b.Kind():
		return cmp.Compare(a.Kind(), b.Kind())
	case a.Kind() == table.KindInteger:
		return cmp.Compare(a.Int(), b.Int())
	case a.Kind() == table.KindReal:
		return cmp.Compare(a.Float(), b.Float())
	}
	return strings.Compare(a.Bytes(), b.Bytes())
}

// asHeld makes arguments what the columns they are compared with hold. It is not ok if a
// comparison may be more than one of like with like.
func asHeld(all []table.ColumnInfo, columns []int, args []table.Value) (ok bool) {
	for i, c := range columns {
		switch all[c].Type {
		case table.Integer:
			n, ok := args[i].Integer()
			if !ok {
				return false
			}
			args[i] = table.Int(n)
		case table.Text:
			if args[i].Kind() != table.KindText {
				return false
			}
		default:
			return false
		}
	}
	return true
}
