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
		s.SetAddresses(c.family, netip.MustParseAddrPort(c.local), netip.MustParseAddrPort(c.remote))
		got := s.Family.String() + " " + s.Local.String() + " " + s.Remote.String()
		if s.V4Mapped {
			got += " mapped"
		}
		if got != c.want {
			t.Errorf("%v %s %s: got %s, want %s", c.family, c.local, c.remote, got, c.want)
		}
	}
}
