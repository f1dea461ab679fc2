package engine

import (
	"slices"
	"sort"

	"sockstat/vtab/table"
)

// walker walks over a snapshot, by chunk or through rows of an index.
type walker struct {
	of     *snapshot
	batch  table.Batch // with the row it stands at; nil at the end
	row    int         // in batch
	rows   int         // of batch
	count  int64       // rows before this one
	checks []check     // what every row has to pass

	chunk int // number of the next one

	index *index    // nil when walking by chunk
	found []place   // rows of it still to come
	later [][]place // those after them

	keys   []key // space for what is looked up
	values []table.Value

	// same has bit n set if column n, below 64, has the value of row first in all rows.
	same  uint64
	first place
}

// reset forgets where the walker stands.
func (w *walker) reset() {
	*w = walker{of: w.of, checks: w.checks[:0], later: w.later[:0], keys: w.keys[:0], values: w.values[:0], count: -1}
}

// all starts over with every row that passes the checks of a search.
func (w *walker) all(s *search) error {
	w.reset()
	w.checks = s.checks(w.checks)
	return w.next()
}

// find starts over with the rows that pass a search, found by an index, and perhaps others.
// Lists are of use only where no single value is looked up.
func (w *walker) find(s *search) error {
	w.reset()
	for _, k := range s.equal {
		if k.column < 0 {
			return w.findRow(s, k.value)
		}
		w.keys, w.values = append(w.keys, k.key()), append(w.values, k.value)
	}
	by, ranges := s.sortKey()
	var combinations [][]table.Value
	if len(s.lists) > 0 && len(s.equal) == 0 {
		if err := w.of.whole(); err != nil {
			return err
		}
		w.keys, combinations = s.listed(w.keys, int(w.of.rows)/2)
		if len(combinations) == 0 {
			return nil
		}
	}
	if len(w.keys)+ranges+len(s.fixed) == 0 {
		return w.all(s)
	}
	ix, err := w.of.index(w.keys, by, s.fixed)
	if err != nil {
		return err
	}
	w.index = ix
	if len(ix.loose) > 0 {
		w.checks = s.checks(w.checks)
	} else {
		w.checks = appendChecks(w.checks, s.ranges[ranges:])
	}
	w.lookUp(combinations, s.ranges[:ranges])
	w.nextOfIndex()
	return nil
}

// findRow starts over with the row of a rowid, if it passes a search.
func (w *walker) findRow(s *search, rowid table.Value) error {
	if err := w.of.whole(); err != nil {
		return err
	}
	w.index = &index{chunks: w.of.chunks}
	w.checks = s.checks(w.checks)
	if n := rowid.Int(); rowid.Kind() == table.KindInteger && n >= 0 && n < int64(w.of.rows) {
		chunk := sort.Search(len(w.of.chunks), func(i int) bool { return int64(w.of.chunks[i].first) > n }) - 1
		w.later = append(w.later, []place{{int32(chunk), int32(n) - w.of.chunks[chunk].first}})
	}
	w.nextOfIndex()
	return nil
}

// lookUp finds the rows with values, or each of some combinations of values, in ranges.
func (w *walker) lookUp(combinations [][]table.Value, ranges []check) {
	if len(w.index.loose) > 0 {
		w.later = append(w.later, w.index.loose)
	}
	if combinations == nil {
		w.addGroup(w.index.find(w.values), ranges)
		if len(w.found) > 1 && len(w.later) == 0 {
			w.first, w.same = w.found[0], w.index.exact
		}
		return
	}
	numbers := make([]int32, 0, len(combinations))
	for _, values := range combinations {
		numbers = append(numbers, w.index.find(values))
	}
	for _, n := range unique(numbers) {
		w.addGroup(n, ranges)
	}
}

// addGroup adds the rows of a group in ranges to those that are to come.
func (w *walker) addGroup(n int32, ranges []check) {
	if n < 0 {
		return
	}
	rows := w.index.group(n)
	if len(ranges) > 0 {
		rows = w.index.between(n, ranges)
	}
	if len(w.found) == 0 {
		w.found = rows
	} else {
		w.later = append(w.later, rows)
	}
}

// ordered starts over with every row that passes the checks of a search, in the order of the
// values of columns. Rows with the same values stay in the order in which they were read.
func (w *walker) ordered(columns []int, backwards bool, s *search) error {
	w.reset()
	for _, c := range columns {
		w.keys = append(w.keys, key{c, natural(w.of.info.Columns[c].Type, asText)})
	}
	ix, err := w.of.index(w.keys, nil, s.fixed)
	if err != nil {
		return err
	}
	w.index = ix
	w.checks = appendChecks(appendChecks(w.checks, s.equal), s.ranges)
	for _, n := range ix.inOrder() {
		w.later = append(w.later, ix.group(n))
	}
	if backwards {
		slices.Reverse(w.later)
	}
	w.nextOfIndex()
	return nil
}

// next moves to the next row.
func (w *walker) next() error {
	if w.index != nil {
		w.nextOfIndex()
		return nil
	}
	for {
		w.count++
		if w.row++; w.row >= w.rows {
			if err := w.nextChunk(); err != nil || w.batch == nil {
				return err
			}
		}
		if len(w.checks) == 0 || pass(w.checks, w.of.chunk(w.chunk-1), w.row) {
			return nil
		}
	}
}

// nextChunk moves to the first row of the next chunk that has one.
func (w *walker) nextChunk() error {
	for {
		ok, err := w.of.fetch(w.chunk)
		if err != nil || !ok {
			w.batch = nil
			return err
		}
		c := w.of.chunk(w.chunk)
		w.chunk++
		if c.rows > 0 {
			w.batch, w.row, w.rows = c.batch, 0, c.rows
			return nil
		}
	}
}

// nextOfIndex moves to the next row that was found.
func (w *walker) nextOfIndex() {
	for {
		for len(w.found) == 0 {
			if len(w.later) == 0 {
				w.batch = nil
				return
			}
			w.found, w.later = w.later[0], w.later[1:]
		}
		p := w.found[0]
		w.found = w.found[1:]
		c := &w.index.chunks[p.chunk]
		if len(w.checks) == 0 || pass(w.checks, c, int(p.row)) {
			w.batch, w.row, w.count = c.batch, int(p.row), int64(c.first+p.row)
			return
		}
	}
}

func (w *walker) eof() bool { return w.batch == nil }

// column returns a value of the row that the walker stands at. What rows have in common is
// taken from one of them, which is at hand: in a table that does not fit into the processor's
// cache, to look at each of many rows takes longer than all the rest.
func (w *walker) column(i int) table.Value {
	if i < 64 && w.same>>i&1 != 0 {
		return w.index.value(w.first, i)
	}
	return w.batch.Value(w.row, i)
}

func (w *walker) rowid() int64 { return w.count }
