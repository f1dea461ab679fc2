package engine

import (
	"slices"
	"sort"

	"sockstat/vtab/table"
)

// index has the rows of a snapshot by the values of some columns.
type index struct {
	keys   []key
	checks []check // what every row passes
	by     *key    // what the rows of a group are sorted by, once they are asked for; nil if that is open
	chunks []chunk
	exact  uint64 // bit n is set if column n, below 64, is a key whose values are the same in a group

	rows   []place // of all groups, one after the other
	groups []group
	slots  []int32 // number of a group and one, by hash; a power of two of them
	loose  []place // rows that may have the values of any group
	order  []int32 // see inOrder
}

// key is a column of an index, and what of its values counts.
type key struct {
	column int // -1 for the rowid
	form   form
}

// place says where a row is.
type place struct{ chunk, row int32 }

// group is the rows with the same values.
type group struct {
	hash       uint64
	first, end int32 // of index.rows
	sorted     bool
}

// newIndex returns an index over columns of rows that pass all checks. It has none yet. NULL
// counts as equal to itself here, as in GROUP BY.
func newIndex(keys []key, checks []check) *index {
	ix := &index{keys: slices.Clone(keys), checks: checks, slots: make([]int32, 64)}
	for _, k := range keys {
		if k.column >= 0 && k.column < 64 && k.form == asText {
			ix.exact |= 1 << k.column
		}
	}
	return ix
}

// add adds the rows of the last of the chunks. It appends the numbers of their groups to
// those of the rows before.
func (ix *index) add(chunks []chunk, member []int32) []int32 {
	ix.chunks = chunks
	n := len(chunks) - 1
	c := &chunks[n]
	values := make([]table.Value, len(ix.keys))
	for row := range c.rows {
		p := place{int32(n), int32(row)}
		switch {
		case !pass(ix.checks, c, row):
		case !ix.values(p, values):
			ix.loose = append(ix.loose, p)
		default:
			ix.rows = append(ix.rows, p)
			member = append(member, ix.join(values))
		}
	}
	return member
}

// values gets the values of the keys out of a row. They are not certain if a comparison may
// find them equal to others.
func (ix *index) values(p place, values []table.Value) (certain bool) {
	certain = true
	for i, k := range ix.keys {
		v, ok := k.form.value(ix.chunks[p.chunk].value(int(p.row), k.column))
		values[i], certain = v, certain && ok
	}
	return certain
}

// join returns the number of the group with some values, those of the row that was added
// last. The first row of a group stands for it.
func (ix *index) join(values []table.Value) int32 {
	h, slot := ix.slot(values)
	if n := ix.slots[slot]; n > 0 {
		ix.groups[n-1].end++
		return n - 1
	}
	row := int32(len(ix.rows) - 1)
	ix.groups = append(ix.groups, group{hash: h, first: row, end: row + 1})
	n := int32(len(ix.groups))
	ix.slots[slot] = n
	if int(n) > len(ix.slots)/2 {
		ix.grow()
	}
	return n - 1
}

// slot returns the hash of some values and where the number of their group is, or would be.
func (ix *index) slot(values []table.Value) (h uint64, slot int) {
	for i, k := range ix.keys {
		h = k.form.hash(h, values[i])
	}
	mask := len(ix.slots) - 1
	for slot = int(h) & mask; ; slot = (slot + 1) & mask {
		n := ix.slots[slot]
		if n == 0 || ix.groups[n-1].hash == h && ix.has(n-1, values) {
			return h, slot
		}
	}
}

// has reports whether those are the values of a group.
func (ix *index) has(n int32, values []table.Value) bool {
	p := ix.rows[ix.groups[n].first]
	for i, k := range ix.keys {
		v, _ := k.form.value(ix.chunks[p.chunk].value(int(p.row), k.column))
		if !k.form.same(v, values[i]) {
			return false
		}
	}
	return true
}

// grow makes room for more groups.
func (ix *index) grow() {
	ix.slots = make([]int32, 4*len(ix.slots))
	mask := len(ix.slots) - 1
	for n, g := range ix.groups {
		slot := int(g.hash) & mask
		for ix.slots[slot] > 0 {
			slot = (slot + 1) & mask
		}
		ix.slots[slot] = int32(n + 1)
	}
}

// gather puts the rows of each group behind one another, in their own order.
func (ix *index) gather(member []int32) {
	if len(ix.groups) == len(ix.rows) {
		return
	}
	next := int32(0)
	for n := range ix.groups {
		g := &ix.groups[n]
		size := g.end - g.first
		g.first, g.end = next, next
		next += size
	}
	rows := make([]place, len(ix.rows))
	for i, n := range member {
		g := &ix.groups[n]
		rows[g.end] = ix.rows[i]
		g.end++
	}
	ix.rows = rows
}

// find returns the number of the group with some values, -1 if there is none.
func (ix *index) find(values []table.Value) int32 {
	_, slot := ix.slot(values)
	return ix.slots[slot] - 1
}

// group returns the rows of a group.
func (ix *index) group(n int32) []place {
	g := ix.groups[n]
	return ix.rows[g.first:g.end]
}

// sortable reports whether the rows of groups can be sorted by a column, or need not be.
func (ix *index) sortable(by *key) bool {
	if ix.by == nil {
		ix.by = by
	}
	return by == nil || *ix.by == *by
}

// between returns the rows of a group whose values of by pass checks on it that are ranges.
func (ix *index) between(n int32, ranges []check) []place {
	rows := ix.group(n)
	if g := &ix.groups[n]; !g.sorted {
		sorted := make([]place, len(rows))
		for i, n := range ix.sort(rows, []key{*ix.by}) {
			sorted[i] = rows[n]
		}
		copy(rows, sorted)
		g.sorted = true
	}
	first, end := ix.from(rows, table.Null(), false), len(rows)
	for _, r := range ranges {
		switch r.op {
		case table.OpGt:
			first = max(first, ix.from(rows, r.value, false))
		case table.OpGe:
			first = max(first, ix.from(rows, r.value, true))
		case table.OpLt:
			end = min(end, ix.from(rows, r.value, true))
		case table.OpLe:
			end = min(end, ix.from(rows, r.value, false))
		}
	}
	return rows[first:max(first, end)]
}

// from returns the number of the first of sorted rows that is greater than a value, or
// equals it where that counts.
func (ix *index) from(rows []place, v table.Value, equal bool) int {
	return sort.Search(len(rows), func(i int) bool {
		c := ix.by.form.compare(ix.value(rows[i], ix.by.column), v)
		return c > 0 || equal && c == 0
	})
}

func (ix *index) value(p place, column int) table.Value {
	return ix.chunks[p.chunk].value(int(p.row), column)
}

// inOrder returns the numbers of the groups in the order of their values.
func (ix *index) inOrder() []int32 {
	if len(ix.order) == len(ix.groups) {
		return ix.order
	}
	first := make([]place, len(ix.groups))
	for n, g := range ix.groups {
		first[n] = ix.rows[g.first]
	}
	ix.order = ix.sort(first, ix.keys)
	return ix.order
}
