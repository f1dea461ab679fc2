package vtab

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"sockstat/mib2"
	"sockstat/proc"
)

// notMuch is processes of which something cannot be read.
type notMuch struct {
	*rowProcesses
	holders, processes, zones, own, users error
	missing                               proc.Missing
}

func (n *notMuch) Holders(ctx context.Context, pids []int32) (*proc.SocketHolders, error) {
	if n.holders != nil {
		return nil, n.holders
	}
	return n.rowProcesses.Holders(ctx, pids)
}

func (n *notMuch) Processes(ctx context.Context, pids []int32, parts proc.Parts) (proc.ProcessReader, error) {
	if n.processes != nil {
		return nil, n.processes
	}
	r, err := n.rowProcesses.Processes(ctx, pids, parts)
	return &missingReader{r, n.missing}, err
}

func (n *notMuch) Zones(ctx context.Context) ([]proc.Zone, error) {
	if hidden := new(proc.HiddenError); n.zones != nil && !errors.As(n.zones, &hidden) {
		return nil, n.zones
	}
	return n.all, n.zones
}

func (n *notMuch) OwnZone() (proc.Zone, error) {
	if n.own != nil {
		return proc.Zone{}, n.own
	}
	return n.rowProcesses.OwnZone()
}

func (n *notMuch) Users() ([]proc.User, error) {
	if n.users != nil {
		return nil, n.users
	}
	return n.rowProcesses.Users()
}

// missingReader leaves out the processes that are hidden.
type missingReader struct {
	proc.ProcessReader
	missing proc.Missing
}

func (r *missingReader) Read(dst []proc.Process) ([]proc.Process, error) {
	dst, err := r.ProcessReader.Read(dst)
	return slices.DeleteFunc(dst, func(p proc.Process) bool { return slices.Contains(r.missing.Hidden, p.PID) }), err
}

func (r *missingReader) Missing() proc.Missing { return r.missing }

// What cannot be seen costs what it would have told, and is said. Any other failure is one of the
// statement.
func TestNotMuchToSee(t *testing.T) {
	denied := &fs.PathError{Op: "open", Path: "/x", Err: fs.ErrPermission}
	for _, test := range []struct {
		lacks  func(n *notMuch, err error)
		sql    string
		rows   []string
		notice string
	}{
		{func(n *notMuch, err error) { n.holders = err }, "SELECT pid, command, owner_status FROM sockets WHERE cookie IN (11, 12)",
			[]string{"- - unknown", "- - unknown"}, "the processes of sockets are not known: open /x: permission denied"},
		{func(n *notMuch, err error) { n.processes = err }, "SELECT pid, command, owner_status FROM creators WHERE cookie = 12",
			[]string{"101 - creator"}, "the names of processes are not known: open /x: permission denied"},
		{func(n *notMuch, err error) { n.users = err }, "SELECT pid, user FROM sockets WHERE cookie = 12",
			[]string{"101 33"}, "the names of users are not known: open /x: permission denied"},
		{func(n *notMuch, err error) { n.users = err }, "SELECT pid, user FROM processes WHERE pid = 100",
			[]string{"100 0"}, "the names of users are not known: open /x: permission denied"},
		{func(n *notMuch, err error) { n.own = err }, "SELECT count(*), count(zone) FROM tcp",
			[]string{"5 0"}, "the zone of sockets is not known: open /x: permission denied"},
		{func(n *notMuch, err error) { n.own = err }, "SELECT count(*) FROM udp WHERE zone = 'global'",
			[]string{"0"}, "the zone of sockets is not known: open /x: permission denied"},
		{func(n *notMuch, err error) { n.zones = err }, "SELECT pid, zone FROM processes WHERE pid = 200",
			[]string{"200 zone 7"}, "the names of zones are not known: open /x: permission denied"},
	} {
		broken := errors.New("broken")
		for _, err := range []error{denied, broken} {
			m, tables, processes := rowMachine()
			n := &notMuch{rowProcesses: processes}
			test.lacks(n, err)
			m.Processes, m.Holders, m.Zones, m.Users = n, n, n, n
			if m.Creators = strings.Contains(test.sql, creatorsName); m.Creators {
				tables.rows[1].Origin = &mib2.Origin{PID: 101}
			}
			db := openMachine(t, m)
			notices := warnings(db)
			if err == broken {
				if got := fails(t, db, test.sql); !errors.Is(got, broken) {
					t.Errorf("%s: %v", test.sql, got)
				}
				continue
			}
			equal(t, query(t, db, "%s", test.sql), test.rows...)
			if !slices.Equal(*notices, []string{test.notice}) {
				t.Errorf("%s: noted %q", test.sql, *notices)
			}
		}
	}
}

