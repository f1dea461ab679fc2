package queries

import (
	"strings"
	"testing"
)

// Words narrow the listing by their shape; those of one kind add up.
func TestWords(t *testing.T) {
	for words, want := range map[string]string{
		":443":                   "(local_port = 443 OR remote_port = 443)",
		"443 22":                 "(local_port IN (443, 22) OR remote_port IN (443, 22))",
		"8000-8099":              "(local_port BETWEEN 8000 AND 8099 OR remote_port BETWEEN 8000 AND 8099)",
		"22,80":                  "(local_port IN (22, 80) OR remote_port IN (22, 80))",
		"nginx":                  "command = 'nginx'",
		"nginx redis-server":     "command IN ('nginx', 'redis-server')",
		"systemd-resolved":       "(command IN ('systemd-resolved', 'systemd-resolve'))",
		"python*":                "(command GLOB 'python*')",
		"tcp":                    "proto IN ('tcp')",
		"TCP udp":                "proto IN ('tcp', 'udp')",
		"tcp6":                   "proto IN ('tcp') label = 'tcp6'",
		"tcp6 udp":               "proto IN ('tcp', 'udp') label IN ('tcp6', 'udp4', 'udp6', 'udp46')",
		"unix":                   "proto IN ('unix')",
		"seqpacket":              "proto IN ('unix') label = 'seqpac'",
		"listen":                 "state = 'LISTEN'",
		"established time-wait":  "state IN ('ESTABLISHED', 'TIME_WAIT')",
		"ESTAB":                  "state = 'ESTABLISHED'",
		"10.0.0.0/8":             "(cidr('10.0.0.0/8', local_address) OR cidr('10.0.0.0/8', remote_address))",
		"10.1.2.3/8":             "(cidr('10.0.0.0/8', local_address) OR cidr('10.0.0.0/8', remote_address))",
		"10.0.0.1":               "(local_address = '10.0.0.1' OR remote_address = '10.0.0.1')",
		"::ffff:10.0.0.1":        "(local_address = '10.0.0.1' OR remote_address = '10.0.0.1')",
		"::1":                    "(local_address = '::1' OR remote_address = '::1')",
		"[::1]":                  "(local_address = '::1' OR remote_address = '::1')",
		"2001:DB8::0:1":          "(local_address = '2001:db8::1' OR remote_address = '2001:db8::1')",
		"[::1]:443":              "(local_address = '::1' AND local_port = 443 OR remote_address = '::1' AND remote_port = 443)",
		"10.1.2.3:443":           "(local_address = '10.1.2.3' AND local_port = 443 OR remote_address = '10.1.2.3' AND remote_port = 443)",
		"10.0.0.0/8:80-90,443":   "(cidr('10.0.0.0/8', local_address) AND (local_port BETWEEN 80 AND 90 OR local_port = 443) OR cidr('10.0.0.0/8', remote_address) AND (remote_port BETWEEN 80 AND 90 OR remote_port = 443))",
		"fe80::1%eth0":           "(interface = 'eth0' AND (local_address = 'fe80::1' OR remote_address = 'fe80::1'))",
		"*:22":                   "(scope = 'any' AND local_port = 22 OR remote_scope = 'any' AND remote_port = 22)",
		"localhost":              "(scope = 'loopback' OR remote_scope = 'loopback')",
		"localhost:80":           "(scope = 'loopback' AND local_port = 80 OR remote_scope = 'loopback' AND remote_port = 80)",
		"tcp:443":                "proto IN ('tcp') (proto = 'tcp' AND (local_port = 443 OR remote_port = 443))",
		"443/tcp 53/udp":         "proto IN ('tcp', 'udp') ((proto = 'tcp' AND (local_port = 443 OR remote_port = 443)) OR (proto = 'udp' AND (local_port = 53 OR remote_port = 53)))",
		"/run/x.sock":            "(local = '/run/x.sock' OR remote = '/run/x.sock')",
		"@/tmp/.X11-unix/X0":     "(local = '@/tmp/.X11-unix/X0' OR remote = '@/tmp/.X11-unix/X0')",
		"/run/*":                 "(local GLOB '/run/*' OR remote GLOB '/run/*')",
		"nginx tcp :443 listen":  "proto IN ('tcp') (local_port = 443 OR remote_port = 443) command = 'nginx' state = 'LISTEN'",
		"it's":                   "error",
		"":                       "error",
		"70000":                  "error",
		"9-8":                    "error",
		"10.0.0":                 "error",
		"10/8":                   "error",
		"10.0.0.0/33":            "error",
		"[::1]:x-y":              "error",
		"example.com:443":        "error",
		"a=b":                    "error",
		"-":                      "error",
		"SELECT 1":               "error",
		"fe80::1:2:3:4:5:6:7:8:": "error",
	} {
		var l Listing
		var err error
		for _, w := range strings.Split(words, " ") {
			if words == "SELECT 1" {
				w = words
			}
			if err == nil {
				err = l.Word(w)
			}
		}
		var got []string
		if err == nil {
			got, err = l.conditions()
		}
		if all := strings.Join(got, " "); (err == nil) != (want != "error") || err == nil && all != want {
			t.Errorf("%s:\n got %s, %v\nwant %s", words, all, err, want)
		}
	}
}

