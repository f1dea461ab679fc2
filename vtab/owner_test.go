package vtab

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"sockstat/mib2"
	"sockstat/proc"
)

// owner returns pid, fd, owner_status of the one socket of a machine whose holders are those.
func owner(t *testing.T, s mib2.Socket, h *proc.SocketHolders) string {
	t.Helper()
	m, tables, _ := rowMachine()
	tables.rows = mib2.Rows{s}
	m.Holders = holdersFunc(func(context.Context, []int32) (*proc.SocketHolders, error) { return h, nil })
	if h == nil {
		m.Holders = nil
	}
	return strings.Join(query(t, openMachine(t, m), "SELECT pid, fd, owner_status FROM sockets"), "; ")
}

// Why nobody is shown with a socket of Linux, of which nothing but the state and the inode may
// tell: in each state, with a file and without, seen by who sees all processes and by others.
func TestStatusOfSocketsWithoutHolder(t *testing.T) {
	closed := map[mib2.State]string{mib2.TimeWait: "time_wait", mib2.SynRcvd: "unaccepted", mib2.Established: "unaccepted", mib2.CloseWait: "unaccepted"}
	for _, p := range mib2.Protocols {
		for _, state := range p.States() {
			s := mib2.Socket{Proto: p, Family: p.Families()[0], State: state}
			without := "orphan"
			if status, ok := closed[state]; ok {
				without = status
			}
			if p.ShownBy() != p {
				continue
			}
			if p == mib2.Unix {
				s.Unix = &mib2.UnixInfo{Type: mib2.Stream}
				without = "unaccepted" // it waits in the queue of its listener
			}
			withFile := s
			withFile.Inode = 99
			all, hidden, unlisted := proc.NewSocketHolders(nil, 0), proc.NewSocketHolders(nil, 1), proc.NewSocketHolders(nil, 0)
			unlisted.Unlisted = true
			for _, test := range []struct {
				s    mib2.Socket
				h    *proc.SocketHolders
				want string
			}{
				{s, all, without}, {s, hidden, without}, {s, unlisted, without}, {s, nil, "unknown"},
				{withFile, all, "unheld"}, {withFile, hidden, "hidden"}, {withFile, unlisted, "hidden"}, {withFile, nil, "unknown"},
			} {
				if got := owner(t, test.s, test.h); got != "- - "+test.want {
					t.Errorf("%v %v, inode %d, %+v: %q instead of %s", p, state, test.s.Inode, test.h, got, test.want)
				}
			}
		}
	}
	unknown := mib2.Socket{Proto: mib2.Unix, Family: mib2.Local, Unix: &mib2.UnixInfo{Type: mib2.Stream, NoInode: true}}
	if got := owner(t, unknown, proc.NewSocketHolders(nil, 0)); got != "- - unknown" {
		t.Errorf("a Unix socket without a known inode: %q", got)
	}
}

// A socket that several hold is one row for each, in the order of their PIDs; processes that
// ended since are left out, and if all did the socket is still shown.
func TestSharedSockets(t *testing.T) {
	held := func(pids ...int32) (found []proc.Held) {
		for _, pid := range pids {
			found = append(found, proc.Held{Inode: 9, Holder: proc.Holder{PID: pid, FD: pid % 10}})
		}
		return found
	}
	for _, test := range []struct {
		pids []int32
		want string
	}{
		{[]int32{101, 100}, "100 root 0 ok; 101 www 1 ok"}, {[]int32{100, 999}, "100 root 0 ok"}, {[]int32{999}, "- - - unheld"}, {nil, "- - - unheld"},
	} {
		m, tables, _ := rowMachine()
		tables.rows = mib2.Rows{{Proto: mib2.TCP, Family: mib2.Inet, State: mib2.Listen, Inode: 9}}
		m.Holders = holdersFunc(func(context.Context, []int32) (*proc.SocketHolders, error) {
			return proc.NewSocketHolders(held(test.pids...), 0), nil
		})
		got := strings.Join(query(t, openMachine(t, m), "SELECT pid, user, fd, owner_status FROM sockets"), "; ")
		if got != test.want {
			t.Errorf("%v: %q instead of %q", test.pids, got, test.want)
		}
	}
}

