package saved_test

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sockstat/internal/testns"
	"sockstat/mib2"
	"sockstat/proc"
	"sockstat/vtab"
	"sockstat/vtab/engine"
	"sockstat/vtab/saved"
	"sockstat/vtab/table"
)

func TestMain(m *testing.M) {
	testns.Enter()
	os.Exit(m.Run())
}

// world is a machine made of rows, which tests change between moments.
type world struct {
	rows      mib2.Rows
	processes []proc.Process
	held      []proc.Held
	hidden    int
	zones     []proc.Zone
	users     []proc.User
}

func (w *world) machine() *vtab.Machine {
	return &vtab.Machine{Sockets: w, Processes: w, Holders: w, Zones: w, Users: w,
		Host: func() map[string]string { return map[string]string{"host": "rows", "boot_id": "b"} }}
}

func (w *world) Open(ctx context.Context, protocols []mib2.Protocol, filter mib2.Filter) (mib2.Reader, []mib2.Protocol, error) {
	reader, _, err := w.rows.Open(ctx, protocols[:1], filter)
	return reader, protocols[1:], err
}

func (w *world) Processes(_ context.Context, pids []int32, parts proc.Parts) (proc.ProcessReader, error) {
	rows := slices.DeleteFunc(slices.Clone(w.processes), func(p proc.Process) bool { return pids != nil && !slices.Contains(pids, p.PID) })
	return &processRows{rows}, nil
}

func (w *world) Holders(context.Context, []int32) (*proc.SocketHolders, error) {
	h := proc.NewSocketHolders(w.held, w.hidden)
	h.Way = "rows"
	return h, nil
}

func (w *world) Zones(context.Context) ([]proc.Zone, error) { return w.zones, nil }
func (w *world) OwnZone() (proc.Zone, error)                { return w.zones[0], nil }
func (w *world) ZoneName(id uint64) string                  { return fmt.Sprint("zone ", id) }
func (w *world) Users() ([]proc.User, error)                { return w.users, nil }

type processRows struct{ rows []proc.Process }

func (r *processRows) Read(dst []proc.Process) ([]proc.Process, error) {
	if len(r.rows) == 0 {
		return dst, io.EOF
	}
	dst, r.rows = append(dst, r.rows...), nil
	return dst, nil
}

func (r *processRows) Close() error { return nil }

// newWorld returns a web server with workers, a resolver of which nothing may be seen, Unix
// sockets and what ended processes left behind.
func newWorld() *world {
	at := netip.MustParseAddrPort
	held := func(inode uint64, pid, fd int32) proc.Held {
		return proc.Held{Inode: inode, Holder: proc.Holder{PID: pid, FD: fd}}
	}
	return &world{
		rows: mib2.Rows{
			{Proto: mib2.TCP, Family: mib2.Inet6, Dual: true, State: mib2.Listen, Local: at("[::]:80"), Inode: 1, Cookie: 11, RecvQ: 1, SendQ: 128},
			{Proto: mib2.TCP, Family: mib2.Inet, State: mib2.Established, Local: at("192.0.2.1:80"), Remote: at("198.51.100.7:5000"), Inode: 2, Cookie: 12, RecvQ: 5, SendQ: 6, UID: 33,
				Timer: &mib2.Timer{Kind: mib2.TimerKeepalive, Expires: 7000}},
			{Proto: mib2.TCP, Family: mib2.Inet, State: mib2.TimeWait, Local: at("192.0.2.1:80"), Remote: at("198.51.100.7:5002")},
			{Proto: mib2.TCP, Family: mib2.Inet, State: mib2.TimeWait, Local: at("192.0.2.1:80"), Remote: at("198.51.100.7:5002")},
			{Proto: mib2.TCP, Family: mib2.Inet6, State: mib2.Established, Local: at("[fe80::1]:22"), Remote: at("[fe80::2]:40000"), Inode: 8, Interface: 3},
			{Proto: mib2.UDP, Family: mib2.Inet, State: mib2.Idle, Local: at("127.0.0.1:53"), Inode: 3, Cookie: 1 << 63, Interface: 2},
			{Proto: mib2.UDP, Family: mib2.Inet6, State: mib2.Unbound, Inode: 4, Cookie: 17},
			{Proto: mib2.Unix, Family: mib2.Local, State: mib2.Listen, Inode: 5, Cookie: 18, SendQ: 10, Unix: &mib2.UnixInfo{Type: mib2.Stream, Path: "/run/web", BoundInode: 77}},
			{Proto: mib2.Unix, Family: mib2.Local, State: mib2.Connected, Cookie: 19, Unix: &mib2.UnixInfo{Type: mib2.SeqPacket, Path: "@a\x00b\xff\x1b[2J", PeerPath: "/run/web", PeerInode: 5}},
		},
		processes: []proc.Process{
			{PID: 100, Name: "web", Args: "web -f", Exe: "/usr/bin/web", Zone: 1, Has: ^proc.Parts(0), Cgroup: "/system.slice/web.service"},
			{PID: 101, Name: "web", Args: "web worker", Exe: "/usr/bin/web", UID: 33, Zone: 1, Has: ^proc.Parts(0)},
			{PID: 200, Name: "res\nolver", UID: 1234, Zone: 7, Has: proc.PartStatus},
		},
		held:   []proc.Held{held(1, 101, 9), held(1, 100, 8), held(1, 100, 6), held(2, 101, 10), held(3, 200, 3), held(5, 100, 4)},
		hidden: 1,
		zones:  []proc.Zone{{ID: 1, Name: "here", Kind: "named"}, {ID: 2, Name: "there", Path: "/run/netns/there"}},
		users:  []proc.User{{Name: "root", Shell: "/bin/sh"}, {Name: "www", UID: 33}},
	}
}