// How many processes are missing, or not whole, is said. A process that is hidden holds its
// sockets all the same.
func TestMissingProcesses(t *testing.T) {
	for _, test := range []struct {
		missing proc.Missing
		sql     string
		rows    []string
		notices []string
	}{
		{proc.Missing{Hidden: []int32{101}}, "SELECT pid FROM processes", []string{"100", "200"}, []string{"1 process is hidden: permission denied"}},
		{proc.Missing{Hidden: []int32{100, 101}}, "SELECT pid FROM processes LIMIT 1", []string{"200"}, []string{"2 processes are hidden: permission denied"}},
		{proc.Missing{Failed: 1, Err: fs.ErrInvalid}, "SELECT count(*) FROM processes", []string{"3"}, []string{"parts of 1 process could not be read and are NULL: invalid argument"}},
		{proc.Missing{Failed: 7, Err: fs.ErrInvalid}, "SELECT pid, command FROM sockets WHERE cookie = 12", []string{"101 web"}, []string{"parts of 7 processes could not be read and are NULL: invalid argument"}},
		{proc.Missing{Hidden: []int32{101}}, "SELECT pid, user, command, owner_status FROM sockets WHERE cookie = 12", []string{"101 - - ok"}, []string{"1 process is hidden: permission denied"}},
	} {
		m, _, processes := rowMachine()
		n := &notMuch{rowProcesses: processes, missing: test.missing}
		m.Processes, m.Holders = n, n
		db := openMachine(t, m)
		notices := warnings(db)
		equal(t, query(t, db, "%s", test.sql), test.rows...)
		if !slices.Equal(*notices, test.notices) {
			t.Errorf("%s: noted %q", test.sql, *notices)
		}
	}
}

// The zones that are not listed are counted.
func TestHiddenZones(t *testing.T) {
	m, _, processes := rowMachine()
	n := &notMuch{rowProcesses: processes, zones: &proc.HiddenError{Processes: 5}}
	m.Zones = n
	db := openMachine(t, m)
	notices := warnings(db)
	equal(t, query(t, db, "SELECT count(zone) FROM processes"), "3")
	if len(*notices) > 0 {
		t.Errorf("noted %q", *notices)
	}
	equal(t, query(t, db, "SELECT count(*) FROM zones"), "2")
	if !slices.Equal(*notices, []string{"the zones of 5 processes are hidden: permission denied"}) {
		t.Errorf("noted %q", *notices)
	}
	if name, err := m.ZoneName(t.Context(), "here"); name != "here" || err != nil {
		t.Errorf("%q, %v", name, err)
	}
	if _, err := m.ZoneName(t.Context(), "nope"); err == nil || err.Error() != `unknown zone "nope"; the zones of 5 processes are hidden: permission denied` {
		t.Errorf("%v", err)
	}
}

// Where no interface can be named, their indexes are shown and the user is told.
func TestInterfacesThatCannotBeRead(t *testing.T) {
	m, _, _ := rowMachine()
	m.Interfaces = func() map[uint32]string { return nil }
	db := openMachine(t, m)
	notices := warnings(db)
	equal(t, query(t, db, "SELECT interface FROM udp WHERE interface IS NOT NULL"), "2")
	if !slices.Equal(*notices, []string{"the names of network interfaces could not be read"}) {
		t.Errorf("noted %q", *notices)
	}
}
