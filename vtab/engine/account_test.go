package engine

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"sockstat/vtab/table"
)

func TestAccountText(t *testing.T) {
	for _, c := range []struct {
		ways []string
		rows int32
		all  bool
		want string
	}{
		{nil, 0, true, "x: 0 rows in 3.1 ms"},
		{[]string{"tcp from netlink", "holders by /proc/*/fd"}, 52, true, "x: tcp from netlink; holders by /proc/*/fd; 52 rows in 3.1 ms"},
		{[]string{"tcp from netlink"}, 1, true, "x: tcp from netlink; 1 row in 3.1 ms"},
		{nil, 7, false, "x: at least 7 rows in 3.1 ms"},
	} {
		a := account{name: "x", query: &table.Query{}, watch: stopwatch{spent: 3120 * time.Microsecond}}
		for _, way := range c.ways {
			a.query.Way(way)
		}
		if got := a.text(c.rows, c.all); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}

func TestStopwatch(t *testing.T) {
	var w stopwatch
	if w.stop(); w.total() != 0 {
		t.Errorf("%s before the start", w.total())
	}
	w.start()
	time.Sleep(time.Millisecond)
	running := w.total()
	w.stop()
	stopped := w.total()
	time.Sleep(2 * time.Millisecond)
	if running < time.Millisecond || stopped < running || w.total() != stopped {
		t.Errorf("running %s, stopped %s, later %s", running, stopped, w.total())
	}
	w.start()
	time.Sleep(time.Millisecond)
	if w.stop(); w.total() < stopped+time.Millisecond {
		t.Errorf("%s after a second run", w.total())
	}
}

// notices returns what a statement tells whoever asks for details, without the time.
func notices(t *testing.T, db *DB, statements ...string) string {
	var got []string
	db.OnNotice(func(n table.Notice) { got = append(got, fmt.Sprintf("%t %s", n.Detail, n.Text)) })
	for _, sql := range statements {
		if _, err := run(db, sql); err != nil {
			got = append(got, "error")
		}
		got = append(got, ".")
	}
	return regexp.MustCompile(`in [0-9.]+ ms`).ReplaceAllString(strings.Join(got, "\n"), "in T ms")
}

// Each reading of a table is told of once, when it has ended.
func TestReadingIsToldOf(t *testing.T) {
	spec := itemSpec("item", 12, nil)
	plain := spec.Open
	spec.Open = func(ctx context.Context, q *table.Query) (table.Reader[item], error) {
		q.Way("from the test")
		return plain(ctx, q)
	}
	broken := itemSpec("broken", 0, nil)
	broken.Open = func(context.Context, *table.Query) (table.Reader[item], error) { return nil, errors.New("no") }
	const whole = "true item: from the test; 12 rows in T ms\n"
	for _, c := range []struct{ sql, want string }{
		{"SELECT 1", "."},
		{"SELECT * FROM item", whole + "."},
		{"SELECT * FROM item a JOIN item b USING (id)", whole + "."},
		{"SELECT * FROM item; SELECT count(*) FROM item", whole + ".\n" + whole + "."},
		{"BEGIN; SELECT * FROM item LIMIT 1; SELECT * FROM item; COMMIT", ".\n" + whole + ".\n.\n."},
		{"SELECT * FROM item LIMIT 1", "true item: from the test; at least 4 rows in T ms\n."},
		{"SELECT * FROM item WHERE id IN (3, 4)", "true item: from the test; 2 rows in T ms\n."},
		{"EXPLAIN SELECT * FROM item", "."},
		{"SELECT * FROM broken", "true broken: at least 0 rows in T ms\nerror\n."},
	} {
		if got := notices(t, open(t, spec, broken), strings.Split(c.sql, ";")...); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.sql, got, c.want)
		}
	}
}

// What a table notes is told once, whichever statement it reads for.
func TestNoticesAreToldOnce(t *testing.T) {
	spec := itemSpec("item", 1, nil)
	plain, n := spec.Open, 0
	spec.Open = func(ctx context.Context, q *table.Query) (table.Reader[item], error) {
		n++
		q.Note(table.Notice{Text: "some are hidden", Hint: "be root"})
		q.Note(table.Notice{Text: fmt.Sprint("reading ", n)})
		return plain(ctx, q)
	}
	got := notices(t, open(t, spec), "SELECT * FROM item", "SELECT * FROM item")
	want := "false some are hidden\nfalse reading 1\ntrue item: 1 row in T ms\n.\nfalse reading 2\ntrue item: 1 row in T ms\n."
	if got != want {
		t.Errorf("%s", got)
	}
	db := open(t, spec) // nobody listens
	mustRun(t, db, "SELECT * FROM item")
}
