package engine

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"
)

// snapshot is the rows of a table at one moment, shared by all cursors of a statement. A
// row appears in it when the first cursor gets there.
type snapshot interface {
	cursor() walker
	whole() error // waits until all rows were read
	close()
}

// walker walks over a snapshot.
type walker interface {
	// all starts over with every row, find with those whose columns may equal values,
	// grouped with every row, in the order of the values of columns. The values given are
	// the walker's to change.
	all() error
	find(columns []int, values []Value) error
	grouped(columns []int) error
	next() error
	eof() bool
	column(i int) Value
	rowid() int64
}

// batches is how many batches may wait to be walked over. More would let a statement
// with LIMIT read in vain; the rows stay in memory in any case.
const batches = 8

// rows is the snapshot of a Spec[R].
type rows[R any] struct {
	spec     *Spec[R]
	ctx      context.Context
	cancel   context.CancelFunc
	incoming chan batch[R]
	ended    chan struct{} // the reading

	chunks  [][]R
	done    bool
	err     error
	indexes []*index[R] // a statement has few
}

// batch is what one Read brought.
type batch[R any] struct {
	rows []R
	err  error
}

// open starts reading in the background, so that SQLite works on the first rows while
// later ones are being read.
func (s *Spec[R]) open(ctx context.Context, q *Query) snapshot {
	ctx, cancel := context.WithCancel(ctx)
	r := &rows[R]{spec: s, ctx: ctx, cancel: cancel, incoming: make(chan batch[R], batches), ended: make(chan struct{})}
	go func() {
		defer close(r.ended)
		defer close(r.incoming)
		if err := r.read(q); err != nil {
			r.send(batch[R]{err: err})
		}
	}()
	return r
}

// read reads to the end.
func (r *rows[R]) read(q *Query) (err error) {
	reader, err := r.spec.Open(r.ctx, q)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	for {
		got, err := reader.Read(nil)
		if len(got) > 0 && !r.send(batch[R]{rows: got}) {
			return nil
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
}

// send hands over a batch unless nobody wants it any more.
func (r *rows[R]) send(b batch[R]) bool {
	select {
	case r.incoming <- b:
		return true
	case <-r.ctx.Done():
		return false
	}
}

// fetch waits for the numbered chunk and reports whether there is one.
func (r *rows[R]) fetch(chunk int) (bool, error) {
	for chunk >= len(r.chunks) && !r.done && r.err == nil {
		select {
		case b, ok := <-r.incoming:
			switch {
			case !ok && r.ctx.Err() != nil: // which may have cut rows off
				r.err = r.ctx.Err()
			case !ok:
				r.done = true
			case b.err != nil:
				r.err = b.err
			default:
				r.chunks = append(r.chunks, b.rows)
			}
		case <-r.ctx.Done():
			r.err = r.ctx.Err()
		}
	}
	return chunk < len(r.chunks), r.err
}

// index returns an index over columns, after all rows were read.
func (r *rows[R]) index(columns []int) (*index[R], error) {
	for _, ix := range r.indexes {
		if slices.Equal(ix.columns, columns) {
			return ix, nil
		}
	}
	ix := newIndex(r.spec.Columns, columns)
	for n := 0; ; n++ {
		if ok, err := r.fetch(n); err != nil {
			return nil, err
		} else if !ok {
			break
		}
		ix.add(r.chunks[n])
	}
	r.indexes = append(r.indexes, ix)
	return ix, nil
}

func (r *rows[R]) whole() error {
	for {
		if more, err := r.fetch(len(r.chunks)); err != nil || !more {
			return err
		}
	}
}

// patience is how long close waits for a reader that the end of its context does not stop:
// one of a FIFO that nobody writes to, or of a file system whose server is gone.
const patience = time.Second

// close ends the reading. A reader that is still at it then is left to end by itself.
func (r *rows[R]) close() {
	r.cancel()
	select {
	case <-r.ended:
	case <-time.After(patience):
	}
}

func (r *rows[R]) cursor() walker { return &rowWalker[R]{rows: r} }

// rowWalker is a walker over rows, by chunk or along the groups of an index.
type rowWalker[R any] struct {
	rows  *rows[R]
	row   *R // nil at the end
	count int64

	chunk []R // what is left of the chunk after row
	n     int // number of the next chunk

	index  *index[R] // nil when walking by chunk
	at     int32     // number of row
	groups []int32   // still to come
}

func (w *rowWalker[R]) all() error {
	*w = rowWalker[R]{rows: w.rows, count: -1}
	return w.next()
}

func (w *rowWalker[R]) find(columns []int, values []Value) error {
	*w = rowWalker[R]{rows: w.rows}
	if slices.ContainsFunc(values, Value.IsNull) {
		return nil // equals nothing
	}
	if !asHeld(w.rows.spec.Columns, columns, values) {
		return w.all()
	}
	ix, err := w.rows.index(columns)
	if err != nil {
		return err
	}
	if _, n := ix.find(values); n >= 0 {
		w.index = ix
		w.move(ix.groups[n].first)
	}
	return nil
}

func (w *rowWalker[R]) grouped(columns []int) error {
	ix, err := w.rows.index(columns)
	if err != nil {
		return err
	}
	*w = rowWalker[R]{rows: w.rows, index: ix, at: -1, groups: ix.inOrder()}
	return w.next()
}

// move moves to a row of the index.
func (w *rowWalker[R]) move(row int32) {
	w.at, w.row, w.count = row, w.index.rows[row], int64(row)
}

// nextOfIndex moves along a group, then to the next one.
func (w *rowWalker[R]) nextOfIndex() {
	if w.at >= 0 {
		w.at = w.index.next[w.at]
	}
	switch {
	case w.at >= 0:
		w.move(w.at)
	case len(w.groups) > 0:
		w.move(w.index.groups[w.groups[0]].first)
		w.groups = w.groups[1:]
	default:
		w.row = nil
	}
}

func (w *rowWalker[R]) next() error {
	if w.index != nil {
		w.nextOfIndex()
		return nil
	}
	for len(w.chunk) == 0 {
		ok, err := w.rows.fetch(w.n)
		if err != nil || !ok {
			w.row = nil
			return err
		}
		w.chunk = w.rows.chunks[w.n]
		w.n++
	}
	w.row, w.chunk = &w.chunk[0], w.chunk[1:]
	w.count++
	return nil
}

func (w *rowWalker[R]) eof() bool { return w.row == nil }

func (w *rowWalker[R]) column(i int) Value { return w.rows.spec.Columns[i].Get(w.row) }

func (w *rowWalker[R]) rowid() int64 { return w.count }
