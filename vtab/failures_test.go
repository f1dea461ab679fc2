package vtab

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sockstat/internal/ahead"
	"sockstat/mib2"
	"sockstat/proc"
)

// needs says what each statement asks of the machine, and nothing else: so it works where all the
// rest cannot be read.
var needs = []struct{ sql, asks string }{
	{"SELECT * FROM tcp", "Open tcp,Read table of tcp,Close table of tcp,OwnZone"},
	{"SELECT state, local FROM tcp", "Open tcp,Read table of tcp,Close table of tcp"},
	{"SELECT zone FROM udp", "Open udp,Read table of udp,Close table of udp,OwnZone"},
	{"SELECT interface FROM udp", "Open udp,Read table of udp,Close table of udp,Interfaces"},
	{"SELECT path FROM unix", "Open unix,Read table of unix,Close table of unix"},
	{"SELECT count(*) FROM sockets WHERE proto = 'tcp'", "Open tcp,Read table of tcp,Close table of tcp,Holders"},
	{"SELECT pid, fd FROM sockets WHERE proto = 'tcp'", "Open tcp,Read table of tcp,Close table of tcp,Holders"},
	{"SELECT command FROM sockets WHERE proto = 'tcp'", "Open tcp,Read table of tcp,Close table of tcp,Holders,Processes,Read processes,Close processes"},
	{"SELECT user FROM sockets WHERE proto = 'tcp'", "Open tcp,Read table of tcp,Close table of tcp,Holders,Processes,Read processes,Close processes,Users"},
	{"SELECT 1 FROM creators WHERE proto = 'tcp'", "Open tcp,Read table of tcp,Close table of tcp,Processes,Read processes,Close processes"},
	{"SELECT zone FROM creators WHERE proto = 'tcp'", "Open tcp,Read table of tcp,Close table of tcp,Processes,Read processes,Close processes,OwnZone,Zones"},
	{"SELECT 1 FROM creators WHERE proto = 'unix'", "Open unix,Read table of unix,Close table of unix,Holders,Processes,Read processes,Close processes"},
	{"SELECT pid FROM processes", "Processes,Read processes,Close processes"},
	{"SELECT user FROM processes", "Processes,Read processes,Close processes,Users"},
	{"SELECT zone FROM processes", "Processes,Read processes,Close processes,OwnZone,Zones"},
	{"SELECT * FROM zones", "Zones"}, {"SELECT * FROM users", "Users"}, {"SELECT 1", ""},
	{"SELECT * FROM tcp WHERE zone = 'nowhere'", "OwnZone"}, {"SELECT 1 FROM sockets WHERE proto = 'nope'", "Holders"},
}

// needy returns a machine for a statement, that calls a function with all that it is asked.
func needy(sql string, f func(ctx context.Context, what string) error) *Machine {
	m, tables, processes := rowMachine()
	m.Creators = strings.Contains(sql, "creators")
	m.ZoneOfProcess = m.Creators
	hook(m, tables, processes, f)
	return m
}

// A statement asks what it needs, and a failure of any of it is its error.
func TestFailures(t *testing.T) {
	broken := errors.New("broken")
	for _, test := range needs {
		var asked calls
		db := openMachine(t, needy(test.sql, func(_ context.Context, what string) error {
			asked.add(what)
			return nil
		}))
		query(t, db, "%s", test.sql)
		want := strings.FieldsFunc(test.asks, func(r rune) bool { return r == ',' })
		equal(t, asked.all(), want...)
		for _, failing := range want {
			if failing == "Interfaces" || failing == "Close processes" {
				continue // cannot fail, or too late to matter
			}
			db := openMachine(t, needy(test.sql, func(_ context.Context, what string) error {
				if what == failing {
					return broken
				}
				return nil
			}))
			if err := fails(t, db, test.sql); !errors.Is(err, broken) {
				t.Errorf("%s, %s fails: %v", test.sql, failing, err)
			}
			equal(t, query(t, db, "SELECT 1"), "1")
		}
	}
}

