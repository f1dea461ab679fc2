package vtab

import (
	"fmt"
	"strconv"
	"strings"

	"sockstat/mib2"
	"sockstat/vtab/table"
)

// otherEnds reports whether the ends of a socket are shown otherwise than as an internet
// address and a port, or a path.
func (s *socket) otherEnds() bool {
	return s.Special != nil && (s.Special.Raw != nil || s.Family != mib2.Inet && s.Family != mib2.Inet6) || s.Proto == mib2.ICMP
}

// kernelOwn reports whether a socket is known to be the kernel's own, so that no process holds
// it: its end of netlink.
func (s *socket) kernelOwn() bool {
	return s.Special != nil && s.Special.Netlink != nil && s.Special.Netlink.PortID == 0
}

// localPort returns the local port, NULL without one.
func (s *socket) localPort() table.Value {
	if s.Special != nil && s.Special.Vsock != nil {
		return known(uint64(s.Special.Vsock.Port), uint64(mib2.AnyVsock))
	}
	return table.NonZero(s.Local.Port())
}

// remotePort returns the port of the peer, NULL without one.
func (s *socket) remotePort() table.Value {
	if s.Special != nil && s.Special.Vsock != nil {
		return known(uint64(s.Special.Vsock.PeerPort), uint64(mib2.AnyVsock))
	}
	return table.NonZero(s.Remote.Port())
}

// otherLocalAddress returns the internet address, or the number of the machine for vsock.
func (s *socket) otherLocalAddress() table.Value {
	switch {
	case s.Special != nil && s.Special.Vsock != nil:
		return vsockAddress(s.Special.Vsock.CID, s.Special.Vsock.Port)
	case s.Local.IsValid():
		return table.String(string(appendAddress(nil, s.Local.Addr())))
	}
	return table.Null()
}

func (s *socket) otherRemoteAddress() table.Value {
	switch {
	case s.Special != nil && s.Special.Vsock != nil:
		return vsockAddress(s.Special.Vsock.PeerCID, s.Special.Vsock.PeerPort)
	case s.Remote.IsValid():
		return table.String(string(appendAddress(nil, s.Remote.Addr())))
	}
	return table.Null()
}

// vsockAddress returns the number of a machine, "*" for any, NULL without a port: of what is
// not bound or has no peer.
func vsockAddress(cid, port uint32) table.Value {
	switch {
	case port == mib2.AnyVsock:
		return table.Null()
	case cid == mib2.AnyVsock:
		return table.Static("*")
	}
	return table.String(strconv.FormatUint(uint64(cid), 10))
}

// otherLocal returns the local end in the way of ss: address and protocol of a raw socket,
// address and identifier of ICMP, protocol and interface of a packet socket, protocol and port of netlink, interface and queue
// of XDP, machine and port of vsock.
func (s *socket) otherLocal() table.Value {
	sp := s.Special
	switch {
	case sp == nil && s.Local.Port() == 0:
		return table.Null()
	case sp == nil:
		return joined(s.otherLocalAddress(), s.localPort())
	case sp.Raw != nil:
		return joined(s.otherLocalAddress(), rawProtocol(s))
	case sp.Packet != nil:
		return joined(ethertype(s), orAny(interfaceName(s)))
	case sp.Netlink != nil:
		return joined(netlinkProtocol(sp.Netlink.Protocol), table.Int(sp.Netlink.PortID))
	case sp.XDP != nil && s.Interface != 0:
		return joined(interfaceName(s), table.String(fmt.Sprintf("q%d", sp.XDP.Queue)))
	case sp.Vsock != nil && s.State != mib2.Unbound:
		return joined(s.otherLocalAddress(), s.localPort())
	}
	return table.Null()
}

// otherRemote returns the remote end, NULL without a peer. There is no port at that end of raw
// sockets and ICMP.
func (s *socket) otherRemote() table.Value {
	sp := s.Special
	switch {
	case s.Remote.IsValid():
		return joined(s.otherRemoteAddress(), table.Static("*"))
	case sp == nil:
		return table.Null()
	case sp.Netlink != nil && s.State == mib2.Connected:
		return joined(netlinkProtocol(sp.Netlink.Protocol), table.Int(sp.Netlink.DstPortID))
	case sp.Vsock != nil && sp.Vsock.PeerPort != mib2.AnyVsock:
		return joined(s.otherRemoteAddress(), s.remotePort())
	}
	return table.Null()
}

// joined returns an address and what stands for its port in one.
func joined(address, port table.Value) table.Value {
	return table.String(address.String() + ":" + port.String())
}

// orAny returns "*" for NULL.
func orAny(v table.Value) table.Value {
	if v.IsNull() {
		return table.Static("*")
	}
	return v
}

// typeColumn says how a socket takes its data.
var typeColumn = table.Column[socket]{Name: "type", Type: table.Text,
	Doc: "stream, dgram, seqpacket or raw",
	Get: func(s *socket) table.Value {
		if s.Special == nil || s.Special.Type == 0 {
			return table.Null()
		}
		return table.String(s.Special.Type.String())
	}}

// flagNames returns the names of the bits that are set, in their order.
func flagNames(bits uint32, names []string) table.Value {
	var set []string
	for i, name := range names {
		if bits&(1<<i) != 0 {
			set = append(set, name)
		}
	}
	return table.NonEmpty(strings.Join(set, " "))
}
