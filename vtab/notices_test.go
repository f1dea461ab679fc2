package vtab

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"sockstat/mib2"
	"sockstat/proc"
	"sockstat/vtab/engine"
	"sockstat/vtab/table"
)

// notices collects what the tables of a database note, but for details.
type notices struct {
	mutex sync.Mutex
	list  []string
}

// noticesOf collects those of a database from now on.
func noticesOf(db *engine.DB) *notices {
	n := &notices{}
	db.OnNotice(func(notice table.Notice) {
		n.mutex.Lock()
		defer n.mutex.Unlock()
		if !notice.Detail {
			n.list = append(n.list, notice.Text)
		}
	})
	return n
}

// take returns what was noted since.
func (n *notices) take() string {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	taken := strings.Join(n.list, "; ")
	n.list = nil
	return taken
}

// Hidden holders are noted once, and only where a row that the statement shows lacks one.
func TestNoticeOfHiddenHolders(t *testing.T) {
	const denied = "more holders of some sockets may be hidden: permission denied: 2 processes could not be looked at"
	unlisted := "the holders of some sockets are hidden: not all processes are listed"
	if os.Geteuid() != 0 { // then a socket of root is the first that some other process may hold
		unlisted = "more holders of some sockets may be hidden: not all processes are listed"
	}
	for _, test := range []struct {
		sql              string
		hidden, unlisted bool
		want             string
	}{
		{"SELECT pid FROM sockets", true, false, denied}, {"SELECT user FROM sockets", true, false, denied}, {"SELECT fd FROM sockets", true, false, denied},
		{"SELECT command FROM sockets", true, false, denied}, {"SELECT args FROM sockets", true, false, denied},
		{"SELECT count(*) FROM sockets WHERE pid > 0", true, false, denied}, {"SELECT pid, user, fd FROM sockets", true, true, denied},
		{"SELECT pid FROM sockets", false, true, unlisted}, {"SELECT pid FROM sockets", false, false, ""},
		{"SELECT local, owner_status FROM sockets", true, true, ""}, {"SELECT count(*) FROM sockets WHERE proto IN ('udp', 'tcp', 'unix')", true, false, ""},
		{"SELECT pid FROM sockets WHERE cookie = 12", true, false, denied},            // others may hold it too
		{"SELECT pid FROM sockets WHERE cookie IN (13, 14, 15, 19)", true, false, ""}, // can have no holder
		{"SELECT uid FROM udp", true, false, ""},
	} {
		m, _, processes := rowMachine()
		m.Holders = holdersFunc(func(ctx context.Context, pids []int32) (*proc.SocketHolders, error) {
			h := proc.NewSocketHolders(processes.found, map[bool]int{true: 2}[test.hidden])
			h.Unlisted = test.unlisted
			return h, nil
		})
		db := openMachine(t, m)
		noted := noticesOf(db)
		query(t, db, "%s", test.sql)
		if got := noted.take(); got != test.want {
			t.Errorf("%+v: %q", test, got)
		}
		query(t, db, "%s", test.sql)
		if got := noted.take(); got != "" {
			t.Errorf("%+v: noted again: %q", test, got)
		}
	}
}

// Who is not root is told that root sees more.
func TestHintOfHiddenHolders(t *testing.T) {
	var hint string
	q := table.NewQuery(table.Info{}, func(n table.Notice) { hint = n.Hint })
	hidden := &hiddenHolders{query: q, user: uint32(os.Geteuid()), found: &holders{sockets: proc.NewSocketHolders(nil, 1)}}
	hidden.note("the holders of some sockets are hidden")
	if (hint == "") != (os.Geteuid() == 0) {
		t.Errorf("%q for user %d", hint, os.Geteuid())
	}
}

// Sockets other than those of the internet are left out, with a notice, where the system does not
// show them and internet sockets are wanted too; any other failure is an error.
func TestSocketsThatAreLeftOut(t *testing.T) {
	path := func(err error) error { return &fs.PathError{Op: "open", Path: "/dev/kstat", Err: err} }
	const left = "unix sockets are not shown: open /dev/kstat: "
	broken := errors.New("broken")
	for _, test := range []struct {
		when, sql string
		err       error
		want      string // rows and notice; "" for the error
	}{
		{"Open unix", "sockets", path(fs.ErrPermission), "8 " + left + "permission denied"},
		{"Read table of unix", "sockets", path(fs.ErrPermission), "8 " + left + "permission denied"},
		{"Open unix", "sockets", path(fs.ErrNotExist), "8 " + left + "file does not exist"},
		{"Read table of unix", "sockets WHERE proto IN ('tcp', 'unix')", path(fs.ErrNotExist), "6 " + left + "file does not exist"},
		{"Open unix", "sockets WHERE proto <> 'unix'", path(fs.ErrPermission), "8 " + left + "permission denied"},
		{"Open unix", "sockets WHERE proto = 'tcp'", path(fs.ErrPermission), "6 "},
		{"Open unix", "sockets WHERE label = 'stream'", path(fs.ErrPermission), ""}, {"Open unix", "unix", path(fs.ErrPermission), ""},
		{"Read table of unix", "unix", path(fs.ErrPermission), ""},
		{"Open unix", "sockets", broken, ""}, {"Read table of unix", "sockets", broken, ""}, {"Close table of unix", "sockets", broken, ""},
		{"Open tcp", "sockets", path(fs.ErrPermission), ""}, {"Read table of udp", "sockets", path(fs.ErrNotExist), ""},
	} {
		m, tables, processes := rowMachine()
		hook(m, tables, processes, func(_ context.Context, what string) error {
			if what == test.when {
				return test.err
			}
			return nil
		})
		db := openMachine(t, m)
		noted := noticesOf(db)
		sql := "SELECT count(*) FROM " + test.sql
		if test.want == "" {
			if err := fails(t, db, sql); !errors.Is(err, test.err) || noted.take() != "" {
				t.Errorf("%+v: %v", test, err)
			}
			continue
		}
		if got := query(t, db, "%s", sql)[0] + " " + noted.take(); got != test.want {
			t.Errorf("%+v: %q", test, got)
		}
	}
}

