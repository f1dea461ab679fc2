package engine

import (
	"slices"

	"sockstat/vtab/table"
)

// index has the rows of a snapshot by the values of some columns.
type index struct {
	columns []int
	chunks  []chunk
	rows    []indexRow // by number through all chunks
	groups  []group
	group   map[uint64]int32 // by hash of the values, or the next free number after it
	order   []int32          // see inOrder
}

// indexRow says where a row is, and which is the next one with the same values.
type indexRow struct{ chunk, next int32 } // next is -1 at the end

// group is the rows with the same values: a chain along indexRow.next.
type group struct{ first, last int32 }

// newIndex returns an index over columns of all rows of some chunks. NULL counts as equal to
// itself here, as in GROUP BY.
func newIndex(columns []int, chunks []chunk) *index {
	ix := &index{columns: slices.Clone(columns), chunks: chunks, group: map[uint64]int32{}}
	n := 0
	for _, c := range chunks {
		n += c.rows
	}
	ix.rows = make([]indexRow, 0, n)
	values := make([]table.Value, len(columns))
	for k, c := range chunks {
		for i := range c.rows {
			for v, column := range columns {
				values[v] = c.batch.Value(i, column)
			}
			ix.rows = append(ix.rows, indexRow{int32(k), -1})
			ix.link(int32(len(ix.rows)-1), values)
		}
	}
	return ix
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
	ix.rows[g.last].next, g.last = row, row
}

// at returns the batch that has a row, and the row's number in it.
func (ix *index) at(row int32) (table.Batch, int) {
	c := &ix.chunks[ix.rows[row].chunk]
	return c.batch, int(row - c.first)
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
	batch, row := ix.at(ix.groups[n].first)
	for k, column := range ix.columns {
		if !same(batch.Value(row, column), values[k]) {
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
		batch, row := ix.at(g.first)
		for _, column := range ix.columns {
			values = append(values, batch.Value(row, column))
		}
	}
	of := func(n int32) []table.Value { return values[int(n)*width:][:width] }
	slices.SortFunc(ix.order, func(a, b int32) int { return slices.CompareFunc(of(a), of(b), compare) })
	return ix.order
}
