package engine

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"sockstat/internal/ahead"
	"sockstat/vtab/table"
)

// tape is a table of batches of two columns, which notes how it was used.
type tape struct {
	batches []grid
	err     error // what the reading ends with
	closing error
	opened  func(context.Context, *table.Query) error
	closed  bool
}

func (t *tape) Info() table.Info {
	return table.Info{Name: "tape", Rows: 100, Columns: []table.ColumnInfo{{Name: "a", Type: table.Integer}, {Name: "b", Type: table.Text}}}
}

func (t *tape) Read(ctx context.Context, q *table.Query) (table.Batches, error) {
	if t.opened != nil {
		if err := t.opened(ctx, q); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (t *tape) Next() (table.Batch, error) {
	if len(t.batches) == 0 {
		if t.err == nil {
			return nil, io.EOF
		}
		return nil, t.err
	}
	g := t.batches[0]
	t.batches = t.batches[1:]
	return g, nil
}

func (t *tape) Close() error {
	t.closed = true
	return t.closing
}

// snap takes a snapshot of a table, and says what is told of it.
func snap(t *testing.T, ctx context.Context, from table.Table) (s *snapshot, told *[]table.Notice) {
	told = new([]table.Notice)
	db := &DB{noted: map[string]bool{}, onNote: func(n table.Notice) { *told = append(*told, n) }}
	notices := &heldNotices{db: db}
	notices.scan()
	s = newSnapshot(ctx, &boundTable{db: db, table: from, info: from.Info()}, &table.Query{}, notices)
	t.Cleanup(func() { s.close(ahead.Patience) })
	return s, told
}

func TestSnapshotHasAllRows(t *testing.T) {
	from := &tape{batches: []grid{gridOf([]int{1}, []int{2}), {}, gridOf([]int{3})}}
	s, _ := snap(t, t.Context(), from)
	for range 2 { // the second time nothing is read
		for n := range 4 {
			if ok, err := s.fetch(n); ok != (n < 3) || err != nil {
				t.Errorf("chunk %d: %t, %v", n, ok, err)
			}
		}
	}
	if s.rows != 3 || s.chunks[1].first != 2 || s.chunks[2].first != 2 || s.chunks[2].rows != 1 {
		t.Errorf("%d rows, %+v", s.rows, s.chunks)
	}
	if s.close(ahead.Patience); !from.closed {
		t.Error("was not closed")
	}
}

func TestSnapshotFailsAsTheTableDoes(t *testing.T) {
	broken, too := errors.New("broken"), errors.New("too")
	for name, c := range map[string]struct {
		from *tape
		rows int32
		want []error
	}{
		"opened":    {&tape{opened: func(context.Context, *table.Query) error { return broken }}, 0, []error{broken}},
		"read":      {&tape{batches: []grid{gridOf([]int{1})}, err: broken}, 1, []error{broken}},
		"closed":    {&tape{batches: []grid{gridOf([]int{1})}, closing: too}, 1, []error{too}},
		"both":      {&tape{err: broken, closing: too}, 0, []error{broken, too}},
		"no proper": {&tape{err: io.ErrUnexpectedEOF}, 0, []error{io.ErrUnexpectedEOF}},
	} {
		s, _ := snap(t, t.Context(), c.from)
		for range 2 { // again and again
			err := s.whole()
			for _, want := range c.want {
				if !errors.Is(err, want) {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
		if _, err := s.index(columns(0), nil, nil); err == nil || s.rows != c.rows || len(s.indexes) != 0 {
			t.Errorf("%s: %d rows, index with %v", name, s.rows, err)
		}
		if ok, err := s.fetch(0); ok != (c.rows > 0) || ok && err != nil {
			t.Errorf("%s: what was read is lost: %t, %v", name, ok, err)
		}
	}
}

// A panic of a reader, in whatever it does, names the table and is no end of the rows.
func TestPanicOfReader(t *testing.T) {
	for name, from := range map[string]*tape{
		"open":  {opened: func(context.Context, *table.Query) error { panic("lost") }},
		"read":  {batches: []grid{nil, nil}, err: panics{}},
		"close": {closing: panics{}},
	} {
		s, _ := snap(t, t.Context(), panicking{from})
		if err := s.whole(); err == nil || !strings.HasPrefix(err.Error(), "read tape: panic: lost") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// panicking is a tape that panics where it should return panics.
type panicking struct{ *tape }

type panics struct{ error }

func (p panicking) Read(ctx context.Context, q *table.Query) (table.Batches, error) {
	_, err := p.tape.Read(ctx, q)
	return p, err
}

func (p panicking) Next() (table.Batch, error) {
	batch, err := p.tape.Next()
	if _, ok := err.(panics); ok {
		panic("lost")
	}
	return batch, err
}

func (p panicking) Close() error {
	err := p.tape.Close()
	if _, ok := err.(panics); ok {
		panic("lost")
	}
	return err
}

// The end of the rows is none if the context ended before: a reader may stop without a word.
func TestSnapshotOfEndedContext(t *testing.T) {
	why := errors.New("why")
	for range 50 {
		ctx, cancel := context.WithCancelCause(t.Context())
		from := &tape{batches: []grid{gridOf([]int{1})}, opened: func(context.Context, *table.Query) error {
			cancel(why)
			return nil
		}}
		s, told := snap(t, ctx, from)
		if err := s.whole(); err != why {
			t.Fatalf("%v", err)
		}
		if len(*told) != 1 || !strings.Contains((*told)[0].Text, "at least ") {
			t.Fatalf("%v", *told)
		}
	}
}

func TestSnapshotIsReadAheadOfItsUse(t *testing.T) {
	from := &tape{batches: make([]grid, 3*batches), err: io.EOF}
	s, _ := snap(t, t.Context(), counted{from})
	for start := time.Now(); s.account.query.Ways() == nil; time.Sleep(time.Millisecond) {
		if time.Since(start) > 10*time.Second {
			t.Fatal("nothing is read before it is used")
		}
	}
	if len(s.chunks) != 0 {
		t.Errorf("%d chunks", len(s.chunks))
	}
	s.close(ahead.Patience)
	if left := len(from.batches); left < 3*batches-batches-1 {
		t.Errorf("%d batches left", left)
	}
}

// counted says by a way when as many batches were read as may wait.
type counted struct{ *tape }

func (c counted) Read(_ context.Context, q *table.Query) (table.Batches, error) {
	return tally{c.tape, q, len(c.batches)}, nil
}

type tally struct {
	*tape
	q   *table.Query
	all int
}

func (c tally) Next() (table.Batch, error) {
	if c.all-len(c.batches) == batches {
		c.q.Way("full")
	}
	return c.tape.Next()
}

func TestSnapshotKeepsIndexes(t *testing.T) {
	s, _ := snap(t, t.Context(), &tape{batches: []grid{gridOf([]int{1, 2}), gridOf([]int{1, 3})}})
	a, err := s.index(columns(0), nil, nil)
	if err != nil || len(a.groups) != 1 {
		t.Fatalf("%v, %v", a, err)
	}
	b, _ := s.index(columns(1), nil, nil)
	again, _ := s.index(columns(0), nil, nil)
	both, _ := s.index(columns(0, 1), nil, nil)
	if a != again || a == b || len(b.groups) != 2 || len(both.groups) != 2 || len(s.indexes) != 3 {
		t.Errorf("%d indexes", len(s.indexes))
	}
}

// A reader that nothing stops is left behind.
func TestSnapshotOfStuckReader(t *testing.T) {
	stuck := make(chan struct{})
	defer close(stuck)
	from := &tape{opened: func(context.Context, *table.Query) error { <-stuck; return nil }}
	s, _ := snap(t, t.Context(), from)
	start := time.Now()
	if s.close(ahead.Patience); time.Since(start) > ahead.Patience+10*time.Second {
		t.Errorf("closed after %s", time.Since(start))
	}
}
