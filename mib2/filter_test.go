package mib2

import (
	"net/netip"
	"testing"
)

func TestFilterText(t *testing.T) {
	var many []PortRange
	for port := uint16(10); port < 120; port += 10 {
		many = append(many, PortRange{port, port})
	}
	but := func(without State) (states []State) {
		for _, s := range States {
			if s != without {
				states = append(states, s)
			}
		}
		return states
	}
	for _, c := range []struct {
		f    Filter
		want string
	}{
		{Filter{}, ""},
		{Filter{States: []State{Listen}, LocalPorts: []PortRange{{22, 22}, {8000, 8099}}, Families: []Family{Inet6}, Parts: PartTimer},
			"LISTEN, local ports 22,8000-8099, inet6, with timers"},
		{Filter{States: []State{Established, Listen}, RemotePorts: []PortRange{{443, 443}}}, "LISTEN,ESTABLISHED, remote port 443"},
		{Filter{States: but(TimeWait)}, "not TIME_WAIT"},
		{Filter{States: States}, ""},
		{Filter{States: []State{}}, "no state"},
		{Filter{States: []State{0}}, "no state"},
		{Filter{Families: []Family{}}, "no family"},
		{Filter{Families: Families}, "inet,inet6,unix,packet,netlink,vsock,xdp"},
		{Filter{LocalPorts: []PortRange{}}, "no local port"},
		{Filter{LocalPorts: []PortRange{{9, 3}}}, "no local port"},
		{Filter{LocalPorts: []PortRange{{0, 65535}}}, ""},
		{Filter{LocalPorts: []PortRange{{5, 9}, {1, 4}}}, "local ports 1-9"},
		{Filter{LocalPorts: many}, "local ports 10,20,30,40,50,60,70,80,and 3 more"},
		{Filter{Parts: PartTimer | PartInfo | PartMem}, "with timers,info,memory"},
		{Filter{Parts: PartControl}, "with congestion control"},
	} {
		if got := c.f.String(); got != c.want {
			t.Errorf("%q instead of %q", got, c.want)
		}
	}
}

// someProtocols are those of some: more of them would only change the counts of someFilters.
var someProtocols = []Protocol{UDP, TCP, Unix}

// some has a socket of these protocols in every family and state, with and without ports.
func some() (rows []Socket) { return socketsOf(someProtocols) }

// socketsOf has the same of any protocols.
func socketsOf(protocols []Protocol) (rows []Socket) {
	for _, p := range protocols {
		for _, f := range p.Families() {
			for _, state := range p.States() {
				s := Socket{Proto: p, Family: f, State: state}
				if p == Unix {
					s.Unix = &UnixInfo{Type: Stream}
				}
				rows = append(rows, s)
				if p.Internet() && p.PortBits() > 0 {
					s.Local = netip.AddrPortFrom(netip.IPv6Unspecified(), 22)
					rows = append(rows, s)
					s.Remote = netip.AddrPortFrom(netip.IPv6Unspecified(), 1000)
					rows = append(rows, s)
				}
			}
		}
	}
	return rows
}

// someFilters are filters, and how many of some they let through.
var someFilters = []struct {
	f    Filter
	want int
}{
	{Filter{}, 2*3*4 + 2*3*14 + 4},
	{Filter{States: []State{Listen}}, 2*3 + 1},
	{Filter{States: []State{Unbound}}, 2*3 + 1},
	{Filter{States: []State{}}, 0},
	{Filter{Families: []Family{Local}}, 4},
	{Filter{Families: []Family{Inet}, States: []State{Established}}, 3},
	{Filter{Families: []Family{}}, 0},
	{Filter{LocalPorts: []PortRange{{22, 22}}}, 2*2*4 + 2*2*14},
	{Filter{LocalPorts: []PortRange{{0, 0}}}, 2*4 + 2*14 + 4},
	{Filter{LocalPorts: []PortRange{{9, 3}}}, 0},
	{Filter{LocalPorts: []PortRange{{22, 22}}, RemotePorts: []PortRange{{0, 0}}, States: []State{Listen, Connected}}, 2 + 2},
}

// Wants may not deny what Match lets through, and says no if the filter wants nothing.
func TestWantsAndMatch(t *testing.T) {
	rows := socketsOf(Protocols)
	for _, c := range someFilters {
		matched := map[Protocol]int{}
		n := 0
		for i := range rows {
			if c.f.Match(&rows[i]) {
				matched[rows[i].Proto]++
			}
		}
		for _, p := range someProtocols {
			n += matched[p]
		}
		if n != c.want {
			t.Errorf("%v: %d sockets instead of %d", c.f, n, c.want)
		}
		for _, p := range Protocols {
			if c.f.Wants(p) != (matched[p] > 0) {
				t.Errorf("%v: wants %v: %v, but %d match", c.f, p, c.f.Wants(p), matched[p])
			}
		}
	}
}

// A union lets through whatever one of its filters does, for whatever way of asking.
func TestUnion(t *testing.T) {
	filters := []Filter{
		{}, {Families: []Family{}}, {Families: []Family{Inet}, Parts: PartInfo}, {Families: []Family{Inet6}, States: []State{Listen}},
		{States: []State{}, Parts: PartMem}, {States: []State{Established, Listen}}, {LocalPorts: []PortRange{}},
		{LocalPorts: []PortRange{{80, 90}}}, {LocalPorts: []PortRange{{85, 99}}, RemotePorts: []PortRange{{0, 0}}},
	}
	var sockets []Socket
	for _, family := range []Family{Inet, Inet6} {
		for _, state := range []State{Listen, Established} {
			for _, port := range []uint16{80, 87, 95} {
				sockets = append(sockets, Socket{Family: family, State: state, Local: netip.AddrPortFrom(netip.Addr{}, port)})
			}
		}
	}
	if s := Union().String(); s != "" {
		t.Errorf("a union of nothing: %s", s)
	}
	for _, a := range filters {
		for _, b := range filters {
			u := Union(a, b)
			for _, s := range sockets {
				if (a.Match(&s) || b.Match(&s)) && !u.Match(&s) {
					t.Errorf("%s and %s give %s, which lacks %+v", a.String(), b.String(), u.String(), s)
				}
			}
			if u.Parts != a.Parts|b.Parts {
				t.Errorf("%s and %s give %s", a.String(), b.String(), u.String())
			}
		}
	}
	u := Union(filters[7], filters[8])
	if s := u.String(); s != "local ports 80-99" {
		t.Errorf("ranges that touch: %s", s)
	}
}