// Whatever panics, the statement fails with an error that names the table, and the next one works.
func TestPanics(t *testing.T) {
	for _, test := range needs {
		for _, panicking := range strings.FieldsFunc(test.asks, func(r rune) bool { return r == ',' }) {
			var calm atomic.Bool
			db := openMachine(t, needy(test.sql, func(_ context.Context, what string) error {
				if what == panicking && !calm.Load() {
					panic("boom")
				}
				return nil
			}))
			_, name, _ := strings.Cut(test.sql, " FROM ")
			name, _, _ = strings.Cut(name, " ")
			name = strings.Replace(name, "creators", "", 1) // of which a part is read as sockets
			if err := fails(t, db, test.sql); err == nil || !strings.HasPrefix(err.Error(), "read "+name) || !strings.Contains(err.Error(), ": panic: boom") {
				t.Errorf("%s, %s panics: %v", test.sql, panicking, err)
			}
			calm.Store(true)
			query(t, db, "%s", test.sql)
		}
	}
}

// What is opened is closed once, however the reading ends.
func TestReadersAreClosed(t *testing.T) {
	for _, test := range needs {
		for _, end := range []string{"", "Read table of tcp", "Read processes", "Holders", "Users", "Zones", "LIMIT"} {
			var open atomic.Int64
			m := needy(test.sql, func(_ context.Context, what string) error {
				verb, _, _ := strings.Cut(what, " ")
				switch {
				case what == end:
					return errors.New("broken")
				case verb == "Open" || what == "Processes":
					open.Add(1)
				case verb == "Close":
					open.Add(-1)
				}
				return nil
			})
			sql := test.sql
			if end == "LIMIT" {
				sql += " LIMIT 1"
			}
			fails(t, openMachine(t, m), sql)
			if n := open.Load(); n != 0 {
				t.Errorf("%s, %q: %d readers are open", sql, end, n)
			}
		}
	}
}

// When a statement is closed what it reads is closed too, though that takes a while, and though a
// reader does not heed the end of its context.
func TestClosingWaits(t *testing.T) {
	for _, name := range []string{"tcp", "sockets", "processes"} {
		synctest.Test(t, func(t *testing.T) {
			closed := 0
			slowly := func() error {
				time.Sleep(ahead.Patience / 2)
				closed++
				return nil
			}
			m, _, _ := rowMachine()
			m.Sockets = tablesFunc(func(_ context.Context, protocols []mib2.Protocol, _ mib2.Filter) (mib2.Reader, []mib2.Protocol, error) {
				return &funcReader[mib2.Socket]{close: slowly, read: func(dst []mib2.Socket) ([]mib2.Socket, error) {
					return append(dst, mib2.Socket{Proto: mib2.TCP}), nil
				}}, protocols[1:], nil
			})
			m.Processes = processesFunc(func(context.Context, []int32, proc.Parts) (proc.ProcessReader, error) {
				return &funcReader[proc.Process]{close: slowly, read: func(dst []proc.Process) ([]proc.Process, error) {
					return append(dst, proc.Process{PID: 1}), nil
				}}, nil
			})
			db, err := Open(m)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			start := time.Now()
			query(t, db, "SELECT 1 FROM %s LIMIT 3", name)
			if took := time.Since(start); closed != 1 || took != ahead.Patience/2 {
				t.Errorf("%s: closed %d times after %v", name, closed, took)
			}
		})
	}
}

// stuck returns a machine one of whose answers does not come, whatever the context says, until it
// is released.
func stuck(sql, at string) (m *Machine, asked <-chan struct{}, release func()) {
	reached, released := make(chan struct{}, 100), make(chan struct{})
	return needy(sql, func(_ context.Context, what string) error {
		if what == at {
			reached <- struct{}{}
			<-released
		}
		return nil
	}), reached, func() { close(released) }
}

// stuckAt is where statements can be stuck.
func stuckAt(f func(sql, at string)) {
	for _, test := range needs {
		for at := range strings.SplitSeq(test.asks, ",") {
			if at != "" && at != "Interfaces" { // those are asked by SQLite's own goroutine
				f(test.sql, at)
			}
		}
	}
}

