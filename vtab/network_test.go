package vtab

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"sockstat/mib2"
	"sockstat/proc"
)

// rowNetwork is a network made of rows. An error comes with them.
type rowNetwork struct {
	interfaces []mib2.Interface
	addresses  []mib2.Address
	routes     []mib2.Route
	counters   []mib2.Counter
	settings   []mib2.Setting
	err        error
	asked      []string
}

func (n *rowNetwork) Interfaces(context.Context) ([]mib2.Interface, error) {
	n.asked = append(n.asked, "interfaces")
	return n.interfaces, n.err
}

func (n *rowNetwork) Addresses(context.Context) ([]mib2.Address, error) { return n.addresses, n.err }
func (n *rowNetwork) Routes(context.Context) ([]mib2.Route, error)      { return n.routes, n.err }
func (n *rowNetwork) Counters(context.Context) ([]mib2.Counter, error)  { return n.counters, n.err }

func (n *rowNetwork) Settings(_ context.Context, wanted func(string) bool) (rows []mib2.Setting, err error) {
	for _, s := range n.settings {
		if wanted(s.Name) {
			n.asked = append(n.asked, s.Name)
			rows = append(rows, s)
		}
	}
	return rows, n.err
}

// groupRows are groups made of rows.
type groupRows []proc.Group

func (g groupRows) Groups() ([]proc.Group, error) { return g, nil }

// networkMachine returns a machine whose network and files of names are known.
func networkMachine() (*Machine, *rowNetwork) {
	ip, prefix := netip.MustParseAddr, netip.MustParsePrefix
	n := &rowNetwork{
		interfaces: []mib2.Interface{
			{Index: 2, Name: "eth0", Alias: "uplink", Type: "ether", Kind: "veth", MAC: "02:00:00:00:00:01", MTU: 1500, State: "UP",
				Flags: "UP,RUNNING", Master: 3, Link: 9, LinkOutside: true, Promiscuity: 2, Qdisc: "noqueue", HasStats: true,
				Stats: mib2.InterfaceStats{RxPackets: 1, TxPackets: 2, RxBytes: 3, TxBytes: 4, RxErrors: 5, TxErrors: 6, RxDropped: 7, TxDropped: 8, Multicast: 9, Collisions: 10}},
			{Index: 3, Name: "br0", Master: 99},
			{Index: 4},
		},
		addresses: []mib2.Address{
			{Interface: 2, Prefix: prefix("192.0.2.1/24"), Peer: ip("192.0.2.9"), Broadcast: ip("192.0.2.255"), Flags: "dynamic", Label: "eth0:1", Valid: 60, Preferred: 0},
			{Interface: 77, Prefix: prefix("fe80::1/64"), Valid: mib2.Forever, Preferred: mib2.Forever},
		},
		routes: []mib2.Route{
			{Destination: prefix("0.0.0.0/0"), Gateway: ip("192.0.2.254"), Interface: 2, Source: ip("192.0.2.1"), Metric: 100, Table: "main",
				Type: "unicast", Protocol: "dhcp", Scope: "global", Flags: "onlink", MTU: 1400, Weight: 2},
			{Destination: prefix("2001:db8::/32"), Table: "7", Type: "blackhole"},
		},
		counters: []mib2.Counter{{Protocol: "Tcp", Name: "MaxConn", Value: -1}},
		settings: []mib2.Setting{{Name: "net.core.somaxconn", Value: "4096"}, {Name: "net.ipv4.ip_local_port_range", Value: "32768 60999"}, {Name: "net.x"}},
	}
	m, _, _ := rowMachine()
	m.Network, m.Groups = n, groupRows{{Name: "adm", GID: 4, Members: []string{"a", "b"}}, {Name: "x", GID: 5}}
	m.Services = func() ([]mib2.Service, error) {
		return []mib2.Service{{Name: "http", Port: 80, Protocol: "tcp", Aliases: []string{"www", "web"}, Comment: "WWW"}, {Name: "ntp", Port: 123, Protocol: "udp"}}, nil
	}
	return m, n
}

