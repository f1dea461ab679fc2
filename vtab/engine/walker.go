package engine

import (
	"slices"

	"sockstat/vtab/table"
)

// walker walks over a snapshot, by chunk or along the groups of an index.
type walker struct {
	of    *snapshot
	batch table.Batch // with the row it stands at; nil at the end
	row   int         // in batch
	rows  int         // of batch
	count int64       // rows before this one

	chunk int // number of the next one

	index  *index  // nil when walking by chunk
	at     int32   // number of the row, -1 before the first
	groups []int32 // still to come
}

// all starts over with every row.
func (w *walker) all() error {
	*w = walker{of: w.of, count: -1}
	return w.next()
}

// find starts over with the rows whose columns may equal values, which it may change.
func (w *walker) find(columns []int, values []table.Value) error {
	*w = walker{of: w.of}
	if slices.ContainsFunc(values, table.Value.IsNull) {
		return nil // equals nothing
	}
	if !asHeld(w.of.info.Columns, columns, values) {
		return w.all()
	}
	ix, err := w.of.index(columns)
	if err != nil {
		return err
	}
	if _, n := ix.find(values); n >= 0 {
		w.index = ix
		w.move(ix.groups[n].first)
	}
	return nil
}

// grouped starts over with every row, in the order of the values of columns.
func (w *walker) grouped(columns []int) error {
	*w = walker{of: w.of}
	ix, err := w.of.index(columns)
	if err != nil {
		return err
	}
	*w = walker{of: w.of, index: ix, at: -1, groups: ix.inOrder()}
	w.nextOfIndex()
	return nil
}

// next moves to the next row.
func (w *walker) next() error {
	if w.index != nil {
		w.nextOfIndex()
		return nil
	}
	w.count++
	if w.row++; w.row < w.rows {
		return nil
	}
	return w.nextChunk()
}

// nextChunk moves to the first row of the next chunk that has one.
func (w *walker) nextChunk() error {
	for {
		ok, err := w.of.fetch(w.chunk)
		if err != nil || !ok {
			w.batch = nil
			return err
		}
		c := &w.of.chunks[w.chunk]
		w.chunk++
		if c.rows > 0 {
			w.batch, w.row, w.rows = c.batch, 0, c.rows
			return nil
		}
	}
}

// nextOfIndex moves along a group, then to the next one.
func (w *walker) nextOfIndex() {
	if w.at >= 0 {
		w.at = w.index.rows[w.at].next
	}
	switch {
	case w.at >= 0:
		w.move(w.at)
	case len(w.groups) > 0:
		w.move(w.index.groups[w.groups[0]].first)
		w.groups = w.groups[1:]
	default:
		w.batch = nil
	}
}

// move moves to a row of the index.
func (w *walker) move(row int32) {
	w.batch, w.row = w.index.at(row)
	w.at, w.count = row, int64(row)
}

func (w *walker) eof() bool { return w.batch == nil }

func (w *walker) column(i int) table.Value { return w.batch.Value(w.row, i) }

func (w *walker) rowid() int64 { return w.count }
