package mib2

import (
	"net/netip"
	"testing"
)

func TestSetAddresses(t *testing.T) {
	for _, c := range []struct {
		family        Family
		local, remote string
		want          string
	}{
		{Inet, "127.0.0.1:80", "0.0.0.0:0", "inet 127.0.0.1:80 invalid AddrPort"},
		{Inet, "0.0.0.0:80", "0.0.0.0:9", "inet 0.0.0.0:80 0.0.0.0:9"},
		{Inet, "127.0.0.1:80", "127.0.0.1:0", "inet 127.0.0.1:80 127.0.0.1:0"},
		{Inet6, "[::]:80", "[::]:0", "inet6 [::]:80 invalid AddrPort"},
		{Inet6, "[::1]:80", "[::1]:9", "inet6 [::1]:80 [::1]:9"},
		{Inet6, "[::ffff:127.0.0.1]:80", "[::]:0", "inet 127.0.0.1:80 invalid AddrPort mapped"},
		{Inet6, "[::ffff:127.0.0.1]:80", "[::ffff:127.0.0.2]:9", "inet 127.0.0.1:80 127.0.0.2:9 mapped"},
		{Inet6, "[::]:80", "[::ffff:127.0.0.2]:9", "inet 0.0.0.0:80 127.0.0.2:9 mapped"},
		{Inet6, "[::ffff:127.0.0.1]:80", "[::1]:9", "inet6 [::ffff:127.0.0.1]:80 [::1]:9"},
		{Inet6, "[::1]:80", "[::ffff:127.0.0.2]:9", "inet6 [::1]:80 [::ffff:127.0.0.2]:9"},
		{Inet6, "[::ffff:0.0.0.0]:80", "[::]:0", "inet 0.0.0.0:80 invalid AddrPort mapped"},
	} {
		s := Socket{Proto: TCP, State: Listen}
		s.setAddresses(c.family, netip.MustParseAddrPort(c.local), netip.MustParseAddrPort(c.remote))
		got := s.Family.String() + " " + s.Local.String() + " " + s.Remote.String()
		if s.V4Mapped {
			got += " mapped"
		}
		if got != c.want {
			t.Errorf("%v %s %s: got %s, want %s", c.family, c.local, c.remote, got, c.want)
		}
	}
}

func TestLinuxStates(t *testing.T) {
	local, remote := netip.MustParseAddrPort("127.0.0.1:1"), netip.MustParseAddrPort("127.0.0.1:2")
	for _, proto := range Protocols {
		for _, l := range []netip.AddrPort{local, {}} {
			for _, r := range []netip.AddrPort{remote, {}} {
				for number := range uint8(20) {
					s := Socket{Proto: proto, Local: l, Remote: r}
					s.setLinuxState(number)
					checkAsked(t, s, number)
				}
			}
		}
	}
	if s := (Socket{Proto: TCP, Local: local}); true {
		if s.setLinuxState(linuxClose); s.State != Bound {
			t.Errorf("bound: %v", s.State)
		}
	}
	if linuxStates(TCP, []State{Idle, Unbound, Connected}) != 0 || linuxStates(UDP, []State{Listen}) != 0 {
		t.Error("states of the other protocol are asked for")
	}
}

// checkAsked makes sure that a socket is asked for by the state that it is given. A
// bound one is dumped as closed, but asked for by its own number.
func checkAsked(t *testing.T, s Socket, number uint8) {
	t.Helper()
	asked := linuxStates(s.Proto, []State{s.State})
	if s.State != 0 && asked&(1<<number) == 0 && s.State != Bound {
		t.Errorf("%v number %d is %v, but that asks for %b", s.Proto, number, s.State, asked)
	}
}
