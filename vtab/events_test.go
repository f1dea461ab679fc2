package vtab

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"sockstat/mib2"
	"sockstat/vtab/engine"
	"sockstat/vtab/table"
)

// from returns a table as it stands in a statement, with arguments if it has any.
func from(info table.Info) string {
	if info.Called() {
		return info.Name + "(0.001)"
	}
	return info.Name
}

// rowEvents are events made of rows. What follows them is for the context to end.
type rowEvents struct {
	events         []mib2.Event
	times          int // how often they come
	lost           uint64
	source, limits string
	fails          error

	asked []mib2.EventFilter
}

func (r *rowEvents) Watch(ctx context.Context, filter mib2.EventFilter) (mib2.EventReader, error) {
	r.asked = append(r.asked, filter)
	return &rowEventReader{rowEvents: r, ctx: ctx}, r.fails
}

type rowEventReader struct {
	*rowEvents
	ctx context.Context
	n   int
}

func (r *rowEventReader) Read(dst []mib2.Event) ([]mib2.Event, error) {
	if r.n >= max(1, r.times) {
		<-r.ctx.Done()
		return dst, context.Cause(r.ctx)
	}
	r.n++
	return append(dst, r.events...), nil
}

func (r *rowEventReader) Lost() uint64   { return r.lost }
func (r *rowEventReader) Source() string { return r.source }
func (r *rowEventReader) Limits() string { return r.limits }
func (r *rowEventReader) Close() error   { return nil }

// sampleEvents are a connection of each end, one that was refused, and a new listener.
func sampleEvents() *rowEvents {
	at := netip.MustParseAddrPort
	when := time.Unix(1_700_000_000, 250_000_000)
	client := mib2.Socket{Proto: mib2.TCP, Family: mib2.Inet, Local: at("192.0.2.1:5000"), Remote: at("198.51.100.7:443"), UID: 33, Cookie: 7}
	server := mib2.Socket{Proto: mib2.TCP, Family: mib2.Inet, Local: at("192.0.2.1:80"), Remote: at("198.51.100.7:6000"), Cookie: 8}
	listener := mib2.Socket{Proto: mib2.TCP, Family: mib2.Inet, State: mib2.Closed, Local: at("192.0.2.1:81")}
	other := server
	other.Local = at("192.0.2.1:81")
	return &rowEvents{source: "rows (for a test)", events: []mib2.Event{
		{Socket: client, Kind: mib2.Opened, Time: when, PID: 300, Command: "curl", Opening: mib2.ByConnect, Duration: time.Millisecond, HasUID: true},
		{Socket: server, Kind: mib2.Accepted, Time: when, Opening: mib2.ByAccept, Duration: -1},
		{Socket: client, Kind: mib2.Disconnected, Time: when, PID: 300, Command: "curl", Opening: mib2.ByConnect, Ending: mib2.Orderly,
			Duration: 2 * time.Second, BytesSent: 10, BytesReceived: 20, HasBytes: true, HasUID: true},
		{Socket: listener, Kind: mib2.Listening, Time: when, PID: 400, Command: "server"},
		{Socket: other, Kind: mib2.Accepted, Time: when, Opening: mib2.ByAccept, Duration: -1},
		{Socket: listener, Kind: mib2.Unlistened, Time: when, PID: 400, Command: "server"},
		{Socket: other, Kind: mib2.Disconnected, Time: when, Zone: 2, Opening: mib2.ByAccept, Ending: mib2.Reset, Duration: -1, HasBytes: true},
		{Socket: client, Kind: mib2.Refused, Time: when, PID: 300, Command: "curl", Opening: mib2.ByConnect, Ending: mib2.Refusal,
			Duration: time.Millisecond, HasBytes: true, HasUID: true},
	}}
}

func eventMachine(t *testing.T) (*engine.DB, *rowEvents) {
	m, _, _ := rowMachine()
	e := sampleEvents()
	m.Events = e
	return openMachine(t, m), e
}

