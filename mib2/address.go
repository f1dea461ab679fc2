package mib2

import "net/netip"

// SetAddresses gives a socket its addresses and what follows from them: its family,
// whether it has a peer, and IPv4 addresses for IPv4-mapped ones. family is what the
// kernel says the socket is.
func (s *Socket) SetAddresses(family Family, local, remote netip.AddrPort) {
	s.Family, s.V4Mapped, s.Local, s.Remote = family, false, local, remote
	peer := remote.Port() != 0 || !remote.Addr().IsUnspecified()
	if !peer {
		s.Remote = netip.AddrPort{}
	}
	if family != Inet6 {
		return
	}
	mapped := local.Addr().Is4In6()
	if peer {
		// A connection from :: to a mapped address is one of IPv4 that has not
		// chosen its own address.
		mapped = remote.Addr().Is4In6() && (mapped || local.Addr().IsUnspecified())
	}
	if mapped {
		s.fold(peer)
	}
}

// fold replaces IPv4-mapped addresses by the IPv4 addresses they stand for.
func (s *Socket) fold(peer bool) {
	s.Family, s.V4Mapped = Inet, true
	addr := s.Local.Addr().Unmap()
	if addr.Is6() {
		addr = netip.IPv4Unspecified()
	}
	s.Local = netip.AddrPortFrom(addr, s.Local.Port())
	if peer {
		s.Remote = netip.AddrPortFrom(s.Remote.Addr().Unmap(), s.Remote.Port())
	}
}

// ListensOnAny reports whether a socket is an IPv6 one bound to :: without a peer:
// one of which it matters whether it takes IPv4 too.
func (s *Socket) ListensOnAny() bool {
	return s.Family == Inet6 && !s.Remote.IsValid() && s.Local.Addr().IsUnspecified()
}
