package vtab

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sockstat/internal/testns"
	"sockstat/mib2"
	"sockstat/proc"
	"sockstat/vtab/engine"
)

func TestMain(m *testing.M) {
	testns.Enter()
	os.Exit(m.Run())
}

// rowTables are socket tables made of rows, of one protocol at a time. They note what was
// asked of them.
type rowTables struct {
	rows  mib2.Rows
	fails map[mib2.Protocol]error // in place of the rows
}

func (r *rowTables) Open(ctx context.Context, protocols []mib2.Protocol, filter mib2.Filter) (mib2.Reader, []mib2.Protocol, error) {
	if err := r.fails[protocols[0]]; err != nil {
		return nil, nil, err
	}
	reader, _, err := r.rows.Open(ctx, protocols[:1], filter)
	return reader, protocols[1:], err
}

// rowProcesses are processes, their sockets, zones and users made of rows.
type rowProcesses struct {
	processes []proc.Process
	found     []proc.Held
	hidden    int
	all       []proc.Zone // the first is the caller's own
	passwd    []proc.User

	madeBy map[uint64]uint32 // who made sockets, by inode

	searches atomic.Int32
	later    []proc.Held // from the second search on
}

func (r *rowProcesses) Processes(_ context.Context, pids []int32, parts proc.Parts) (proc.ProcessReader, error) {
	rows := slices.DeleteFunc(slices.Clone(r.processes), func(p proc.Process) bool {
		return pids != nil && !slices.Contains(pids, p.PID)
	})
	for i := range rows {
		rows[i].Has &= parts
	}
	return &processRows{rows}, nil
}

func (r *rowProcesses) Holders(context.Context, []int32) (*proc.SocketHolders, error) {
	found := r.found
	if r.searches.Add(1) > 1 {
		found = slices.Concat(found, r.later)
	}
	h := proc.NewSocketHolders(found, r.hidden)
	h.Way = "rows"
	return h, nil
}

func (r *rowProcesses) SocketUser(_ proc.Holder, inode uint64) (uint32, bool) {
	uid, ok := r.madeBy[inode]
	return uid, ok
}

func (r *rowProcesses) Zones(context.Context) ([]proc.Zone, error) { return r.all, nil }
func (r *rowProcesses) OwnZone() (proc.Zone, error)                { return r.all[0], nil }
func (r *rowProcesses) ZoneName(id uint64) string                  { return fmt.Sprint("zone ", id) }
func (r *rowProcesses) Users() ([]proc.User, error)                { return r.passwd, nil }

type processRows struct{ rows []proc.Process }

func (r *processRows) Read(dst []proc.Process) ([]proc.Process, error) {
	if len(r.rows) == 0 {
		return dst, io.EOF
	}
	dst, r.rows = append(dst, r.rows[0]), r.rows[1:]
	return dst, nil
}

func (r *processRows) Close() error { return nil }

// everything is that all parts of a process were read.
const everything = ^proc.Parts(0)

// rowMachine returns a machine made of rows: a web server with a listener, a connection and
// a Unix socket, one that nobody accepted, and what ended processes left behind.
func rowMachine() (*Machine, *rowTables, *rowProcesses) {
	at := netip.MustParseAddrPort
	tables := &rowTables{rows: mib2.Rows{
		{Proto: mib2.TCP, Family: mib2.Inet6, Dual: true, State: mib2.Listen, Local: at("[::]:80"), Inode: 1, Cookie: 11, RecvQ: 1, SendQ: 128},
		{Proto: mib2.TCP, Family: mib2.Inet, State: mib2.Established, Local: at("192.0.2.1:80"), Remote: at("198.51.100.7:5000"), Inode: 2, Cookie: 12, RecvQ: 5, SendQ: 6, UID: 33},
		{Proto: mib2.TCP, Family: mib2.Inet, State: mib2.Established, Local: at("192.0.2.1:80"), Remote: at("198.51.100.7:5001"), Cookie: 13},
		{Proto: mib2.TCP, Family: mib2.Inet, State: mib2.TimeWait, Local: at("192.0.2.1:80"), Remote: at("198.51.100.7:5002"), Cookie: 14},
		{Proto: mib2.TCP, Family: mib2.Inet, State: mib2.FinWait2, Local: at("192.0.2.1:80"), Remote: at("198.51.100.7:5003"), Cookie: 15},
		{Proto: mib2.UDP, Family: mib2.Inet, State: mib2.Idle, Local: at("127.0.0.1:53"), Inode: 3, Cookie: 16, Interface: 2},
		{Proto: mib2.UDP, Family: mib2.Inet6, State: mib2.Unbound, Inode: 4, Cookie: 17},
		{Proto: mib2.Unix, Family: mib2.Local, State: mib2.Listen, Inode: 5, Cookie: 18, SendQ: 10, Unix: &mib2.UnixInfo{Type: mib2.Stream, Path: "/run/web", BoundInode: 77}},
		{Proto: mib2.Unix, Family: mib2.Local, State: mib2.Connected, Cookie: 19, Unix: &mib2.UnixInfo{Type: mib2.SeqPacket, PeerPath: "/run/web", PeerInode: 5, NoUID: true}, RecvMeasure: mib2.MeasureUnknown, SendMeasure: mib2.MeasureUnknown},
	}}
	held := func(inode uint64, pid, fd int32) proc.Held {
		return proc.Held{Inode: inode, Holder: proc.Holder{PID: pid, FD: fd}}
	}
	start := time.Unix(1_700_000_000, 0)
	processes := &rowProcesses{
		processes: []proc.Process{
			{PID: 100, Name: "web", Args: "web -f", UID: 0, Zone: 1, Has: everything, Start: start, Cgroup: "/system.slice/web.service"},
			{PID: 101, Name: "web", Args: "web worker", UID: 33, Zone: 1, Has: everything, Start: start},
			{PID: 200, Name: "resolver", UID: 1234, Zone: 7, Has: everything, Start: start},
		},
		found:  []proc.Held{held(1, 101, 9), held(1, 100, 8), held(1, 100, 6), held(2, 101, 10), held(3, 200, 3), held(5, 100, 4)},
		all:    []proc.Zone{{ID: 1, Name: "here", Kind: "named"}, {ID: 2, Name: "there", Path: "/run/netns/there"}},
		passwd: []proc.User{{Name: "root", Shell: "/bin/sh"}, {Name: "www", UID: 33}, {Name: "alias", UID: 33}},
	}
	m := &Machine{Sockets: tables, Processes: processes, Holders: processes, Zones: processes, Users: processes,
		Cgroups:    func() map[uint64]string { return map[uint64]string{95: "/system.slice/web.service"} },
		Interfaces: func() map[uint32]string { return map[uint32]string{2: "lo"} }}
	return m, tables, processes
}

// openMachine opens a database on a machine.
func openMachine(t testing.TB, m *Machine) *engine.DB {
	t.Helper()
	db, err := Open(m)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// query returns the rows of a statement, columns separated by a blank, NULL as "-".
func query(t testing.TB, db *engine.DB, format string, args ...any) []string {
	t.Helper()
	sql := fmt.Sprintf(format, args...)
	st, _, err := db.Prepare(sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	defer st.Close()
	var rows []string
	for {
		ok, err := st.Step(context.Background())
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		if !ok {
			return rows
		}
		row := make([]string, len(st.Columns()))
		for i := range row {
			if row[i] = st.Value(i).Clone().String(); st.Value(i).IsNull() {
				row[i] = "-"
			}
		}
		rows = append(rows, strings.Join(row, " "))
	}
}

// equal compares rows in whatever order.
func equal(t *testing.T, got []string, want ...string) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
}
