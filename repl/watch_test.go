package repl

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"sockstat/repl/format"
	"sockstat/vtab/table"
)

// fixed is a Result of rows with two columns.
type fixed struct {
	columns []string
	rows    [][2]string
	at      int
}

func (f *fixed) Columns() []string       { return f.columns }
func (f *fixed) Next() (bool, error)     { f.at++; return f.at <= len(f.rows), nil }
func (f *fixed) Value(i int) table.Value { return table.String(f.rows[f.at-1][i]) }

// marks returns what compare makes of rows, each as its mark and values.
func marks(t *testing.T, w *Watch, room int, columns string, rows ...string) (got []string) {
	t.Helper()
	f := &fixed{columns: strings.Fields(columns)}
	for _, r := range rows {
		a, b, _ := strings.Cut(r, " ")
		f.rows = append(f.rows, [2]string{a, b})
	}
	w.nth = 0
	r := w.compare(f, room)
	for {
		more, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			return got
		}
		got = append(got, strings.TrimSpace(r.Value(0).String()+r.Value(1).String()+" "+r.Value(2).String()))
	}
}

func TestCompare(t *testing.T) {
	w := &Watch{}
	for i, step := range []struct{ rows, want []string }{
		{[]string{"a 1", "b 1", "c 1"}, []string{"a 1", "b 1", "c 1"}},
		{[]string{"a 1", "c 1", "d 1"}, []string{"a 1", "-b 1", "c 1", "+d 1"}},
		{[]string{"c 2"}, []string{"-a 1", "-c 1", "-d 1", "+c 2"}},
		{[]string{"c 2", "c 2"}, []string{"c 2", "c 2"}},
		{nil, []string{"-c 2", "-c 2"}},
		{nil, nil},
		{[]string{"a 1", "b 1", "c 1", "d 1", "e 1", "f 1"}, []string{"+a 1", "+b 1", "+c 1", "+d 1", "+e 1"}},
		{[]string{"f 1", "a 1"}, []string{"f 1", "a 1", "-b 1", "-c 1", "-d 1"}}, // f was beyond the screen
	} {
		if got := marks(t, w, 5, "x y", step.rows...); !slices.Equal(got, step.want) {
			t.Errorf("step %d: %q, want %q", i, got, step.want)
		}
	}
	// What the kernel numbers is the same, whatever else of it changes.
	w = &Watch{}
	marks(t, w, 5, "Inode state", "7 SYN_SENT")
	if got := marks(t, w, 5, "Inode state", "7 ESTABLISHED", "8 LISTEN"); !slices.Equal(got, []string{"7 ESTABLISHED", "+8 LISTEN"}) {
		t.Errorf("%q", got)
	}
}

// Runs keep to their times, and those that have passed are left out.
func TestWatchTimes(t *testing.T) {
	const every = 20 * time.Millisecond
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	start := time.Now()
	var out strings.Builder
	w := &Watch{Every: every, Out: &out, Settings: format.Settings{Format: "csv", Headers: true}}
	runs := 0
	w.Run = func(_ context.Context, to io.Writer, s format.Settings) error {
		if runs++; runs == 2 {
			time.Sleep(every + every/2)
		}
		if runs == 4 {
			cancel(enough)
		}
		return format.Write(to, &fixed{columns: []string{"a", "b"}, rows: [][2]string{{"1", "2"}}}, s)
	}
	if err := w.Loop(ctx); err != enough {
		t.Fatal(err)
	}
	// The second run takes the time of the third, which is left out.
	if took := time.Since(start); took < 4*every {
		t.Errorf("4 runs took %s", took)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\r\n")
	if len(lines) != 5 || lines[0] != "ts,a,b" || !strings.HasSuffix(lines[4], "Z,1,2") {
		t.Errorf("printed %q", lines)
	}
}

func TestWatchErrors(t *testing.T) {
	broken := errors.New("broken")
	w := &Watch{Every: time.Hour, Out: io.Discard, Run: func(context.Context, io.Writer, format.Settings) error { return broken }}
	if err := w.Loop(t.Context()); err != broken {
		t.Error(err)
	}
	for text, want := range map[string]time.Duration{"2": 2 * time.Second, "0.5": time.Second / 2, "1m": time.Minute, "150ms": 150 * time.Millisecond} {
		if got, err := Seconds(text); got != want || err != nil {
			t.Errorf("%s is %s, %v", text, got, err)
		}
	}
	if _, err := Seconds("SELECT"); err == nil {
		t.Error("SELECT is a time")
	}
}
