package engine

import (
	"cmp"
	"hash/maphash"
	"slices"
	"strings"
)

var seed = maphash.MakeSeed()

// index has the rows of a snapshot by the values of some columns.
type index[R any] struct {
	columns []int
	get     []func(*R) Value // of the columns
	rows    []*R
	next    []int32 // by number of a row, the next one with the same values, -1 at the end
	groups  []group
	group   map[uint64]int32 // by hash of the values, or the next free number after it
	order   []int32          // see inOrder
}

// group is the rows with the same values: a chain along index.next.
type group struct{ first, last int32 }

// newIndex returns an empty index over some of all columns.
func newIndex[R any](all []Column[R], columns []int) *index[R] {
	ix := &index[R]{columns: slices.Clone(columns), group: map[uint64]int32{}}
	for _, c := range columns {
		ix.get = append(ix.get, all[c].Get)
	}
	return ix
}

// add adds rows. NULL counts as equal to itself here, as in GROUP BY.
func (ix *index[R]) add(rows []R) {
	values := make([]Value, len(ix.get))
	for i := range rows {
		for c, get := range ix.get {
			values[c] = get(&rows[i])
		}
		row := int32(len(ix.rows))
		ix.rows, ix.next = append(ix.rows, &rows[i]), append(ix.next, -1)
		h, n := ix.find(values)
		if n < 0 {
			ix.group[h] = int32(len(ix.groups))
			ix.groups = append(ix.groups, group{row, row})
			continue
		}
		g := &ix.groups[n]
		ix.next[g.last], g.last = row, row
	}
}

// find returns the number of the group with some values, -1 if there is none, and the key
// of group where it stands, or would.
func (ix *index[R]) find(values []Value) (h uint64, n int32) {
	for _, v := range values {
		h = hash(h, v)
	}
	for ; ; h++ {
		n, ok := ix.group[h]
		if !ok {
			return h, -1
		}
		if ix.has(n, values) {
			return h, n
		}
	}
}

// has reports whether those are the values of a group.
func (ix *index[R]) has(n int32, values []Value) bool {
	row := ix.rows[ix.groups[n].first]
	for c, get := range ix.get {
		if !same(get(row), values[c]) {
			return false
		}
	}
	return true
}

// inOrder returns the numbers of the groups in the order of their values: NULL, numbers,
// texts.
func (ix *index[R]) inOrder() []int32 {
	if len(ix.order) == len(ix.groups) {
		return ix.order
	}
	width := len(ix.get)
	values := make([]Value, 0, width*len(ix.groups))
	ix.order = make([]int32, len(ix.groups))
	for n, g := range ix.groups {
		ix.order[n] = int32(n)
		for _, get := range ix.get {
			values = append(values, get(ix.rows[g.first]))
		}
	}
	of := func(n int32) []Value { return values[int(n)*width:][:width] }
	slices.SortFunc(ix.order, func(a, b int32) int { return slices.CompareFunc(of(a), of(b), compare) })
	return ix.order
}

// asHeld makes arguments what the columns they are compared with hold. It is not ok if a
// comparison may be more than one of like with like.
func asHeld[R any](all []Column[R], columns []int, args []Value) (ok bool) {
	for i, c := range columns {
		switch all[c].Type {
		case Integer:
			n, ok := args[i].integer()
			if !ok {
				return false
			}
			args[i] = Int(n)
		case Text:
			if args[i].kind != KindText {
				return false
			}
		default:
			return false
		}
	}
	return true
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

// same reports whether two values are of one class and equal.
func same(a, b Value) bool {
	if a.kind != b.kind {
		return false
	}
	if a.kind == KindText || a.kind == KindBlob {
		return a.text == b.text
	}
	return a.num == b.num
}

// compare compares values as SQLite does where texts are compared byte by byte.
func compare(a, b Value) int {
	switch {
	case a.kind != b.kind:
		return cmp.Compare(a.kind, b.kind)
	case a.kind == KindInteger:
		return cmp.Compare(a.Int(), b.Int())
	case a.kind == KindReal:
		return cmp.Compare(a.Float(), b.Float())
	}
	return strings.Compare(a.text, b.text)
}
