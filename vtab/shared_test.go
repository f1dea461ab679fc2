package vtab

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"sockstat/mib2"
)

// asked notes what tables are opened for. With two set, those of the internet are opened together.
type asked struct {
	mib2.Tables
	two   bool
	mutex sync.Mutex
	opens []string
}

func (a *asked) Open(ctx context.Context, protocols []mib2.Protocol, filter mib2.Filter) (mib2.Reader, []mib2.Protocol, error) {
	n := 1
	if a.two && len(protocols) > 1 && protocols[0].Internet() && protocols[1].Internet() {
		n = 2
	}
	a.mutex.Lock()
	a.opens = append(a.opens, fmt.Sprint(protocols[:n], " ", filter.String()))
	a.mutex.Unlock()
	r, _, err := a.Tables.Open(ctx, protocols[:n], filter)
	return r, protocols[n:], err
}

// oneByOne is how protocols are asked for of which each is opened alone.
func oneByOne(protocols []mib2.Protocol) (asks []string) {
	for _, p := range protocols {
		asks = append(asks, fmt.Sprintf("[%v] ", p))
	}
	slices.Sort(asks)
	return asks
}

// What several tables of a statement show is asked for once, with what any of them wants;
// each gets what it wants itself.
func TestSharedReading(t *testing.T) {
	for _, test := range []struct {
		sql  string
		want string   // the row
		asks []string // sorted
	}{
		{"SELECT (SELECT count(*) FROM tcp), (SELECT count(*) FROM tcp)", "5 5", []string{"[tcp] "}},
		{"SELECT (SELECT count(*) FROM tcp), (SELECT count(*) FROM udp)", "5 2", []string{"[tcp] ", "[udp] "}},
		{"SELECT (SELECT count(*) FROM tcp), (SELECT count(*) FROM sockets WHERE proto = 'tcp')", "5 6", []string{"[tcp] "}},
		{"SELECT (SELECT count(*) FROM tcp WHERE state = 'LISTEN'), (SELECT count(*) FROM sockets WHERE state = 'TIME_WAIT')", "1 1",
			[]string{"[tcp] LISTEN,TIME_WAIT", "[udp] TIME_WAIT", "[unix] TIME_WAIT"}},
		{"SELECT (SELECT count(*) FROM tcp WHERE remote_port = 5001), (SELECT count(*) FROM sockets WHERE proto = 'tcp' AND remote_port BETWEEN 5000 AND 5001)", "1 2",
			[]string{"[tcp] remote ports 5000-5001"}},
		{"SELECT (SELECT count(timer) FROM tcp WHERE label = 'tcp4'), (SELECT count(*) FROM sockets WHERE label = 'tcp46')", "0 2",
			[]string{"[tcp] inet6,inet, with timers"}},
		{"SELECT (SELECT count(*) FROM tcp), (SELECT count(*) FROM udp WHERE local_port = 7), (SELECT count(*) FROM sockets WHERE local_port = 7)", "5 0 0",
			[]string{"[icmp] local port 7", "[sctp] local port 7", "[smc] local port 7", "[tcp] ", "[udp] local port 7", "[udplite] local port 7", "[vsock] local port 7"}},
		{"SELECT (SELECT count(*) FROM unix), (SELECT count(*) FROM sockets)", "2 10", oneByOne(all())},
	} {
		for _, two := range []bool{false, true} {
			m, _, _ := rowMachine()
			a := &asked{Tables: m.Sockets.(*rowTables).rows, two: two}
			m.Sockets = a
			db := openMachine(t, m)
			equal(t, query(t, db, "%s", test.sql), test.want)
			slices.Sort(a.opens)
			if !two && !slices.Equal(a.opens, test.asks) {
				t.Errorf("%s: asked for %q", test.sql, a.opens)
			}
		}
	}
}

// A reading that fails, fails for all who take part, and for no other.
func TestSharedFailure(t *testing.T) {
	m, tables, _ := rowMachine()
	cause := errors.New("no such device")
	tables.fails = map[mib2.Protocol]error{mib2.TCP: cause}
	db := openMachine(t, m)
	for _, sql := range []string{"SELECT count(*) FROM tcp, sockets", "SELECT count(*) FROM sockets, tcp", "SELECT count(*) FROM sockets s, tcp WHERE s.proto = 'tcp'"} {
		if err := fails(t, db, sql); !errors.Is(err, cause) {
			t.Errorf("%s: %v", sql, err)
		}
	}
	equal(t, query(t, db, "SELECT count(*) FROM udp UNION ALL SELECT count(*) FROM sockets WHERE proto = 'udp' UNION ALL SELECT count(*) FROM tcp WHERE 0"), "2", "2", "0")
}

// A panic in a reading that is shared is an error that says what was read.
func TestSharedPanic(t *testing.T) {
	m, _, _ := rowMachine()
	m.Sockets = panicking{}
	db := openMachine(t, m)
	err := fails(t, db, "SELECT count(*) FROM tcp JOIN sockets USING (cookie)")
	if err == nil || !strings.Contains(err.Error(), "read tcp: panic: broken") {
		t.Errorf("%v", err)
	}
}

type panicking struct{}

func (panicking) Open(_ context.Context, protocols []mib2.Protocol, _ mib2.Filter) (mib2.Reader, []mib2.Protocol, error) {
	return panicking{}, protocols[1:], nil
}

func (panicking) Read([]mib2.Socket) ([]mib2.Socket, error) { panic("broken") }
func (panicking) Close() error                              { return nil }
