package vtab

import (
	"context"
	"errors"
	"io/fs"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"sockstat/mib2"
	"sockstat/proc"
)

// rowsElsewhere are the sockets of other zones, made of rows.
type rowsElsewhere struct {
	networks map[uint64]mib2.Network
	tables   map[uint64]mib2.Tables
	opened   int // readings that were begun and not closed
}

func (r *rowsElsewhere) open() Elsewhere {
	r.opened++
	return r
}

func (r *rowsElsewhere) Tables(z proc.Zone) mib2.Tables { return r.tables[z.ID] }

func (r *rowsElsewhere) Network(z proc.Zone) mib2.Network { return r.networks[z.ID] }

func (r *rowsElsewhere) Interfaces(z proc.Zone) map[uint32]string {
	return map[uint32]string{2: "eth-" + z.Name}
}

func (r *rowsElsewhere) Close() error {
	r.opened--
	return nil
}

// failingTables fail to be opened.
type failingTables struct{ err error }

func (f failingTables) Open(context.Context, []mib2.Protocol, mib2.Filter) (mib2.Reader, []mib2.Protocol, error) {
	return nil, nil, f.err
}

// pairOf returns a listener and both ends of a connection to it, with the same addresses
// whatever the first inode is.
func pairOf(inode uint64) mib2.Rows {
	at := netip.MustParseAddrPort
	return mib2.Rows{
		{Proto: mib2.TCP, Family: mib2.Inet, State: mib2.Listen, Local: at("127.0.0.1:80"), Inode: inode, Cookie: inode, Interface: 2},
		{Proto: mib2.TCP, Family: mib2.Inet, State: mib2.Established, Local: at("127.0.0.1:80"), Remote: at("127.0.0.1:5000"), Inode: inode + 1, Cookie: inode + 1},
		{Proto: mib2.TCP, Family: mib2.Inet, State: mib2.Established, Local: at("127.0.0.1:5000"), Remote: at("127.0.0.1:80"), Inode: inode + 2, Cookie: inode + 2},
	}
}

// twinMachine returns a machine with two zones of which the sockets have the same addresses,
// one that is gone and one that may not be read.
func twinMachine() (*Machine, *rowsElsewhere) {
	held := func(inode uint64, pid int32) proc.Held {
		return proc.Held{Inode: inode, Holder: proc.Holder{PID: pid, FD: 3}}
	}
	processes := &rowProcesses{
		processes: []proc.Process{
			{PID: 100, Name: "here", Zone: 1, Has: everything}, {PID: 200, Name: "there", Zone: 2, Has: everything},
		},
		found: []proc.Held{held(10, 100), held(11, 100), held(12, 100), held(20, 200), held(21, 200), held(22, 200)},
		all: []proc.Zone{{ID: 2, Name: "there", PID: 200, Container: proc.Container{Name: "0123456789ab"}}, {ID: 1, Name: "here", Own: true, PID: 100},
			{ID: 3, Name: "gone"}, {ID: 4, Name: "denied"}},
	}
	r := &rowsElsewhere{tables: map[uint64]mib2.Tables{2: pairOf(20), 3: failingTables{fs.ErrNotExist}, 4: failingTables{fs.ErrPermission}}}
	return &Machine{Sockets: pairOf(10), Processes: processes, Holders: ownOfRows{processes}, Zones: ownOfRows{processes}, Users: processes,
		Elsewhere: r.open, Interfaces: func() map[uint32]string { return map[uint32]string{2: "lo"} }}, r
}

// ownOfRows are rowProcesses whose own zone is the one that says so.
type ownOfRows struct{ *rowProcesses }

func (r ownOfRows) OwnZone() (proc.Zone, error) {
	return r.all[slices.IndexFunc(r.all, func(z proc.Zone) bool { return z.Own })], nil
}

// The same addresses in two zones are two.
func TestTwinZones(t *testing.T) {
	m, elsewhere := twinMachine()
	if err := m.Select(t.Context(), Selection{All: true}); err != nil {
		t.Fatal(err)
	}
	db := openMachine(t, m)
	equal(t, query(t, db, "SELECT zone, inode, pid, command, interface FROM sockets"),
		"here 10 100 here lo", "here 11 100 here -", "here 12 100 here -",
		"there 20 200 there eth-there", "there 21 200 there -", "there 22 200 there -")
	equal(t, query(t, db, "SELECT zone, count(*) FROM tcp GROUP BY zone"), "here 3", "there 3")
	equal(t, query(t, db, "SELECT zone, count(*) FROM sockets WHERE zone = 'there' GROUP BY 1"), "there 3")
	// Readings that are shared do not mix either.
	equal(t, query(t, db, "SELECT s.zone, t.zone, s.pid, count(*) FROM sockets s JOIN tcp t USING (inode) GROUP BY 1, 2, 3"),
		"here here 100 3", "there there 200 3")
	equal(t, query(t, db, `SELECT a.inode, b.inode FROM tcp a JOIN tcp b ON b.local = a.remote AND b.remote = a.local AND b.zone IS a.zone
		WHERE a.local_port = 5000`), "12 11", "22 21")
	equal(t, query(t, db, "SELECT z.name, count(*) FROM zones z JOIN sockets s ON s.zone = z.name GROUP BY 1"), "here 3", "there 3")
	if elsewhere.opened != 0 {
		t.Errorf("%d readings of other zones are open", elsewhere.opened)
	}
}