// What could not be read of a holder is NULL, and takes nothing away from the rest.
func TestHoldersOfWhichLittleIsKnown(t *testing.T) {
	m, tables, processes := rowMachine()
	tables.rows = mib2.Rows{{Proto: mib2.TCP, Family: mib2.Inet, State: mib2.Listen, Inode: 9}}
	processes.found = []proc.Held{{Inode: 9, Holder: proc.Holder{PID: 100, FD: 3}}}
	for has, want := range map[proc.Parts]string{0: "100 3 - web -", proc.PartStatus: "100 3 root web -", proc.PartArgs: "100 3 - web web+-f"} {
		processes.processes = []proc.Process{{PID: 100, Name: "web", Has: has}}
		if has == proc.PartArgs {
			processes.processes[0].Args = "web -f"
		}
		equal(t, query(t, openMachine(t, m), "SELECT pid, fd, user, command, replace(args, ' ', '+') FROM sockets"), want)
	}
}

// The second search for holders can find some, find none, or fail; a socket that is held, or that
// has no file, is no reason for it.
func TestSearchesForHolders(t *testing.T) {
	broken := errors.New("broken")
	for _, test := range []struct {
		inode    uint64
		second   []proc.Held
		err      error
		want     string
		searches int
	}{
		{9, []proc.Held{{Inode: 9, Holder: proc.Holder{PID: 7, FD: 3}}}, nil, "7 ok", 2},
		{9, nil, nil, "- unheld", 2}, {9, nil, broken, "", 2}, {0, nil, nil, "- orphan", 1}, {5, nil, nil, "8 ok", 1},
	} {
		m, tables, _ := rowMachine()
		tables.rows = mib2.Rows{{Proto: mib2.TCP, Family: mib2.Inet, State: mib2.Listen, Inode: test.inode, Local: netip.MustParseAddrPort("10.0.0.1:80")}}
		searches := 0
		m.Holders = holdersFunc(func(context.Context, []int32) (*proc.SocketHolders, error) {
			if searches++; searches == 2 {
				return proc.NewSocketHolders(test.second, 0), test.err
			}
			return proc.NewSocketHolders([]proc.Held{{Inode: 5, Holder: proc.Holder{PID: 8}}}, 0), nil
		})
		db := openMachine(t, m)
		if test.err != nil {
			if err := fails(t, db, "SELECT pid FROM sockets"); !errors.Is(err, test.err) {
				t.Errorf("%+v: %v", test, err)
			}
		} else { // and what is shown of a socket that was kept back is what is shown of any
			equal(t, query(t, db, "SELECT pid, owner_status, local, scope FROM sockets"), test.want+" 10.0.0.1:80 private")
		}
		if searches != test.searches {
			t.Errorf("%+v: %d searches", test, searches)
		}
	}
}

// A creator is shown only if it can be the process that is there now: it began before the socket
// was made, by the clock that both are counted with.
func TestReusedPIDs(t *testing.T) {
	for _, test := range []struct {
		started time.Duration // after the boot; 0: not known
		created uint64        // ticks
		ticks   uint64        // in a second; 0: no clock
		want    string
	}{
		{100 * time.Second, 10_000, 100, "creator"}, {101 * time.Second, 10_000, 100, "creator"}, {101*time.Second + 1, 10_000, 100, "gone"},
		{101*time.Second + 990*time.Millisecond, 10_099, 100, "creator"}, {102 * time.Second, 10_099, 100, "gone"}, {103 * time.Second, 10_100, 1000, "gone"},
		{time.Hour, 0, 100, "creator"}, {time.Hour, 1, 100, "gone"}, {time.Hour, 1, 0, "creator"}, {0, 1, 100, "creator"},
		{1 << 62, 1<<64 - 1, 1, "creator"}, // no overflow
	} {
		m, tables, processes := rowMachine()
		tables.rows = mib2.Rows{{Proto: mib2.TCP, Family: mib2.Inet, State: mib2.Listen, Origin: &mib2.Origin{PID: 7, Created: test.created}}}
		p := proc.Process{PID: 7, Name: "new", Has: everything, SinceBoot: test.started}
		processes.processes = []proc.Process{p}
		m.Creators = true
		m.Sockets = clocked{tables, func() (mib2.Clock, error) {
			if test.ticks == 0 {
				return mib2.Clock{}, errors.New("no clock")
			}
			return mib2.Clock{Ticks: test.ticks}, nil
		}}
		want := "7 new " + test.want
		if test.want == "gone" {
			want = "- - gone"
		}
		if got := query(t, openMachine(t, m), "SELECT pid, command, owner_status FROM creators"); fmt.Sprint(got) != "["+want+"]" {
			t.Errorf("%+v: %q", test, got)
		}
	}
}

// clocked are tables with a clock.
type clocked struct {
	mib2.Tables
	clock func() (mib2.Clock, error)
}

func (c clocked) Clock() (mib2.Clock, error) { return c.clock() }
