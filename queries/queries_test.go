package queries

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"

	"sockstat/vtab/table"
)

func TestParse(t *testing.T) {
	q := Parse("x", "-- Sockets of\n-- a user\n--\n-- not shown\n-- :user = root  name of the user\n-- :port INTEGER 0..65535 = 1  port number\n-- :least REAL 1..  most\n-- :name TEXT\n-- :INTEGER x = 1\n\n-- code\nSELECT 1 -- :no")
	want := []Param{{Name: "user", Doc: "name of the user", Default: "root", HasDefault: true},
		{Name: "port", Type: table.Integer, Range: "0..65535", Doc: "port number", Default: "1", HasDefault: true},
		{Name: "least", Type: table.Real, Range: "1..", Doc: "most"}, {Name: "name", Type: table.Text}, {Name: "INTEGER", Doc: "x = 1"}}
	if q.Doc != "Sockets of a user" || !slices.Equal(q.Params, want) {
		t.Errorf("%q %+v", q.Doc, q.Params)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("-- Doc\n--\n-- :a = 1  doc\nSELECT :a")
	f.Fuzz(func(t *testing.T, sql string) {
		q := Parse("x", sql)
		if q.SQL != sql || strings.Contains(q.Doc, "\n") {
			t.Errorf("%+v", q)
		}
	})
}

// A list of ports is refused, or conditions on both ends with no more in them than numbers.
func FuzzPorts(f *testing.F) {
	for _, s := range []string{"22", "22,8000-8099", "0-65535", "9-8", ",", "-", "1-2-3", "+1", "1 ", "\u0661", "22)OR(1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, list string) {
		conditions, err := portConditions(strings.Split(list, ","))
		if err != nil {
			return
		}
		for _, c := range conditions {
			left := strings.Trim(strings.NewReplacer("local_port", "", "remote_port", "", "BETWEEN", "", "AND", "", "IN", "").Replace(c), " =(),0123456789")
			if left != "" {
				t.Errorf("%q becomes %q", list, c)
			}
		}
		named := strings.ContainsFunc(list, unicode.IsLetter) // services
		if len(conditions) == 0 || !named && strings.Trim(list, "0123456789,-") != "" {
			t.Errorf("%q becomes %q", list, conditions)
		}
	})
}