func TestEvents(t *testing.T) {
	db, _ := eventMachine(t)
	for sql, want := range map[string][]string{
		"SELECT time, event, label, local, remote, pid, command, user, uid, zone FROM events(0.001) WHERE opening = 'connect'": {
			"1700000000.25 opened tcp4 192.0.2.1:5000 198.51.100.7:443 300 curl www 33 here",
			"1700000000.25 closed tcp4 192.0.2.1:5000 198.51.100.7:443 300 curl www 33 here",
			"1700000000.25 refused tcp4 192.0.2.1:5000 198.51.100.7:443 300 curl www 33 here"},
		// Two processes hold the listener on port 80, one that on 81, for a while.
		"SELECT event, local_port, pid, command, zone, uid FROM events(0.001) WHERE opening = 'accept'": {
			"accepted 80 - web here -", "accepted 81 400 server here -", "closed 81 - - there -"},
		"SELECT event, ending, bytes_sent, bytes_received, duration_us, source, seconds FROM events(0.001) WHERE event <> 'accepted'": {
			"opened - - - 1000 rows 0.001", "closed closed 10 20 2000000 rows 0.001", "closed reset 0 0 - rows 0.001", "refused refused 0 0 1000 rows 0.001"},
		"SELECT count(*) FROM events WHERE seconds = 0.001 AND scope = 'public' AND remote_scope = 'public' AND v4mapped = 0": {"6"},
		"SELECT command, count(*), sum(bytes_sent) FROM events(0.001) GROUP BY 1 ORDER BY 1":                                  {"- 1 0", "curl 3 10", "server 1 -", "web 1 -"},
		// The same argument is the same reading.
		"SELECT count(*) FROM events(0.001) a JOIN events(0.001) b USING (cookie, time)":             {"18"},
		"SELECT s, count(*) FROM (SELECT 0.001 AS s UNION ALL SELECT 0.002), events(s) GROUP BY s":   {"0.001 6", "0.002 6"},
		"SELECT e.event, p.name FROM events(0.001) e JOIN processes p ON p.name = e.command LIMIT 1": {"accepted web"},
		"SELECT (SELECT count(*) FROM events(0.001)), count(*) FROM users":                           {"6 3"},
		"SELECT count(*) FROM events(0.001) WHERE proto = 'udp'":                                     {"0"},
		"SELECT count(*) FROM events(0.001) WHERE seconds > 1":                                       {"0"},
		"SELECT name FROM pragma_table_xinfo('events') WHERE hidden = 1 ORDER BY cid LIMIT 1":        {"seconds"},
	} {
		if got := query(t, db, "%s", sql); true {
			equal(t, got, want...)
		}
	}
	query(t, db, "BEGIN")
	equal(t, query(t, db, "SELECT count(*) FROM events(0.001)"), "6")
	equal(t, query(t, db, "SELECT count(*) FROM users, events(0.001)"), "18")
	query(t, db, "COMMIT")
}

// The machine is asked only for the events that a statement wants.
func TestWantedEvents(t *testing.T) {
	db, e := eventMachine(t)
	listening := mib2.EventKindsOf(mib2.Listening, mib2.Unlistened)
	for sql, want := range map[string]mib2.EventKinds{
		"SELECT count(*) FROM events(0.001)":                                        mib2.EventKindsOf(mib2.ConnectionEvents...),
		"SELECT count(*) FROM events(0.001) WHERE event = 'closed'":                 mib2.EventKindsOf(mib2.Disconnected),
		"SELECT pid FROM events(0.001) WHERE event IN ('CLOSED ', 'nope')":          mib2.EventKindsOf(mib2.Disconnected) | listening,
		"SELECT command FROM events(0.001) WHERE event = 'refused' COLLATE NOCASE":  mib2.EventKindsOf(mib2.Refused) | listening,
		"SELECT local FROM events(0.001) WHERE event = 'opened' OR local_port = 80": mib2.EventKindsOf(mib2.ConnectionEvents...),
	} {
		e.asked = nil
		query(t, db, "%s", sql)
		if len(e.asked) != 1 || e.asked[0].Kinds != want || e.asked[0].AllZones {
			t.Errorf("%s: asked for %+v instead of %b", sql, e.asked, want)
		}
	}
}