// directory returns a directory that is nobody else's.
func directory(t testing.TB) string {
	t.Helper()
	parent := "" // a file system in memory does not wait for a disk
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		parent = "/dev/shm"
	}
	dir, err := os.MkdirTemp(parent, "saved")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// save adds a moment to a file.
func save(t testing.TB, path string, m *vtab.Machine, choice saved.Choice) saved.Moment {
	t.Helper()
	r, err := saved.NewRecorder(path)
	if err != nil {
		t.Fatal(err)
	}
	moment, err := r.Add(context.Background(), m, choice)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return moment
}

// open opens a file of moments.
func open(t testing.TB, path string) *saved.File {
	t.Helper()
	f, err := saved.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// query returns the rows of a statement and what was noted, an error as a row.
func query(t testing.TB, m *vtab.Machine, sql string) (rows, notices []string) {
	t.Helper()
	db, err := vtab.Open(m)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.OnNotice(func(n table.Notice) {
		if !n.Detail {
			notices = append(notices, n.Text)
		}
	})
	return statement(t, db, sql), notices
}

// statement returns the rows of a statement in order, and an error as the last of them.
func statement(t testing.TB, db *engine.DB, sql string) (rows []string) {
	t.Helper()
	st, _, err := db.Prepare(sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	defer st.Close()
	for {
		ok, err := st.Step(context.Background())
		if err != nil {
			return append(rows, "error: "+err.Error())
		}
		if !ok {
			slices.Sort(rows)
			return rows
		}
		var row []string
		for i := range st.Columns() {
			v := st.Value(i)
			row = append(row, fmt.Sprintf("%d:%q", v.Kind(), v.String()))
		}
		rows = append(rows, strings.Join(row, " "))
	}
}

// tableNames returns the names of the tables of a machine.
func tableNames(m *vtab.Machine) (names []string) {
	for _, t := range m.Tables() {
		if name := table.NameOf(t); !strings.HasPrefix(name, "sockstat_") && name != "moments" {
			names = append(names, name)
		}
	}
	return names
}

// contents returns all rows of all tables.
func contents(t testing.TB, m *vtab.Machine) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, name := range tableNames(m) {
		if name == "events" { // there is nothing of it to keep
			continue
		}
		rows, _ := query(t, m, "SELECT * FROM "+name)
		all[name] = rows
	}
	return all
}

// same compares the rows of all tables.
func same(t testing.TB, got, want map[string][]string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if !slices.Equal(got[name], want[name]) {
			t.Errorf("%s:\n got %q\nwant %q", name, got[name], want[name])
		}
	}
	if len(got) != len(want) {
		t.Errorf("tables %q instead of %q", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}
}

func path(t testing.TB) string { return filepath.Join(directory(t), "m.db") }