// A statement whose context ends returns at once with its cause, and its closing waits no longer
// than [ahead.Patience] for a reader that is stuck: for each of two that read one beside the other.
func TestStuckReaders(t *testing.T) {
	stuckAt(func(sql, at string) {
		synctest.Test(t, func(t *testing.T) {
			m, reached, release := stuck(sql, at)
			db, err := Open(m)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			ctx, cancel := context.WithCancelCause(context.Background())
			enough := errors.New("enough")
			go func() {
				<-reached
				cancel(enough)
			}()
			st, _, err := db.Prepare(sql)
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			for more := true; more && err == nil; {
				more, err = st.Step(ctx)
			}
			stepped := time.Since(start)
			st.Close()
			if closed := time.Since(start); !errors.Is(err, enough) || stepped > 0 || closed > ahead.Patience {
				t.Errorf("%s, stuck at %s: %v after %v, closed after %v", sql, at, err, stepped, closed)
			}
			release()
			time.Sleep(2 * ahead.Patience) // what was left behind ends
		})
	})
}

// endlessTables have sockets without end, some at a time, count what is
// read and call a function after each.
func endlessTables(batch int, read *atomic.Int64, after func(n int64)) mib2.Tables {
	return tablesFunc(func(ctx context.Context, protocols []mib2.Protocol, _ mib2.Filter) (mib2.Reader, []mib2.Protocol, error) {
		return &funcReader[mib2.Socket]{read: func(dst []mib2.Socket) ([]mib2.Socket, error) {
			if ctx.Err() != nil {
				return dst, context.Cause(ctx)
			}
			for range batch {
				n := read.Add(1)
				after(n)
				dst = append(dst, mib2.Socket{Proto: protocols[0], Family: mib2.Inet, State: mib2.TimeWait, Cookie: uint64(n)})
			}
			return dst, nil
		}}, protocols[1:], nil
	})
}

// endlessProcesses have processes without end, as endlessTables has sockets.
func endlessProcesses(read *atomic.Int64, after func(n int64)) proc.Processes {
	return processesFunc(func(ctx context.Context, _ []int32, _ proc.Parts) (proc.ProcessReader, error) {
		return &funcReader[proc.Process]{read: func(dst []proc.Process) ([]proc.Process, error) {
			if ctx.Err() != nil {
				return dst, context.Cause(ctx)
			}
			n := read.Add(1)
			after(n)
			return append(dst, proc.Process{PID: int32(n)}), nil
		}}, nil
	})
}

// A statement with LIMIT stops the reading soon, and reads nothing after it was closed.
func TestLimitEndsReading(t *testing.T) {
	for name, most := range map[string]int64{"tcp": 10 * (mostRows + 300), "sockets": 80 * (mostRows + 300), "processes": 20} {
		for _, batch := range []int{1, 300} {
			var read atomic.Int64
			m, _, _ := rowMachine()
			m.Sockets, m.Processes = endlessTables(batch, &read, func(int64) {}), endlessProcesses(&read, func(int64) {})
			db := openMachine(t, m)
			if rows := query(t, db, "SELECT 1 FROM %s LIMIT 3", name); len(rows) != 3 {
				t.Errorf("%s: %q", name, rows)
			}
			after := read.Load()
			if after > most {
				t.Errorf("%s: read %d", name, after)
			}
			time.Sleep(10 * time.Millisecond)
			if n := read.Load(); n != after {
				t.Errorf("%s: read %d after the end", name, n-after)
			}
		}
	}
}

// A statement that would not end is ended by its context in the middle of the reading, with the
// cause and not as if that were all.
func TestContextEndsReading(t *testing.T) {
	for _, name := range []string{"tcp", "sockets", "processes"} {
		for _, columns := range []string{"1", "count(*)", "max(pid) OVER ()"} {
			enough := errors.New("enough")
			ctx, cancel := context.WithCancelCause(t.Context())
			var read atomic.Int64
			enoughIs := func(n int64) {
				if n == 5000 {
					cancel(enough)
				}
			}
			m, _, _ := rowMachine()
			m.Sockets, m.Processes = endlessTables(100, &read, enoughIs), endlessProcesses(&read, enoughIs)
			st, _, err := openMachine(t, m).Prepare("SELECT " + strings.ReplaceAll(columns, "pid", map[bool]string{true: "inode", false: "pid"}[name == "tcp"]) + " FROM " + name)
			if err != nil {
				t.Fatal(err)
			}
			for more := true; more && err == nil; {
				more, err = st.Step(ctx)
			}
			if !errors.Is(err, enough) {
				t.Errorf("%s of %s: %v", columns, name, err)
			}
			st.Close()
		}
	}
}