// A zone that the kernel does not show is noted only where something can be done about it, and
// nothing of it is found.
func TestNoticeOfOtherZones(t *testing.T) {
	const note = `the kernel shows only the sockets of the zone "here"`
	for _, test := range []struct{ where, advice, want string }{
		{"zone = 'there'", "go there", note}, {"zone = 'there'", "", ""}, {"zone = 'zone 7'", "go there", ""}, {"zone = 'here'", "go there", ""},
		{"zone IN ('here', 'there')", "go there", ""}, {"zone <> 'here'", "go there", ""}, {"1", "go there", ""}, {"zone = 'nowhere'", "go there", note},
		{"zone = 'HERE'", "go there", ""}, {"zone IS NULL", "go there", ""},
	} {
		m, tables, _ := rowMachine()
		m.Creators, m.ZoneOfProcess, m.OtherZones = true, true, test.advice
		for i := range tables.rows {
			if tables.rows[i].Unix == nil {
				tables.rows[i].Origin = &mib2.Origin{PID: 200} // in zone 7
			}
		}
		db := openMachine(t, m)
		noted := noticesOf(db)
		query(t, db, "SELECT 1 FROM sockets WHERE %s", test.where)
		if got := noted.take(); got != test.want {
			t.Errorf("%+v: %q", test, got)
		}
	}
}

// Who asks for details is told of every table what was asked of the kernel, from where, and how
// many rows were read; what was left out and what failed too.
func TestDetails(t *testing.T) {
	for _, test := range []struct {
		sql, fails string
		want       []string
	}{
		{"SELECT 1 FROM tcp WHERE state = 'LISTEN'", "", []string{"tcp: tcp from memory: LISTEN; 1 row"}},
		{"SELECT count(*) FROM sockets WHERE proto IN ('udp', 'tcp', 'unix')", "", []string{"sockets: holders by rows; udp and tcp from memory; unix; 10 rows"}},
		{"SELECT count(*) FROM sockets WHERE proto IN ('udp', 'tcp', 'unix')", "Open unix", []string{"sockets: holders by rows; udp and tcp from memory; 8 rows"}},
		{"SELECT count(*) FROM sockets WHERE proto IN ('udp', 'tcp', 'unix')", "Read table of udp", []string{"sockets: holders by rows; at least 0 rows"}},
		{"SELECT count(*) FROM sockets JOIN processes USING (pid) WHERE proto = 'tcp'", "", []string{"processes: 3 rows", "sockets: holders by rows; tcp from memory; 6 rows"}},
		{"SELECT count(*) FROM users, zones", "", []string{"users: 3 rows", "zones: 2 rows"}},
	} {
		m, tables, processes := rowMachine()
		hook(m, tables, processes, func(_ context.Context, what string) error {
			if what == test.fails {
				return fs.ErrNotExist
			}
			return nil
		})
		m.Sockets = twoByTwo{m.Sockets}
		db := openMachine(t, m)
		var details []string
		db.OnNotice(func(n table.Notice) {
			if n.Detail {
				text, _, _ := strings.Cut(n.Text, " in ")
				parts := strings.Split(strings.TrimPrefix(text, "sockets: "), "; ")
				slices.Sort(parts[:len(parts)-1]) // sockets are read beside holders
				details = append(details, map[bool]string{true: "sockets: "}[strings.HasPrefix(text, "sockets: ")]+strings.Join(parts, "; "))
			}
		})
		fails(t, db, test.sql)
		equal(t, details, test.want...)
	}
}

// twoByTwo are tables that are opened for two protocols at once, and say where from.
type twoByTwo struct{ mib2.Tables }

func (two twoByTwo) Open(ctx context.Context, protocols []mib2.Protocol, filter mib2.Filter) (mib2.Reader, []mib2.Protocol, error) {
	if protocols[0] == mib2.Unix {
		return two.Tables.Open(ctx, protocols, filter)
	}
	n := min(2, len(protocols))
	if protocols[n-1] == mib2.Unix {
		n--
	}
	return mib2.ReadAtOnce(ctx, "memory", func(ctx context.Context) ([]mib2.Socket, error) {
		return mib2.ReadAll(ctx, two.Tables, protocols[:n], filter)
	}), protocols[n:], nil
}

// Rows that are read together come from one opening: the protocols that are left are those that
// the system did not tell of.
func TestProtocolsThatAreReadTogether(t *testing.T) {
	m, tables, processes := rowMachine()
	var asked calls
	hook(m, tables, processes, func(_ context.Context, what string) error {
		asked.add(what)
		return nil
	})
	inner := m.Sockets
	m.Sockets = tablesFunc(func(ctx context.Context, protocols []mib2.Protocol, f mib2.Filter) (mib2.Reader, []mib2.Protocol, error) {
		asked.add(fmt.Sprint(protocols))
		return twoByTwo{inner}.Open(ctx, protocols, f)
	})
	equal(t, query(t, openMachine(t, m), "SELECT proto, count(*) FROM sockets WHERE proto IN ('udp', 'tcp', 'unix') GROUP BY 1"), "tcp 6", "udp 2", "unix 2")
	got := slices.DeleteFunc(asked.all(), func(what string) bool { return what[0] != '[' })
	equal(t, got, "[udp tcp unix]", "[unix]")
}
