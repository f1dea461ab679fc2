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
	"sockstat/vtab/engine"
	"sockstat/vtab/table"
)

// One row for each socket and process that holds it, and why there is none.
func TestHoldersOfRows(t *testing.T) {
	m, _, _ := rowMachine()
	db := openMachine(t, m)
	equal(t, query(t, db, "SELECT cookie, label, pid, fd, user, command, args, owner_status FROM sockets"),
		"11 tcp46 100 6 root web web -f ok", "11 tcp46 101 9 www web web worker ok", "12 tcp4 101 10 www web web worker ok",
		"13 tcp4 - - - - - unaccepted", "14 tcp4 - - - - - time_wait", "15 tcp4 - - - - - orphan",
		"16 udp4 200 3 1234 resolver - ok", "17 udp6 - - - - - unheld", "18 stream 100 4 root web web -f ok",
		"19 seqpac - - - - - unaccepted")
	equal(t, query(t, db, "SELECT pid, count(*) FROM sockets WHERE pid = 101 GROUP BY 1"), "101 2")
}

// What the columns show of a socket.
func TestColumnsOfRows(t *testing.T) {
	m, _, _ := rowMachine()
	db := openMachine(t, m)
	equal(t, query(t, db, "SELECT cookie, local, remote, recv_q, send_q, backlog, backlog_max, uid, scope, remote_scope FROM tcp WHERE cookie IN (11, 12, 14)"),
		"11 :::80 - - - 1 128 0 any -", "12 192.0.2.1:80 198.51.100.7:5000 5 6 - - 33 public public",
		"14 192.0.2.1:80 198.51.100.7:5002 0 0 - - - public public")
	equal(t, query(t, db, "SELECT local, local_port, interface, zone, state FROM udp"), "127.0.0.1%lo:53 53 lo here IDLE", "- - - here UNBOUND")
	equal(t, query(t, db, "SELECT type, state, path, bound_inode, peer_path, peer_inode, recv_q, backlog_max, uid FROM unix"),
		"stream LISTEN /run/web 77 - - - 10 0", "seqpacket CONNECTED - - /run/web 5 - - -")
	equal(t, query(t, db, "SELECT pid, user, zone, unit, exe FROM processes"),
		"100 root here web.service -", "101 www here - -", "200 1234 zone 7 - -")
	equal(t, query(t, db, "SELECT id, name, kind, path FROM zones"), "1 here named -", "2 there - /run/netns/there")
	equal(t, query(t, db, "SELECT name, uid, shell FROM users WHERE uid = 33"), "www 33 -", "alias 33 -")
}

// The kernel is asked for what a statement can show, and for no other protocol.
func TestWhatIsAsked(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT state FROM tcp":                                         "tcp: tcp; 5 rows",
		"SELECT state FROM tcp WHERE state = 'LISTEN'":                  "tcp: tcp: LISTEN; 1 row",
		"SELECT 1 FROM tcp WHERE local_port = 80":                       "tcp: tcp: local port 80; 5 rows",
		"SELECT 1 FROM tcp WHERE remote_port BETWEEN 5000 AND 5001":     "tcp: tcp: remote ports 5000-5001; 2 rows",
		"SELECT 1 FROM udp WHERE family = 'inet6'":                      "udp: udp: inet6; 1 row",
		"SELECT timer FROM tcp WHERE label = 'tcp4'":                    "tcp: tcp: inet, with timers; 4 rows",
		"SELECT 1 FROM sockets WHERE proto = 'unix'":                    "sockets: holders by rows; unix; 2 rows",
		"SELECT 1 FROM sockets WHERE label = 'seqpac'":                  "sockets: holders by rows; unix: unix; 2 rows",
		"SELECT 1 FROM sockets WHERE proto IN ('udp', 'nope')":          "sockets: holders by rows; udp; 2 rows",
		"SELECT 1 FROM sockets WHERE local_port > 0 AND proto = 'unix'": "sockets: holders by rows; 0 rows",
		"SELECT 1 FROM tcp WHERE zone = 'nowhere'":                      "tcp: 0 rows",
	} {
		m, _, _ := rowMachine()
		db := openMachine(t, m)
		var details []string
		db.OnNotice(func(n table.Notice) {
			text, _, _ := strings.Cut(n.Text, " in ")
			details = append(details, text)
		})
		query(t, db, "%s", sql)
		// Holders are looked for beside sockets: either may be told first.
		other := want
		if parts := strings.SplitN(strings.TrimPrefix(want, "sockets: "), "; ", 3); len(parts) == 3 {
			other = "sockets: " + parts[1] + "; " + parts[0] + "; " + parts[2]
		}
		if !slices.Equal(details, []string{want}) && !slices.Equal(details, []string{other}) {
			t.Errorf("%s: %q instead of %q", sql, details, want)
		}
	}
}

// A socket that was in nobody's descriptors is looked for once more.
func TestSecondSearch(t *testing.T) {
	m, _, processes := rowMachine()
	processes.later = []proc.Held{{Inode: 4, Holder: proc.Holder{PID: 200, FD: 5}}}
	db := openMachine(t, m)
	equal(t, query(t, db, "SELECT pid, fd, owner_status FROM sockets WHERE cookie = 17"), "200 5 ok")
	if processes.searches.Load() != 2 {
		t.Errorf("%d searches", processes.searches.Load())
	}
}

