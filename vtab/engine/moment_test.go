package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"sockstat/vtab/table"
)

// opening makes a table's Open what open returns for the how manieth time.
func opening(name string, open func(n int, q *table.Query) (table.Reader[item], error)) *table.Spec[item] {
	spec, n := itemSpec(name, 0, nil), 0
	spec.Open = func(_ context.Context, q *table.Query) (table.Reader[item], error) {
		n++
		return open(n, q)
	}
	return spec
}

// until waits for what another table does in the background.
func until(what <-chan struct{}) error {
	select {
	case <-what:
		return nil
	case <-time.After(10 * time.Second):
		return errors.New("the other table is not read")
	}
}

// The tables of a statement are opened at its first scan, and read to their end, though it
// gets to the second when it is done with the first.
func TestTablesAreReadTogether(t *testing.T) {
	for _, sql := range []string{
		"SELECT count(*) FROM one UNION ALL SELECT count(*) FROM two",
		"SELECT (SELECT count(*) FROM one) UNION ALL SELECT (SELECT count(*) FROM two)",
		"WITH t AS MATERIALIZED (SELECT * FROM two) SELECT count(*) FROM one UNION ALL SELECT count(*) FROM t",
	} {
		read := make(chan struct{})
		one := opening("one", func(int, *table.Query) (table.Reader[item], error) {
			return &batchReader{items(2)}, until(read)
		})
		two := opening("two", func(int, *table.Query) (table.Reader[item], error) {
			return &readerFunc{f: func(n int) ([]item, error) {
				if n > 10*batches {
					close(read)
					return nil, io.EOF
				}
				return items(1), nil
			}}, nil
		})
		if got := mustRun(t, open(t, one, two), sql); got != fmt.Sprint("2 ", 10*batches) {
			t.Errorf("%s: %s", sql, got)
		}
	}
}

// What goes wrong with a table, or is to be said of it, is of no matter to a statement that
// does not get to it.
func TestTableThatIsNotScanned(t *testing.T) {
	cause := errors.New("no such device")
	broken := opening("broken", func(_ int, q *table.Query) (table.Reader[item], error) {
		q.Note(table.Notice{Text: "broken"})
		return nil, cause
	})
	for _, begin := range []string{"SELECT 1", "BEGIN"} {
		db := open(t, itemSpec("item", 5, nil), broken)
		var notices []string
		db.OnNotice(func(n table.Notice) {
			if !n.Detail {
				notices = append(notices, n.Text)
			}
		})
		mustRun(t, db, begin)
		for _, sql := range []string{
			"SELECT CASE WHEN id < 9 THEN id ELSE (SELECT count(*) FROM broken) END FROM item",
			"SELECT id FROM item WHERE id >= 0 OR EXISTS (SELECT 1 FROM broken)",
			"SELECT id FROM item LEFT JOIN broken USING (id) WHERE item.id < 0",
			"SELECT id FROM item UNION ALL SELECT id FROM broken LIMIT 5",
		} {
			if _, err := run(db, sql); err != nil || len(notices) > 0 {
				t.Errorf("%s, %s: %v, noted %q", begin, sql, err, notices)
			}
		}
		for range 2 {
			if _, err := run(db, "SELECT id FROM item LEFT JOIN broken USING (id)"); !errors.Is(err, cause) {
				t.Errorf("%s: %v", begin, err)
			}
		}
		if !slices.Equal(notices, []string{"broken"}) {
			t.Errorf("%s: noted %q", begin, notices)
		}
	}
}

// In a transaction all tables are of the moment of the first scan, whenever they are named.
func TestTransactionIsOneMoment(t *testing.T) {
	moment := 0
	var reads atomic.Int32
	one := func(name string) *table.Spec[item] {
		return opening(name, func(_ int, q *table.Query) (table.Reader[item], error) {
			if q.Moment() == nil || len(q.Moment().Queries()) != 2 || !q.Uses("size") {
				t.Errorf("%s: read with %v", name, q.Moment())
			}
			reads.Add(1)
			return &batchReader{[]item{{id: int64(moment)}}}, nil
		})
	}
	first, second := one("first"), one("second")
	db := open(t, first, second)
	for ; moment < 2; moment++ {
		mustRun(t, db, "BEGIN")
		if got := mustRun(t, db, "SELECT id FROM first"); got != fmt.Sprint(moment) {
			t.Errorf("first: %s instead of %d", got, moment)
		}
		moment += 10
		if got := mustRun(t, db, "SELECT id FROM second"); got != fmt.Sprint(moment-10) {
			t.Errorf("second: %s instead of %d", got, moment-10)
		}
		moment -= 10
		mustRun(t, db, "COMMIT")
	}
	if n := reads.Load(); n != 4 {
		t.Errorf("%d tables were read", n)
	}
}

// What tables share is made once in a moment, and ends with it.
func TestSharedInAMoment(t *testing.T) {
	var shared []*closing
	var specs []table.Table
	for _, name := range []string{"a", "b", "c"} {
		specs = append(specs, opening(name, func(_ int, q *table.Query) (table.Reader[item], error) {
			if q.Table() != name {
				t.Errorf("%s is asked as %s", name, q.Table())
			}
			if q.Moment() == nil {
				return &batchReader{items(1)}, nil
			}
			c := q.Moment().Shared("key", func(ctx context.Context) any {
				c := &closing{ctx: ctx}
				shared = append(shared, c)
				return c
			}).(*closing)
			if c.closed || c.ctx.Err() != nil {
				t.Errorf("%s: it has ended", name)
			}
			return &batchReader{items(1)}, nil
		}))
	}
	db := open(t, specs...)
	mustRun(t, db, "SELECT * FROM a")
	if len(shared) != 0 {
		t.Error("a table alone shares something")
	}
	for n, sql := range []string{"SELECT * FROM a, b", "SELECT * FROM a x, b, c, a y"} {
		mustRun(t, db, sql)
		if len(shared) != n+1 || !shared[n].closed || shared[n].ctx.Err() == nil {
			t.Errorf("%s: %d shared, closed: %v", sql, len(shared), shared)
		}
	}
}

type closing struct {
	ctx    context.Context
	closed bool
}

func (c *closing) Close() error {
	c.closed = true
	return nil
}