// Filters are one condition each.
func TestFilters(t *testing.T) {
	for want, f := range map[string]Filters{
		"pid = 1":                   {PIDs: []string{"1"}},
		"pid IN (1, 22)":            {PIDs: []string{"1", "22"}},
		"user IN ('root', 'it''s')": {Users: []string{"root", "it's"}},
		"(user = '0' OR user IN (SELECT name FROM users WHERE uid = 0))": {Users: []string{"0"}},
		"(command = 'a' OR (command GLOB 'b*'))":                         {Commands: []string{"a", "b*"}},
		"state IN ('FIN_WAIT_1', 'SYN_RCVD')":                            {States: []string{"fin-wait-1", "SYN_RECV"}},
		"pid = 1 user = 'root' state = 'LISTEN'":                         {PIDs: []string{"1"}, Users: []string{"root"}, States: []string{"listening"}},
		"((local_address = '::1' OR remote_address = '::1') OR (cidr('10.0.0.0/8', local_address) OR cidr('10.0.0.0/8', remote_address)))": {Hosts: []string{"::1", "10.0.0.0/8"}},
	} {
		got, err := f.conditions(nil)
		if all := strings.Join(got, " "); err != nil || all != want {
			t.Errorf("got %s, %v\nwant %s", all, err, want)
		}
	}
	for _, f := range []Filters{{PIDs: []string{"x"}}, {PIDs: []string{"0"}}, {States: []string{"NOPE"}}, {Hosts: []string{"x.example"}}, {Services: []string{"no such service"}}} {
		if got, err := f.conditions(nil); err == nil {
			t.Errorf("%+v: %q", f, got)
		}
	}
}

// Sorting is by the columns of the table, addresses by their numbers.
func TestSort(t *testing.T) {
	columns := []string{"pid", "local", "local_address", "local_port"}
	for sort, want := range map[string]string{
		"pid":             "pid NULLS LAST",
		"-PID,local_port": "pid DESC, local_port",
		"local":           "ip(local_address) NULLS LAST, local_port, local NULLS LAST",
		"-local_address":  "ip(local_address) DESC, local_address DESC",
		"nope":            "",
		"remote":          "",
	} {
		sql, err := Listing{Sort: strings.Split(sort, ","), Columns: columns}.SQL()
		_, got, _ := strings.Cut(sql, "ORDER BY ")
		if strings.TrimSpace(got) != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", sort, got, err)
		}
	}
}

// Whatever a word is, it becomes an error or conditions in which nothing of it is code.
func FuzzWord(f *testing.F) {
	for _, s := range []string{"443", ":https", "10.0.0.0/8:1-2", "[::1]:443", "tcp6", "443/tcp", "nginx*", "/run/it's", "fe80::1%e'th", "*:1", "' OR 1 --"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, word string) {
		var l Listing
		if l.Word(word) != nil {
			return
		}
		conditions, err := l.conditions()
		if err != nil {
			return
		}
		for _, c := range conditions {
			outside := ""
			for i, part := range strings.Split(strings.ReplaceAll(c, "''", ""), "'") {
				if i%2 == 0 {
					outside += part
				}
			}
			if strings.ContainsAny(outside, ";\"`-/*") || strings.Count(outside, "(") != strings.Count(outside, ")") {
				t.Errorf("%q becomes %s", word, c)
			}
		}
	})
}

func TestMisspelt(t *testing.T) {
	for word, want := range map[string]string{"listne": "did you mean listen?", "establised": "did you mean established?", "listenerz": "did you mean listeners?", "nginx": "", "sshd": "", "postgres": "", "tcpd": ""} {
		l := Listing{}
		if err := l.Word(word); err != nil {
			t.Fatal(err)
		}
		if _, hint := l.Misspelt([]string{"listeners", "per-user"}); hint != want {
			t.Errorf("%s: %q", word, hint)
		}
	}
}
