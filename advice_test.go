package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"sockstat/repl"
	"sockstat/repl/format"
	"sockstat/vtab"
	"sockstat/vtab/engine"
	"sockstat/vtab/table"
)

// openMachine opens a database with all tables over a machine without rows.
func openMachine(t testing.TB) (db *engine.DB, notices *[]table.Notice) {
	t.Helper()
	db, err := vtab.Open(&vtab.Machine{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	notices = new([]table.Notice)
	db.OnNotice(func(n table.Notice) {
		if !n.Detail {
			*notices = append(*notices, n)
		}
	})
	return db, notices
}

// What SQLite does not understand is shown where it stands, with what may have been meant.
func TestAdvice(t *testing.T) {
	db, _ := openMachine(t)
	for _, c := range []struct{ sql, place, hint string }{
		{"SELECT stat FROM tcp", "stat FROM tcp", "did you mean state?"},
		{"SELECT s.remote_adress FROM sockets s", "s.remote_adress FROM sockets s", "did you mean remote_address?"},
		{"SELECT protocol FROM sockets", "protocol FROM sockets", "did you mean proto or label?"},
		{"SELECT * FROM sockets WHERE port = 22", "port = 22", "did you mean local_port or remote_port?"},
		{"SELECT local_addr FROM tcp", "local_addr FROM tcp", "did you mean local_address?"},
		{"SELECT foreign_address FROM sockets", "foreign_address FROM sockets", "did you mean remote_address?"},
		{"SELECT laddr, raddr FROM sockets", "laddr, raddr FROM sockets", "did you mean local_address?"},
		{"SELECT path FROM sockets", "path FROM sockets", "did you mean local or remote?"},
		{"SELECT process FROM sockets", "process FROM sockets", "did you mean command?"},
		{"SELECT rtt FROM tcp", "rtt FROM tcp", "did you mean rtt_us?"},
		{"SELECT rtt_us FROM sockets", "rtt_us FROM sockets", "rtt_us is a column of tcp"},
		{"SELECT * FROM tcp WHERE state = LISTEN", "LISTEN", "a text stands between single quotes: 'LISTEN'"},
		{"SELECT * FROM sockets WHERE command = nginx", "nginx", "a text stands between single quotes: 'nginx'"},
		{"SELECT * FROM tpc", "tpc", "did you mean tcp?"},
		{"SELECT 1;\nSELECT *\n FROM open_sockets", "open_sockets", "did you mean sockets?"},
		{"SELECT * FROM listening_sockets", "listening_sockets", "did you mean sockets?"},
		{"SELECT lenght(command) FROM sockets", "lenght(command) FROM sockets", "did you mean length?"},
		{"SELECT now()", "now()", "did you mean unixepoch or datetime?"},
		{"SELECT cidr(local_address) FROM tcp", "", "cidr(network, address)"},
		{"SELECT pid FROM sockets JOIN processes ON 1", "pid FROM sockets JOIN processes ON 1", "say which: sockets.pid or processes.pid, or JOIN … USING (pid)"},
		{"SELEC 1", "SELEC 1", "did you mean SELECT?"},
		{"SELECT * FROM tcp WEHRE state = 'LISTEN'", "state = 'LISTEN'", "did you mean WHERE?"},
		{"SELECT pid, FROM sockets", "FROM sockets", "there is a comma too many before FROM"},
		{"SHOW TABLES", "SHOW TABLES", "SELECT name, doc FROM sockstat_tables"},
		{"SELECT 'a", "'a", "a text stands between single quotes, 'like this', a quote in it is doubled"},
		{"SELECT (1 + 2", "", ""},
		{"SELECT zzzzzzzz FROM users", "zzzzzzzz FROM users", "the columns: SELECT name, doc FROM sockstat_columns WHERE table_name = 'users'"},
	} {
		err := repl.Run(context.Background(), db, c.sql, nil, new(bytes.Buffer), format.Settings{})
		e, ok := err.(*repl.PlacedError)
		if !ok {
			t.Errorf("%s: %v", c.sql, err)
			continue
		}
		line, at := e.Place()
		if at >= 0 {
			line = line[at:]
		}
		if c.place != "" && line != c.place || e.Hint() != c.hint {
			t.Errorf("%s: %v at %q, hint %q", c.sql, err, line, e.Hint())
		}
	}
}

// A text that a column never has is told of, wherever it is compared; others are not.
func TestValuesThatAreNot(t *testing.T) {
	db, notices := openMachine(t)
	params := map[string]table.Value{"s": table.String("ESTAB")}
	for sql, want := range map[string]string{
		"SELECT 1 FROM sockets WHERE state = 'LISTENING'":                               "state is never 'LISTENING' LISTEN",
		"SELECT 1 FROM tcp WHERE tcp.state IN ('ESTAB', 'LISTEN')":                      "state is never 'ESTAB' ESTABLISHED",
		"SELECT 1 FROM tcp t WHERE t.\"state\" NOT IN ('SYN_RECV')":                     "state is never 'SYN_RECV' SYN_RCVD",
		"SELECT sum(state <> 'TIMEWAIT') FROM tcp":                                      "state is never 'TIMEWAIT' TIME_WAIT",
		"SELECT count(*) FILTER (WHERE 'listen' == t.state) FROM tcp t":                 "state is never 'listen' LISTEN",
		"SELECT 1 FROM tcp WHERE state = :s":                                            "state is never 'ESTAB' ESTABLISHED",
		"SELECT 1 FROM tcp WHERE state LIKE 'estab'":                                    "state is never 'estab' ESTABLISHED",
		"SELECT 1 FROM sockets WHERE proto = 'TCP6'":                                    "proto is never 'TCP6' label = 'tcp6'",
		"SELECT 1 FROM sockets WHERE proto = 'TCP'":                                     "proto is never 'TCP' tcp",
		"SELECT 1 FROM sockets WHERE family = 'ipv4'":                                   "family is never 'ipv4' inet",
		"SELECT 1 FROM sockets WHERE owner_status = 'nobody'":                           "owner_status is never 'nobody' one of ok",
		"SELECT 1 FROM sockets WHERE label = 'TCP4'":                                    "label is never 'TCP4' tcp4",
		"SELECT 1 FROM udp WHERE state = 'LISTEN'":                                      "state is never 'LISTEN' one of UNBOUND IDLE",
		"SELECT 1 FROM sockets WHERE state = 'LISTEN' OR state IS NOT 'IDLE'":           "",
		"SELECT 1 FROM sockets WHERE state = 'listen' COLLATE NOCASE":                   "",
		"SELECT 1 FROM sockets WHERE state LIKE 'est%' OR lower(state) = 'estab'":       "",
		"SELECT 1 FROM sockets WHERE proto IN ('icmp', 'netlink', 'mptcp')":             "",
		"SELECT 1 FROM (SELECT 'x' AS state) WHERE state = 'x'":                         "",
		"SELECT 1 FROM sockets WHERE command = 'LISTENING'":                             "",
		"SELECT 1 FROM sockets s JOIN processes p USING (pid) WHERE p.state = 'zombie'": "",
		"SELECT 1 FROM sockets WHERE state = 'EST' || 'ABLISHED'":                       "",
	} {
		*notices = nil
		if err := repl.Run(context.Background(), db, sql, params, new(bytes.Buffer), format.Settings{}); err != nil {
			t.Errorf("%s: %v", sql, err)
		}
		text, hint := "", want
		if i := strings.LastIndexByte(want, '\''); i >= 0 {
			text, hint = want[:strings.Index(want, "' ")+1], want[strings.Index(want, "' ")+2:]
		}
		switch {
		case want == "" && len(*notices) > 0, want != "" && len(*notices) != 1:
			t.Errorf("%s: %+v", sql, *notices)
		case want != "" && ((*notices)[0].Text != text || !strings.Contains((*notices)[0].Hint, hint)):
			t.Errorf("%s: %+v", sql, *notices)
		}
	}
}
