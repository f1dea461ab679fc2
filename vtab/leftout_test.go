package vtab

import (
	"testing"

	"sockstat/mib2"
)

// A statement that asks for other zones than are read is told once that some are left out, and
// no other statement looks for them.
func TestNoticeOfZonesLeftOut(t *testing.T) {
	const others = `the sockets of zones "there", "gone", "denied" are left out`
	only := Selection{Only: []string{"there"}}
	for _, test := range []struct {
		selection Selection
		sql, want string
	}{
		{Selection{}, "SELECT 1 FROM sockets WHERE zone = 'there'", others},
		{Selection{}, "SELECT 1 FROM tcp WHERE zone = 'THERE '", others},
		{Selection{}, "SELECT 1 FROM tcp WHERE zone IN ('here', 'there')", others},
		{Selection{}, "SELECT 1 FROM tcp WHERE zone <> 'here'", others},
		{Selection{}, "SELECT zone, count(*) FROM sockets GROUP BY zone", others},
		{Selection{}, "SELECT zone, state, count(*) FROM tcp GROUP BY 1, 2", others},
		{Selection{}, "SELECT DISTINCT zone FROM tcp", others},
		{Selection{}, "SELECT z.name, count(s.inode) FROM zones z LEFT JOIN sockets s ON s.zone = z.name GROUP BY 1", others},
		{Selection{}, "SELECT count(*) FROM tcp JOIN udp USING (zone) JOIN zones ON zones.name = tcp.zone", others},
		{Selection{}, "SELECT zone FROM sockets", ""},
		{Selection{}, "SELECT * FROM tcp", ""},
		{Selection{}, "SELECT 1 FROM tcp WHERE zone = 'here'", ""},
		{Selection{}, "SELECT zone FROM tcp GROUP BY zone HAVING zone = 'here'", ""},
		{Selection{}, "SELECT a.zone FROM tcp a JOIN tcp b ON b.zone IS a.zone", ""},
		{Selection{}, "SELECT count(*), (SELECT count(*) FROM zones) FROM tcp", ""},
		{only, "SELECT 1 FROM tcp WHERE zone = 'there'", ""},
		{only, "SELECT 1 FROM tcp WHERE zone = 'here'", `the sockets of zones "here", "gone", "denied" are left out`},
		{Selection{All: true}, "SELECT zone, count(*) FROM udp WHERE zone = 'there' GROUP BY zone", ""},
	} {
		m, _ := twinMachine()
		m.OtherZones, m.Selection = "read them all", test.selection
		db := openMachine(t, m)
		noted := noticesOf(db)
		query(t, db, "%s", test.sql)
		if got := noted.take(); got != test.want {
			t.Errorf("%s: noted %q, want %q", test.sql, got, test.want)
		}
	}
}

// Where there is but one zone, or no other can be read, none is left out.
func TestNoZoneLeftOut(t *testing.T) {
	m, _ := twinMachine()
	m.OtherZones = "read them all"
	zones := m.Zones.(ownOfRows).rowProcesses
	zones.all = zones.all[1:2]
	db := openMachine(t, m)
	noted := noticesOf(db)
	query(t, db, "SELECT zone, count(*) FROM tcp WHERE zone = 'there' GROUP BY 1")
	query(t, db, "SELECT 1 FROM tcp JOIN zones ON zone = name")
	if got := noted.take(); got != "" {
		t.Errorf("noted %q", got)
	}
	m, _ = twinMachine()
	m.OtherZones, m.Elsewhere, m.Sockets = "read them all", nil, mib2.Rows(nil)
	db = openMachine(t, m)
	noted = noticesOf(db)
	query(t, db, "SELECT zone, count(*) FROM tcp GROUP BY 1")
	if got := noted.take(); got != "" {
		t.Errorf("noted %q", got)
	}
}
