package engine

import (
	"slices"

	"sockstat/vtab/table"
)

// index has the rows of a snapshot by the values of some columns. Rows are numbered through
// all chunks of the snapshot.
type index struct {
	columns []int
	chunks  []chunk
	chunk   []int32 // by number of a row, that of its chunk
	next    []int32 // by number of a row, the next one with the same values, -1 at the end
	groups  []group
	group   map[uint64]int32 // by hash of the values, or the next free number after it
	order   []int32          // see inOrder
}

// group is the rows with the same values: a chain along index.next.
type group struct{ first, last int32 }

// newIndex returns an empty index over columns.
func newIndex(columns []int) *index {
	return &index{columns: slices.Clone(columns), group: map[uint64]int32{}}
}

// add adds the rows of a chunk. NULL counts as equal to itself here, as in GROUP BY.
func (ix *index) add(c chunk) {
	n := int32(len(ix.chunks))
	ix.chunks = append(ix.chunks, c)
	values := make([]table.Value, len(ix.columns))
	for i := range c.rows {
		for k, column := range ix.columns {
			values[k] = c.batch.Value(i, column)
		}
		ix.chunk, ix.next = append(ix.chunk, n), append(ix.next, -1)
		ix.link(int32(len(ix.next)-1), values)
	}
}

// link puts a new row into the group with its values.
func (ix *index) link(row int32, values []table.Value) {
	h, n := ix.find(values)
	if n < 0 {
		ix.group[h] = int32(len(ix.groups))
		ix.groups = append(ix.groups, group{row, row})
		return
	}
	g := &ix.groups[n]
	ix.next[g.last], g.last = row, row
}

// at returns the chunk of a row, and the row's number in it.
func (ix *index) at(row int32) (*chunk, int) {
	c := &ix.chunks[ix.chunk[row]]
	return c, int(row - c.first)
}

// find returns the number of the group with some values, -1 if there is none, and the key
// of group where it stands, or would.
func (ix *index) find(values []table.Value) (h uint64, n int32) {
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
func (ix *index) has(n int32, values []table.Value) bool {
	c, row := ix.at(ix.groups[n].first)
	for k, column := range ix.columns {
		if !same(c.batch.Value(row, column), values[k]) {
			return false
		}
	}
	return true
}

// inOrder returns the numbers of the groups in the order of their values: NULL, numbers,
// texts.
func (ix *index) inOrder() []int32 {
	if len(ix.order) == len(ix.groups) {
		return ix.order
	}
	width := len(ix.columns)
	values := make([]table.Value, 0, width*len(ix.groups))
	ix.order = make([]int32, len(ix.groups))
	for n, g := range ix.groups {
		ix.order[n] = int32(n)
		c, row := ix.at(g.first)
		for _, column := range ix.columns {
			values = append(values, c.batch.Value(row, column))
		}
	}
	of := func(n int32) []table.Value { return values[int(n)*width:][:width] }
	slices.SortFunc(ix.order, func(a, b int32) int { return slices.CompareFunc(of(a), of(b), compare) })
	return ix.order
}
