package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"sockstat/internal/ahead"
	"sockstat/vtab/table"
)

// batches is how many batches may wait to be walked over. More would let a statement
// with LIMIT read in vain; the rows stay in memory in any case.
const batches = 8

// batchesTogether is the same for tables that are read together. None is to stop halfway
// until the statement gets to it: what it then read would be of a later moment.
const batchesTogether = 1 << 10

// snapshot is the rows of a table at one moment, shared by all cursors of a statement. A
// row appears in it when the first cursor gets there.
type snapshot struct {
	ctx     context.Context
	info    table.Info
	reading *ahead.Reader[chunk]
	account *account
	notices *heldNotices

	waits   func() error // called before waiting, if not nil
	once    func() bool  // reports whether the statement passes over the rows but once; nil if that does not matter
	passing bool         // chunks that were passed are dropped
	dropped int          // how many were
	early   []chunk      // of those, the ones whose texts SQLite may still have
	onDrop  func()       // called when the first are dropped, if not nil

	chunks  []chunk
	rows    int32 // of all chunks so far
	err     error // what the reading ended with, io.EOF if all is well
	indexes []*index
}

// chunk is a batch and where it lies in the snapshot.
type chunk struct {
	batch table.Batch
	rows  int
	first int32 // number of its first row
}

// value returns a value of a row of the chunk. Column -1 is the rowid, the number of the row.
func (c *chunk) value(row, column int) table.Value {
	if column < 0 {
		return table.Int(int64(c.first) + int64(row))
	}
	return c.batch.Value(row, column)
}

// newSnapshot starts reading in the background, so that SQLite works on the first rows while
// later ones are being read.
func newSnapshot(ctx context.Context, t *boundTable, q *table.Query, n *heldNotices) *snapshot {
	s := &snapshot{ctx: ctx, info: t.described(), account: &account{name: t.name, query: q, note: n.tell}, notices: n}
	room := batches
	if q.Moment() != nil {
		room = batchesTogether
	}
	s.reading = ahead.Start(ctx, s.info.Name, room, func(ctx context.Context, send func(chunk) bool) error {
		return read(ctx, t.table, q, &s.account.watch, send)
	})
	return s
}

// read reads a table to the end, or until nobody wants more.
func read(ctx context.Context, t table.Table, q *table.Query, w *stopwatch, send func(chunk) bool) (err error) {
	w.start()
	defer w.stop()
	from, err := t.Read(ctx, q)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	for {
		batch, err := from.Next()
		if err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		c := chunk{batch: batch, rows: batch.Len()}
		w.stop()
		if !send(c) {
			return nil
		}
		w.start()
	}
}

// fetch waits for the numbered chunk and reports whether there is one.
func (s *snapshot) fetch(n int) (bool, error) {
	for n-s.dropped >= len(s.chunks) && s.err == nil {
		c, err := s.next()
		if err != nil {
			s.end(err)
			break
		}
		c.first = s.rows
		s.rows += int32(c.rows)
		s.drop()
		s.chunks = append(s.chunks, c)
	}
	if n-s.dropped < len(s.chunks) {
		return true, nil
	}
	if s.err == io.EOF {
		return false, nil
	}
	return false, s.err
}

// keptAnyway is how many rows are kept without looking whether that is of use, which takes
// longer than to read a small table. Tests set it to fewer.
var keptAnyway int32 = 1 << 16

// drop drops the chunks that were passed if nobody comes back to them.
func (s *snapshot) drop() {
	if s.once != nil && s.rows > keptAnyway {
		if s.once() {
			s.passing, s.dropped = true, len(s.chunks)
			if !s.account.query.Counts() {
				s.early = s.chunks
			}
			s.chunks = nil
			if s.onDrop != nil {
				s.onDrop()
			}
		}
		s.once = nil
	}
	if s.passing {
		s.dropped += len(s.chunks)
		clear(s.chunks)
		s.chunks = s.chunks[:0]
	}
}

// keep has all rows kept.
func (s *snapshot) keep() { s.once = nil }

// next waits for the next chunk.
func (s *snapshot) next() (chunk, error) {
	if s.waits != nil && !s.reading.Ready() {
		if err := s.waits(); err != nil {
			return chunk{}, err
		}
	}
	c, err := s.reading.Next()
	if err == nil && !s.passing && s.info.Called() && s.rows > mostHeld {
		return chunk{}, fmt.Errorf("%s: %w", s.info.Name, errHeld)
	}
	return c, err
}

// chunk returns a chunk that was fetched.
func (s *snapshot) chunk(n int) *chunk { return &s.chunks[n-s.dropped] }

// end keeps what the reading ended with. A reader that the end of its context has cut rows
// off from may not say so.
func (s *snapshot) end(err error) {
	if err == io.EOF && s.ctx.Err() != nil {
		err = context.Cause(s.ctx)
	}
	s.err = err
	s.account.close(s.rows, err == io.EOF)
}

// whole waits until all rows were read.
func (s *snapshot) whole() error {
	s.keep()
	for {
		if more, err := s.fetch(s.dropped + len(s.chunks)); err != nil || !more {
			return err
		}
	}
}

// mostIndexes is how many indexes are kept: a transaction may ask for ever new ones.
const mostIndexes = 16

// index returns an index by keys of the rows that pass checks, of all rows. Its groups can be
// sorted by another key unless that is nil. A statement needs few.
func (s *snapshot) index(keys []key, by *key, checks []check) (*index, error) {
	for _, ix := range s.indexes {
		if slices.Equal(ix.keys, keys) && slices.Equal(ix.checks, checks) && ix.sortable(by) {
			return ix, nil
		}
	}
	ix, err := s.build(keys, checks)
	if err != nil {
		return nil, err
	}
	ix.by = by
	if len(s.indexes) == mostIndexes {
		s.indexes = slices.Delete(s.indexes, 0, 1)
	}
	s.indexes = append(s.indexes, ix)
	return ix, nil
}

// build makes an index of the rows as they are being read.
func (s *snapshot) build(keys []key, checks []check) (*index, error) {
	s.keep()
	ix := newIndex(keys, appendChecks(nil, checks))
	ix.rows = make([]place, 0, s.rows)
	member := make([]int32, 0, s.rows) // numbers of the groups of rows
	for n := 0; ; n++ {
		more, err := s.fetch(n)
		if err != nil {
			return nil, err
		}
		if !more {
			ix.gather(member)
			return ix, nil
		}
		member = ix.add(s.chunks[:n+1], member)
	}
}

// close ends the reading. A reader that is still at it after a while is left to end by
// itself.
func (s *snapshot) close(patience time.Duration) {
	s.reading.Close(patience)
	s.account.close(s.rows, false)
}