// The queries that show both ends of a connection know whose they are.
func TestEndsOfTwins(t *testing.T) {
	m, _ := twinMachine()
	m.Selection = Selection{All: true}
	equal(t, saved(t, m, "loopback-pairs", "client_pid, server_pid, client_holders, server_holders"), "100 100 1 1", "200 200 1 1")
}

// A zone that cannot be read is left out, and the user told once, unless it is gone.
func TestZonesThatCannotBeRead(t *testing.T) {
	m, _ := twinMachine()
	m.Selection = Selection{All: true}
	db := openMachine(t, m)
	notices := warnings(db)
	equal(t, query(t, db, "SELECT count(*) FROM tcp"), "6")
	if len(*notices) != 1 || !strings.HasPrefix((*notices)[0], `the sockets of zone "denied" are not shown`) {
		t.Errorf("noted %q", *notices)
	}
}

// What a selection stands for.
func TestSelect(t *testing.T) {
	for only, want := range map[string]string{
		"there": "there", "2": "there", "200": "there", "012345": "there", "0123456789abcdef": "there",
		"here": "here", "100": "here", "there,1": "here there", "": "here",
	} {
		m, _ := twinMachine()
		err := m.Select(t.Context(), Selection{Only: strings.FieldsFunc(only, func(c rune) bool { return c == ',' })})
		got := strings.Join(query(t, openMachine(t, m), "SELECT DISTINCT zone FROM sockets ORDER BY 1"), " ")
		if err != nil || got != want {
			t.Errorf("%q: %q, %v", only, got, err)
		}
	}
	for _, item := range []string{"nope", "9", "01"} {
		m, _ := twinMachine()
		err := m.Select(t.Context(), Selection{Only: []string{"here", item}})
		if unknown := new(UnknownZoneError); !errors.As(err, &unknown) || unknown.Name != item || !slices.Contains(unknown.Zones, "there") {
			t.Errorf("%q: %v", item, err)
		}
		if !m.Selection.Own() {
			t.Errorf("%q was selected", item)
		}
	}
	m, _ := twinMachine()
	m.Elsewhere = nil
	if err := m.Select(t.Context(), Selection{All: true}); err == nil {
		t.Error("zones were selected where none can be read")
	}
}

// Sockets in no table are of the zone that their descriptors tell.
func TestUnlistedOfTwins(t *testing.T) {
	m, _ := twinMachine()
	p := m.Holders.(ownOfRows).rowProcesses
	p.found = append(p.found, proc.Held{Inode: 90, Holder: proc.Holder{PID: 100, FD: 7}}, proc.Held{Inode: 91, Holder: proc.Holder{PID: 200, FD: 8}})
	m.Holders = twinDescriber{p}
	db := openMachine(t, m)
	const sql = "SELECT inode, zone, pid, proto FROM sockets WHERE inode >= 90"
	equal(t, query(t, db, sql), "90 here 100 tcp")
	m.Selection = Selection{All: true}
	equal(t, query(t, db, sql), "90 here 100 tcp", "91 there 200 tcp")
	equal(t, query(t, db, sql+" AND zone = 'there'"), "91 there 200 tcp")
	m.Selection = Selection{Only: []string{"there"}}
	equal(t, query(t, db, sql), "91 there 200 tcp")
}

// twinDescriber tells the zone of a socket by that of its process.
type twinDescriber struct{ *rowProcesses }

func (r twinDescriber) Describe(_ context.Context, held []proc.Held, zones []proc.Zone) (list []proc.Description, err error) {
	for _, h := range held {
		id := uint64(h.PID / 100)
		here := slices.ContainsFunc(zones, func(z proc.Zone) bool { return z.ID == id })
		list = append(list, proc.Description{Held: true, Zone: id, Here: here, Protocol: "TCP"})
	}
	return list, nil
}

// The tables of the network are of the zones that are read, each with its own names of interfaces.
func TestNetworksOfZones(t *testing.T) {
	network := func(name, address string) *rowNetwork {
		return &rowNetwork{interfaces: []mib2.Interface{{Index: 2, Name: name}}, addresses: []mib2.Address{{Interface: 2, Prefix: netip.MustParsePrefix(address)}}}
	}
	m, elsewhere := twinMachine()
	m.Network = network("eth0", "192.0.2.1/24")
	elsewhere.networks = map[uint64]mib2.Network{2: network("veth0", "198.51.100.1/24"), 3: &rowNetwork{err: fs.ErrNotExist}, 4: &rowNetwork{err: fs.ErrPermission}}
	db := openMachine(t, m)
	notices := warnings(db)
	const sql = "SELECT zone, interface, address FROM addresses ORDER BY 1"
	for _, test := range []struct {
		selection Selection
		want      []string
	}{
		{Selection{}, []string{"here eth0 192.0.2.1"}},
		{Selection{Only: []string{"there"}}, []string{"there veth0 198.51.100.1"}},
		{Selection{All: true}, []string{"here eth0 192.0.2.1", "there veth0 198.51.100.1"}},
	} {
		m.Selection = test.selection
		equal(t, query(t, db, sql), test.want...)
	}
	if want := []string{`the addresses of zone "denied" are not shown: ` + fs.ErrPermission.Error()}; !slices.Equal(*notices, want) {
		t.Errorf("noted %q, want %q", *notices, want)
	}
	equal(t, query(t, db, "SELECT zone, name FROM interfaces WHERE zone = 'there'"), "there veth0")
}
