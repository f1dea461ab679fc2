package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"sockstat/vtab/table"
)

func TestTransactionKeepsTheSnapshot(t *testing.T) {
	var log []opened
	db := open(t, itemSpec("item", 12, &log))
	for _, sql := range []string{"BEGIN", "SELECT id FROM item WHERE id = 3", "SELECT * FROM item", "COMMIT"} {
		mustRun(t, db, sql)
	}
	if got := fmt.Sprint(log); got != "[{[]  [] id state size }]" {
		t.Errorf("in a transaction: opened with %s", got)
	}
	mustRun(t, db, "SELECT * FROM item")
	if len(log) != 2 {
		t.Errorf("after the transaction: opened %d times, want 2", len(log))
	}
}

func TestLimitStopsReading(t *testing.T) {
	read := 0
	spec := itemSpec("item", 0, nil)
	spec.Open = func(ctx context.Context, q *table.Query) (table.Reader[item], error) {
		return &endless{ctx, &read}, nil
	}
	db := open(t, spec)
	if got := mustRun(t, db, "SELECT id FROM item LIMIT 2"); got != "1 2" {
		t.Errorf("got %s", got)
	}
	if read > 2*batches {
		t.Errorf("%d batches were read", read)
	}
	interrupted(t, db, "SELECT count(*) FROM item", func(cancel func()) { cancel() })
}

// TestInterrupt ends the context of a statement before it starts, as it does, and later.
func TestInterrupt(t *testing.T) {
	const sql = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c LIMIT 3000000) SELECT count(*) FROM c"
	db := open(t)
	interrupted(t, db, sql, func(cancel func()) { cancel() })
	for range 300 {
		interrupted(t, db, sql, func(cancel func()) { go cancel() })
	}
	interrupted(t, db, sql, func(cancel func()) { time.AfterFunc(10*time.Millisecond, cancel) })
	if got := mustRun(t, db, "SELECT 1"); got != "1" {
		t.Errorf("after that: %s", got)
	}
}

// interrupted checks that a statement fails with the cause of the end of its context.
func interrupted(t *testing.T, db *DB, sql string, end func(cancel func())) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(context.Background())
	st, _, err := db.Prepare(sql)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	why := errors.New("enough")
	end(func() { cancel(why) })
	if _, err := st.Step(ctx); !errors.Is(err, why) {
		t.Fatalf("interrupted: %v", err)
	}
}

// readerFunc is a reader that is a function of how often it was called.
type readerFunc struct {
	f     func(n int) ([]item, error)
	calls int
}

func (r *readerFunc) Read(dst []item) ([]item, error) {
	r.calls++
	got, err := r.f(r.calls)
	return append(dst, got...), err
}

func (r *readerFunc) Close() error { return nil }

// The rows that were read before the end of the context are no result.
func TestInterruptedReading(t *testing.T) {
	for _, begin := range []string{"SELECT 1", "BEGIN"} {
		spec := itemSpec("item", 3, nil)
		whole := spec.Open
		db := open(t, spec)
		mustRun(t, db, begin)
		for range 100 {
			var cancel func()
			spec.Open = func(ctx context.Context, q *table.Query) (table.Reader[item], error) {
				return &readerFunc{f: func(n int) ([]item, error) {
					if n > 2 {
						cancel()
					}
					return items(1), ctx.Err()
				}}, nil
			}
			interrupted(t, db, "SELECT count(*) FROM item", func(c func()) { cancel = c })
		}
		spec.Open = whole
		if got := mustRun(t, db, "SELECT count(*) FROM item"); got != "3" {
			t.Errorf("%s, after that: %s", begin, got)
		}
	}
}

// A reader that nothing stops does not keep a statement from ending.
func TestStuckReading(t *testing.T) {
	answer := make(chan struct{})
	defer close(answer)
	spec := itemSpec("item", 0, nil)
	spec.Open = func(context.Context, *table.Query) (table.Reader[item], error) {
		return &readerFunc{f: func(int) ([]item, error) { <-answer; return nil, io.EOF }}, nil
	}
	interrupted(t, open(t, spec), "SELECT count(*) FROM item", func(cancel func()) { go cancel() })
}

// In a transaction a table is read at once, not when a statement gets there.
func TestTransactionReadsAtOnce(t *testing.T) {
	read := 0
	spec := itemSpec("item", 0, nil)
	spec.Open = func(context.Context, *table.Query) (table.Reader[item], error) {
		return &readerFunc{f: func(n int) ([]item, error) {
			if read = n; n > 4*batches {
				return nil, io.EOF
			}
			return items(1), nil
		}}, nil
	}
	db := open(t, spec)
	mustRun(t, db, "BEGIN")
	mustRun(t, db, "SELECT * FROM item LIMIT 1")
	if read <= 4*batches {
		t.Errorf("%d batches were read", read)
	}
}

// endless reads rows without end.
type endless struct {
	ctx  context.Context
	read *int
}

func (r *endless) Read(dst []item) ([]item, error) {
	*r.read++
	return append(dst, item{id: int64(*r.read)}), r.ctx.Err()
}

func (r *endless) Close() error { return nil }
