package engine

import (
	"hash/maphash"
	"slices"
)

var seed = maphash.MakeSeed()

// index finds rows by the values of some columns. Different values may share a hash, so
// it can return rows too many, never too few.
type index[R any] struct {
	columns []int
	first   map[uint64]int32
	next    []int32 // by number of a row, the next one with the same hash, -1 at the end
	rows    []*R
}

// newIndex makes an index of rows over some of all columns.
func newIndex[R any](rows []*R, all []Column[R], columns []int) *index[R] {
	ix := &index[R]{slices.Clone(columns), make(map[uint64]int32, len(rows)), make([]int32, len(rows)), rows}
	for i := len(rows) - 1; i >= 0; i-- { // backwards, so that chains run forwards
		var h uint64
		null := false
		for _, c := range columns {
			v := all[c].Get(rows[i])
			null = null || v.IsNull()
			h = hash(h, v)
		}
		if null {
			continue // equals nothing
		}
		ix.next[i] = -1
		if n, ok := ix.first[h]; ok {
			ix.next[i] = n
		}
		ix.first[h] = int32(i)
	}
	return ix
}

// key returns the hash of arguments, made what the columns they are compared with hold.
// It is not ok if a comparison may be more than one of like with like.
func key[R any](all []Column[R], columns []int, args []Value) (h uint64, ok bool) {
	for i, c := range columns {
		v := args[i]
		switch all[c].Type {
		case Integer:
			n, ok := v.integer()
			if !ok {
				return 0, false
			}
			v = Int(n)
		case Text:
			if v.kind != KindText {
				return 0, false
			}
		default:
			return 0, false
		}
		h = hash(h, v)
	}
	return h, true
}

// hash extends a hash by a value.
func hash(h uint64, v Value) uint64 {
	x := v.num
	if v.kind == KindText { // whose num says something else
		x = maphash.String(seed, v.text)
	}
	h = (h ^ x) * 0x9e3779b97f4a7c15 // 2^64 over the golden ratio, as in Fibonacci hashing
	return h ^ h>>32
}