// The events of other zones are shown where those are read.
func TestEventsOfZones(t *testing.T) {
	m, _, _ := rowMachine()
	e := sampleEvents()
	m.Events = e
	db := openMachine(t, m)
	for _, test := range []struct {
		selection Selection
		all       bool
		want      string
	}{
		{Selection{}, false, "6"}, {Selection{All: true}, true, "6"}, {Selection{Only: []string{"there"}}, true, "1"},
		{Selection{Only: []string{"here"}}, true, "5"}, {Selection{Only: []string{"here", "there"}}, true, "6"},
	} {
		m.Selection, e.asked = test.selection, nil
		equal(t, query(t, db, "SELECT count(*) FROM events(0.001)"), test.want)
		if len(e.asked) != 1 || e.asked[0].AllZones != test.all {
			t.Errorf("%v: asked for %+v", test.selection, e.asked)
		}
	}
	m.Selection = Selection{Only: []string{"nowhere"}}
	if err := fails(t, db, "SELECT count(*) FROM events(0.001)"); !strings.Contains(err.Error(), `unknown zone "nowhere"`) {
		t.Error(err)
	}
}

func TestEventsArgument(t *testing.T) {
	db, e := eventMachine(t)
	for argument, want := range map[string]string{
		"":           "say for how many seconds, as in FROM events(10)",
		"(NULL)":     "NULL is not a number of seconds",
		"(-1)":       `"-1" is not a number of seconds`,
		"(-0.5)":     `"-0.5" is not a number of seconds`,
		"('soon')":   `"soon" is not a number of seconds`,
		"(x'31')":    `"1" is not a number of seconds`,
		"(-9e999)":   `"-Inf" is not a number of seconds`,
		"(nonesuch)": "nonesuch",
	} {
		if err := fails(t, db, "SELECT * FROM events"+argument); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v instead of %q", argument, err, want)
		}
	}
	if len(e.asked) != 0 {
		t.Errorf("events were noted: %+v", e.asked)
	}
	m, _, _ := rowMachine()
	if err := fails(t, openMachine(t, m), "SELECT * FROM events(1)"); !errors.Is(err, mib2.ErrNoEvents) {
		t.Error(err)
	}
	e.fails = errors.New("not today")
	if err := fails(t, db, "SELECT * FROM events(1)"); err == nil || err.Error() != "events: not today" {
		t.Error(err)
	}
}

// A statement ends with LIMIT, and with its context, whatever the argument.
func TestEventsEndEarly(t *testing.T) {
	db, _ := eventMachine(t)
	for _, seconds := range []string{"1e6", "9e999", "9223372036854775807"} {
		equal(t, query(t, db, "SELECT event FROM events(%s) LIMIT 2", seconds), "opened", "accepted")
		ctx, cancel := context.WithCancelCause(t.Context())
		st, _, err := db.Prepare("SELECT event FROM events(" + seconds + ")")
		if err != nil {
			t.Fatal(err)
		}
		enough := errors.New("enough")
		const all = 6
		rows := 0
		db.OnWait(func() error { // before the first row as well, unless that was quicker
			if rows == all {
				cancel(enough)
			}
			return nil
		})
		for more := true; ; rows++ {
			if more, err = st.Step(ctx); err != nil || !more {
				break
			}
		}
		if err != enough || rows != all {
			t.Errorf("%s: %v after %d rows", seconds, err, rows)
		}
		db.OnWait(nil)
		st.Close()
	}
	full := errors.New("the reader has enough")
	db.OnWait(func() error { return full })
	if err := fails(t, db, "SELECT event FROM events(1e6)"); err != full {
		t.Error(err)
	}
}

func TestEventNotices(t *testing.T) {
	db, e := eventMachine(t)
	e.lost, e.limits = 3, "half of it"
	var notices, details []string
	db.OnNotice(func(n table.Notice) {
		if n.Detail {
			details = append(details, n.Text)
		} else {
			notices = append(notices, n.Text)
		}
	})
	query(t, db, "SELECT count(*) FROM events(0.001)")
	if got := strings.Join(notices, "; "); got != "half of it; 3 events were lost: they came faster than they could be read" {
		t.Error(got)
	}
	if got := strings.Join(details, "; "); !strings.HasPrefix(got, "events: connections from rows (for a test); 6 rows in") {
		t.Error(got)
	}
}

// A statement that passes over the rows once holds none of them; another one may not hold
// more than there is room for.
func TestManyEvents(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a second")
	}
	db, e := eventMachine(t)
	e.times = 100_000
	equal(t, query(t, db, "SELECT count(*) FROM events(5) LIMIT 1"), "600000")
	if err := fails(t, db, "SELECT count(*) FROM events(5) a, events(5) b"); err == nil || !strings.Contains(err.Error(), "too many rows to hold") {
		t.Error(err)
	}
}