// Every column of the tables beside sockets and processes.
func TestColumnsOfCompanions(t *testing.T) {
	m, _ := networkMachine()
	db := openMachine(t, m)
	for _, row := range []struct{ table, condition, want string }{
		{"interfaces", "ifindex = 2", `name=eth0 ifindex=2 type=ether kind=veth alias=uplink mac=02:00:00:00:00:01 mtu=1500 state=UP flags=UP,RUNNING
			promiscuity=2 master=br0 link_ifindex=9 link_outside=1 qdisc=noqueue rx_bytes=3 rx_packets=1 rx_errors=5 rx_drops=7 tx_bytes=4 tx_packets=2
			tx_errors=6 tx_drops=8 multicast=9 collisions=10 zone=here`},
		{"interfaces", "ifindex = 3", `name=br0 ifindex=3 type=- kind=- alias=- mac=- mtu=- state=- flags=- promiscuity=- master=99 link_ifindex=- link_outside=-
			qdisc=- rx_bytes=- rx_packets=- rx_errors=- rx_drops=- tx_bytes=- tx_packets=- tx_errors=- tx_drops=- multicast=- collisions=- zone=here`},
		{"addresses", "ifindex = 2", `address=192.0.2.1 prefix_len=24 network=192.0.2.0/24 family=inet interface=eth0 ifindex=2 scope=public peer=192.0.2.9
			broadcast=192.0.2.255 label=eth0:1 flags=dynamic valid_s=60 preferred_s=0 zone=here`},
		{"addresses", "ifindex = 77", `address=fe80::1 prefix_len=64 network=fe80::/64 family=inet6 interface=77 ifindex=77 scope=link peer=-
			broadcast=- label=- flags=- valid_s=- preferred_s=- zone=here`},
		{"routes", "ifindex = 2", `destination=0.0.0.0/0 gateway=192.0.2.254 interface=eth0 ifindex=2 source=192.0.2.1 metric=100 family=inet routing_table=main
			type=unicast proto=dhcp scope=global flags=onlink mtu=1400 weight=2 zone=here`},
		{"routes", "ifindex IS NULL", `destination=2001:db8::/32 gateway=- interface=- ifindex=- source=- metric=0 family=inet6 routing_table=7
			type=blackhole proto=- scope=- flags=- mtu=- weight=- zone=here`},
		{"netstats", "1", "protocol=Tcp name=MaxConn value=- zone=here"},
		{"sysctls", "name = 'net.core.somaxconn'", "name=net.core.somaxconn value=4096 number=4096 zone=here"},
		{"sysctls", "name LIKE '%port_range'", "name=net.ipv4.ip_local_port_range value=32768+60999 number=- zone=here"},
		{"sysctls", "name = 'net.x'", "name=net.x value=- number=- zone=here"},
		{"services", "port = 80", "name=http port=80 proto=tcp aliases=www+web comment=WWW"},
		{"services", "port = 123", "name=ntp port=123 proto=udp aliases=- comment=-"},
		{"groups", "gid = 4", "name=adm gid=4 members=a,b"},
		{"groups", "gid = 5", "name=x gid=5 members=-"},
	} {
		checkRow(t, db, row.table, row.condition, row.want)
	}
}

// What a statement does not want is not read.
func TestWhatIsAskedOfTheNetwork(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT address FROM addresses":                                           "",
		"SELECT interface FROM addresses":                                         "interfaces",
		"SELECT name FROM interfaces":                                             "interfaces",
		"SELECT name FROM interfaces WHERE zone = 'elsewhere'":                    "",
		"SELECT 1 FROM sysctls WHERE name = 'net.core.somaxconn'":                 "net.core.somaxconn",
		"SELECT 1 FROM sysctls WHERE name = 'NET.X'":                              "net.x",
		"SELECT 1 FROM sysctls WHERE name IN ('net.x', 'none') AND zone = 'here'": "net.x",
	} {
		m, n := networkMachine()
		query(t, openMachine(t, m), "%s", sql)
		if got := strings.Join(n.asked, " "); got != want {
			t.Errorf("%s: asked for %q instead of %q", sql, got, want)
		}
	}
}

// What a system does not tell, or not for sure, is said; what fails is an error.
func TestNetworkNotices(t *testing.T) {
	for _, test := range []struct {
		err    error
		notice string
	}{
		{mib2.ErrChanged, "some rows may be missing or old: it changed while it was read"},
		{mib2.ErrNotTold, "nothing is shown: this is not read on this system"},
		{os.ErrPermission, "nothing is shown: permission denied"},
	} {
		m, n := networkMachine()
		n.err = test.err
		db := openMachine(t, m)
		notices := warnings(db)
		query(t, db, "SELECT count(*) FROM routes")
		if !slices.Equal(*notices, []string{test.notice}) {
			t.Errorf("%v: noted %q", test.err, *notices)
		}
	}
	m, n := networkMachine()
	n.err = errors.New("broken")
	if err := fails(t, openMachine(t, m), "SELECT * FROM routes"); !errors.Is(err, n.err) {
		t.Error(err)
	}
}

// Columns are described as SQLite has them.
func TestColumnCatalog(t *testing.T) {
	db := openMachine(t, &Machine{})
	equal(t, query(t, db, `SELECT t.name FROM sockstat_tables t WHERE t.columns <> (SELECT count(*) FROM sockstat_columns c WHERE c.table_name = t.name)`))
	equal(t, query(t, db, `SELECT c.table_name, c.name, p.type FROM sockstat_columns c LEFT JOIN pragma_table_xinfo(c.table_name) p ON p.cid = c.number
		WHERE p.name IS NOT c.name OR p.type IS NOT c.type OR c.doc = ''`))
	equal(t, query(t, db, "SELECT one_of FROM sockstat_columns WHERE table_name = 'addresses' AND name = 'scope'"), "any,loopback,link,private,public")
	equal(t, query(t, db, "SELECT type, one_of FROM sockstat_columns WHERE table_name = 'sockstat_columns' AND name = 'number'"), "INTEGER -")
}