// A query of the user takes the place of one that is built in.
func TestLoad(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", dir)
	t.Setenv("HOME", dir)
	config, err := os.UserConfigDir()
	if err != nil {
		t.Fatal(err)
	}
	own := filepath.Join(config, "sockstat", "queries")
	if err := os.MkdirAll(own, 0o755); err != nil {
		t.Fatal(err)
	}
	if q, err := Default().Load("states"); err != nil || q.Path != "" {
		t.Errorf("%+v %v", q, err)
	}
	if err := os.WriteFile(filepath.Join(own, "states.sql"), []byte("-- Mine\nSELECT 1"), 0o644); err != nil {
		t.Fatal(err)
	}
	if q, err := Default().Load("states"); err != nil || q.Doc != "Mine" {
		t.Errorf("%+v %v", q, err)
	}
	for _, name := range []string{"nope", "../states", "", ".", "a/b"} {
		if _, err := Default().Load(name); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// The first directory that has a name wins, then what is built in; a library without either
// has nothing.
func TestLibrary(t *testing.T) {
	first, second := t.TempDir(), t.TempDir()
	for file, doc := range map[string]string{first + "/a.sql": "-- first a", second + "/a.sql": "-- second a", second + "/b.sql": "-- second b", second + "/.hidden.sql": "-- no"} {
		if err := os.WriteFile(file, []byte(doc), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	builtin := fstest.MapFS{"b.sql": {Data: []byte("-- built-in b")}, "c.sql": {Data: []byte("-- built-in c")}}
	list, err := Library{[]string{first, "/nowhere", second}, builtin}.List()
	var docs []string
	for _, q := range list {
		docs = append(docs, q.Name+": "+q.Doc)
	}
	if want := []string{"a: first a", "b: second b", "c: built-in c"}; err != nil || !slices.Equal(docs, want) {
		t.Errorf("%q, %v", docs, err)
	}
	if list, err := (Library{}).List(); len(list) > 0 || err != nil {
		t.Errorf("%v, %v", list, err)
	}
	if _, err := (Library{}).Load("states"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

// A directory of queries that may not be looked into takes none of the others away.
func TestClosedDirectory(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may look into every directory")
	}
	config := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(config, "closed"))
	if err := os.Mkdir(filepath.Join(config, "closed"), 0); err != nil {
		t.Fatal(err)
	}
	if q, err := Default().Load("states"); err != nil || q.Path != "" {
		t.Errorf("%+v, %v", q, err)
	}
	if list, err := Default().List(); len(list) == 0 || err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("%d queries, %v", len(list), err)
	}
}

func TestConditions(t *testing.T) {
	for _, test := range []struct {
		l    Listing
		want string
	}{
		{Listing{}, ""},
		{Listing{IPv4: true, IPv6: true, Connected: true, Listening: true}, ""},
		{Listing{IPv4: true}, "label IN ('tcp4', 'tcp46', 'udp4', 'udp46')"},
		{Listing{Connected: true}, "remote_port IS NOT NULL"},
		{Listing{Zone: "it's"}, "zone = 'it''s'"},
		{Listing{Protocols: []string{"TCP"}}, "proto IN ('tcp')"},
		{Listing{IPv4: true, Unix: true}, "label IN ('tcp4', 'tcp46', 'udp4', 'udp46', 'stream', 'dgram', 'seqpac')"},
		{Listing{IPv6: true, Protocols: []string{"raw", "packet"}}, "label IN ('raw6') AND proto IN ('raw', 'packet')"},
		{Listing{Protocols: []string{"mptcp"}}, "proto = 'tcp' AND mptcp = 1"},
		{Listing{Protocols: []string{"raw", "mptcp", "udp", "raw"}}, "(proto IN ('raw', 'udp') OR proto = 'tcp' AND mptcp = 1)"},
		{Listing{Connected: true, Protocols: []string{"tcp", "raw", "icmp"}},
			"(remote_port IS NOT NULL OR proto IN ('raw', 'icmp') AND state = 'CONNECTED') AND proto IN ('tcp', 'raw', 'icmp')"},
		{Listing{Listening: true, Unix: true}, "remote_port IS NULL AND NOT (proto = 'unix' AND state = 'CONNECTED')"},
		{Listing{Ports: []string{"22", "80-90", "443"}}, "(local_port BETWEEN 80 AND 90 OR remote_port BETWEEN 80 AND 90 OR local_port IN (22, 443) OR remote_port IN (22, 443))"},
		{Listing{Where: []string{"uid = 0 -- root"}}, "(uid = 0 -- root\n)"},
	} {
		got, err := test.l.conditions()
		if err != nil || strings.Join(got, " AND ") != test.want {
			t.Errorf("%+v:\n got %q %v\nwant %q", test.l, got, err, test.want)
		}
	}
	for want, l := range map[string]Listing{
		"WHERE local_port > 0\n   AND proto IN ('tcp', 'udp')":                              {},
		"WHERE proto = 'unix'":                                                              {Unix: true},
		"WHERE (proto = 'unix' OR local_port > 0)\n   AND proto IN ('tcp', 'udp', 'unix')":  {Unix: true, IPv4: true, IPv6: true},
		"WHERE (proto IN ('packet', 'raw') OR local_port > 0)\n   AND proto IN ('packet', ": {Protocols: []string{"packet", "raw", "vsock"}},
	} {
		if sql, err := l.SQL(); err != nil || !strings.Contains(sql, want) {
			t.Errorf("%+v: %s, %v", l, sql, err)
		}
	}
	for _, bad := range []Listing{{Ports: []string{"a"}}, {Ports: []string{"1-"}}, {Ports: []string{"70000"}}, {Ports: []string{"-1"}}, {Ports: []string{"9-8"}}, {Ports: []string{""}}, {Protocols: []string{"spx"}}} {
		if _, err := bad.SQL(); err == nil {
			t.Errorf("%+v: no error", bad)
		}
	}
}