// Who may not look at a process is told so, but only if a holder is asked for.
func TestHiddenHolders(t *testing.T) {
	m, _, processes := rowMachine()
	processes.hidden = 1
	db := openMachine(t, m)
	var notices []table.Notice
	db.OnNotice(func(n table.Notice) {
		if !n.Detail {
			notices = append(notices, n)
		}
	})
	equal(t, query(t, db, "SELECT owner_status FROM sockets WHERE cookie = 17"), "hidden")
	if len(notices) != 0 {
		t.Errorf("noted %v", notices)
	}
	equal(t, query(t, db, "SELECT pid FROM sockets WHERE cookie = 17"), "-")
	if len(notices) != 1 || !strings.Contains(notices[0].Text, "permission denied") {
		t.Errorf("noted %v", notices)
	}
}

// Where the system does not show Unix sockets at all, the others are shown and the user told.
func TestUnixSocketsThatAreNotShown(t *testing.T) {
	m, tables, _ := rowMachine()
	denied := &fs.PathError{Op: "open", Path: "/dev/kstat", Err: fs.ErrPermission}
	tables.fails = map[mib2.Protocol]error{mib2.Unix: denied}
	db := openMachine(t, m)
	notices := warnings(db)
	equal(t, query(t, db, "SELECT count(*) FROM sockets"), "8")
	if !slices.Equal(*notices, []string{"unix sockets are not shown: open /dev/kstat: permission denied"}) {
		t.Errorf("noted %q", *notices)
	}
	for _, sql := range []string{"SELECT count(*) FROM unix", "SELECT count(*) FROM sockets WHERE proto = 'unix'"} {
		if err := fails(t, db, sql); !errors.Is(err, denied) {
			t.Errorf("%s: %v", sql, err)
		}
	}
	tables.fails = map[mib2.Protocol]error{mib2.TCP: denied}
	if err := fails(t, db, "SELECT count(*) FROM sockets"); !errors.Is(err, denied) {
		t.Errorf("without tcp: %v", err)
	}
}

// fails returns the error of a statement.
func fails(t *testing.T, db *engine.DB, sql string) error {
	t.Helper()
	st, _, err := db.Prepare(sql)
	if err != nil {
		return err
	}
	defer st.Close()
	for more := true; more && err == nil; {
		more, err = st.Step(context.Background())
	}
	return err
}

// A machine that lacks all has empty tables; one that cannot be read has errors.
func TestMachinesWithout(t *testing.T) {
	db := openMachine(t, &Machine{})
	for _, name := range []string{"sockets", "tcp", "udp", "unix", "processes", "zones", "users", "groups", "interfaces", "addresses", "routes", "netstats", "sysctls", "services"} {
		equal(t, query(t, db, "SELECT count(*) FROM %s", name), "0")
	}
	db = openMachine(t, Unsupported())
	for _, info := range db.Tables() {
		if strings.HasPrefix(info.Name, "sockstat_") { // which tells of tables, not of the machine
			continue
		}
		if err := fails(t, db, "SELECT * FROM "+from(info)); !errors.Is(err, mib2.ErrUnsupported) && !errors.Is(err, proc.ErrUnsupported) {
			t.Errorf("%s: %v", info.Name, err)
		}
	}
	if m := Live(); len(m.Tables()) < len(db.Tables()) {
		t.Error("the live machine has fewer tables")
	}
}

// A zone is found by its name or id; others than the caller's own cannot be listed.
func TestZoneName(t *testing.T) {
	m, _, _ := rowMachine()
	for _, name := range []string{"here", "1"} {
		if got, err := m.ZoneName(t.Context(), name); got != "here" || err != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for name, want := range map[string]string{"there": "only the caller's own zone, \"here\"", "nope": "unknown zone \"nope\""} {
		if _, err := m.ZoneName(t.Context(), name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	m.ZoneOfProcess = true
	if got, err := m.ZoneName(t.Context(), "there"); got != "there" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// Where sockets belong to the zone of their process, a zone that the kernel does not show is
// one whose processes hold nothing here.
func TestZoneOfProcess(t *testing.T) {
	m, tables, _ := rowMachine()
	m.Creators, m.ZoneOfProcess, m.OtherZones = true, true, "look elsewhere"
	for i := range tables.rows {
		if tables.rows[i].Unix == nil {
			tables.rows[i].Origin = &mib2.Origin{PID: []int32{100, 200}[i%2]}
		}
	}
	db := openMachine(t, m)
	var notices []string
	db.OnNotice(func(n table.Notice) {
		if !n.Detail {
			notices = append(notices, n.Text+" / "+n.Hint)
		}
	})
	equal(t, query(t, db, "SELECT DISTINCT zone, pid FROM creators WHERE proto = 'tcp'"), "here 100", "zone 7 200")
	equal(t, query(t, db, "SELECT count(*) > 0 FROM creators WHERE zone = 'zone 7'"), "1")
	if len(notices) != 0 {
		t.Errorf("noted %q", notices)
	}
	equal(t, query(t, db, "SELECT count(*) FROM creators WHERE zone = 'there'"), "0")
	if !slices.Equal(notices, []string{`the kernel shows only the sockets of the zone "here" / look elsewhere`}) {
		t.Errorf("noted %q", notices)
	}
}

// A machine tells what it knows of itself, and nothing where it knows nothing.
func TestOrigin(t *testing.T) {
	m := &Machine{Host: func() map[string]string { return map[string]string{"host": "web-1", "boot_id": "b"} }}
	host, boot, zone := m.Origin()
	if host.String() != "web-1" || boot.String() != "b" || !zone.IsNull() {
		t.Errorf("%v %v %v", host, boot, zone)
	}
	if host, boot, zone := Unsupported().Origin(); !host.IsNull() || !boot.IsNull() || !zone.IsNull() {
		t.Errorf("%v %v %v", host, boot, zone)
	}
}
