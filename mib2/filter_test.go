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

// some has a socket of every protocol, family and state, with and without ports.
func some() (rows []Socket) {
	for _, p := range Protocols {
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

// someFilters are filters, and how many of some they let through. The internet protocols with
// ports have 54 states, the others come to 20 rows, of which 6 are of vsock.
var someFilters = []struct {
	f    Filter
	want int
}{
	{Filter{}, 2*3*54 + 20},
	{Filter{States: []State{Listen}}, 4*2*3 + 2},
	{Filter{States: []State{Unbound}}, 3*2*3 + 4},
	{Filter{States: []State{}}, 0},
	{Filter{Families: []Family{Local}}, 4},
	{Filter{Families: []Family{Inet}, States: []State{Established}}, 4 * 3},
	{Filter{Families: []Family{}}, 0},
	{Filter{LocalPorts: []PortRange{{22, 22}}}, 2*2*54 + 6},
	{Filter{LocalPorts: []PortRange{{0, 0}}}, 2*54 + 20},
	{Filter{LocalPorts: []PortRange{{9, 3}}}, 6},
	{Filter{LocalPorts: []PortRange{{22, 22}}, RemotePorts: []PortRange{{0, 0}}, States: []State{Listen, Connected}}, 4*2 + 3*2 + 1},
}

// Wants may not deny what Match lets through, and says no if the filter wants nothing.
func TestWantsAndMatch(t *testing.T) {
	rows := some()
	for _, c := range someFilters {
		matched := map[Protocol]int{}
		n := 0
		for i := range rows {
			if c.f.Match(&rows[i]) {
				matched[rows[i].Proto]++
				n++
			}
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
