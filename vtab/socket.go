package vtab

import (
	"net"
	"net/netip"
	"sync"

	"sockstat/mib2"
	"sockstat/proc"
	"sockstat/vtab/engine"
)

// socket is a row of sockets, tcp and udp: a socket of the kernel, where it was found, and
// in sockets who holds it.
type socket struct {
	*mib2.Socket                  // in the batch it was read in
	unix         *mib2.UnixSocket // nil for internet sockets; what both have is in Socket too
	where        *place
	holder       *holder // nil if there is none
	ends         ends    // set if partEnds was asked for
	fd           int32
	status       ownerStatus
}

// place is what sockets that were read together share.
type place struct {
	zone       string
	interfaces func() map[uint32]string // names by index
	hidden     func()                   // tells the user that holders are hidden; nil where none are looked for
}

// newPlace returns the caller's own zone.
func newPlace(q *engine.Query) (*place, error) {
	p := &place{interfaces: sync.OnceValue(interfaceNames)}
	if mib2.Replaying() { // zones and interfaces are those of another machine
		p.interfaces = func() map[uint32]string { return nil }
		return p, nil
	}
	if q.Uses("zone") {
		zone, err := proc.OwnZone()
		if err != nil {
			return nil, err
		}
		p.zone = zone.Name
	}
	return p, nil
}

// interfaceNames returns the names of the network interfaces by index. A scope that has
// no name is shown as its number, so an error takes nothing away.
func interfaceNames() map[uint32]string {
	names := map[uint32]string{}
	interfaces, _ := net.Interfaces()
	for _, i := range interfaces {
		names[uint32(i.Index)] = i.Name
	}
	return names
}

// identityColumns say which socket it is.
var identityColumns = []engine.Column[socket]{
	{Name: "proto", Type: engine.Text, Pushed: true,
		Doc: "Protocol: tcp, udp or unix",
		Get: func(s *socket) engine.Value { return engine.Static(s.Proto.String()) }},
	{Name: "family", Type: engine.Text, Pushed: true,
		Doc: "Address family of the addresses shown: inet, inet6 or unix",
		Get: func(s *socket) engine.Value { return engine.Static(s.Family.String()) }},
	{Name: "label", Type: engine.Text, Pushed: true,
		Doc: "Protocol and IP versions it takes: tcp4 tcp6 tcp46 udp4 udp6 udp46; unix: stream dgram seqpac",
		Get: func(s *socket) engine.Value { return engine.Static(s.label()) }},
	{Name: "state", Type: engine.Text, Pushed: true,
		Doc: "LISTEN, SYN_SENT, ESTABLISHED, TIME_WAIT and others; UDP: UNBOUND, IDLE, CONNECTED; unix: BOUND too",
		Get: func(s *socket) engine.Value { return engine.Static(s.State.String()) }},
	{Name: "local_address", Type: engine.Text, Part: partEnds,
		Doc: "Local address; 0.0.0.0 or :: takes any; unix: the path, @ first if abstract",
		Get: func(s *socket) engine.Value { return s.localAddress() }},
	{Name: "local_port", Type: engine.Integer, Pushed: true,
		Doc: "Local port; NULL if not bound",
		Get: func(s *socket) engine.Value { return engine.NonZero(s.Local.Port()) }},
	{Name: "remote_address", Type: engine.Text, Part: partEnds,
		Doc: "Address of the peer; NULL without one; unix: its path",
		Get: func(s *socket) engine.Value { return s.remoteAddress() }},
	{Name: "remote_port", Type: engine.Integer, Pushed: true,
		Doc: "Port of the peer; NULL without one",
		Get: func(s *socket) engine.Value { return engine.NonZero(s.Remote.Port()) }},
	{Name: "local", Type: engine.Text, Part: partEnds,
		Doc: "Local address and port in one, address:port; NULL if not bound; unix: the path",
		Get: func(s *socket) engine.Value { return s.localEnd() }},
	{Name: "remote", Type: engine.Text, Part: partEnds,
		Doc: "Address and port of the peer in one, address:port; NULL without one; unix: its path",
		Get: func(s *socket) engine.Value { return s.remoteEnd() }},
	{Name: "interface", Type: engine.Text,
		Doc: "Interface it is bound to, or scope of its address; NULL if none",
		Get: func(s *socket) engine.Value { return interfaceName(s) }},
}

// kernelColumns are what else the kernel tells of any socket.
var kernelColumns = []engine.Column[socket]{
	{Name: "uid", Type: engine.Integer,
		Doc: "User id of its owner as the kernel records it; NULL in TIME_WAIT, on illumos, and for 0 without a file",
		Get: func(s *socket) engine.Value { return unless(!s.hasUID(), s.UID) }},
	{Name: "zone", Type: engine.Text, Pushed: true,
		Doc: "Zone it lives in, on Linux the network namespace; joins zones.name",
		Get: func(s *socket) engine.Value { return s.zone() }},
	{Name: "recv_q", Type: engine.Integer,
		Doc: "Bytes received that the process has not read; NULL for listeners",
		Get: func(s *socket) engine.Value { return unless(s.queueless() || s.listening(), s.RecvQ) }},
	{Name: "send_q", Type: engine.Integer,
		Doc: "Bytes sent that the peer has not acknowledged; NULL for listeners",
		Get: func(s *socket) engine.Value { return unless(s.queueless() || s.listening(), s.SendQ) }},
	{Name: "backlog", Type: engine.Integer,
		Doc: "Connections that wait for accept; NULL unless a listener",
		Get: func(s *socket) engine.Value { return unless(s.queueless() || !s.listening(), s.RecvQ) }},
	{Name: "backlog_max", Type: engine.Integer,
		Doc: "Most connections that may wait for accept; NULL unless a listener, or if not known",
		Get: func(s *socket) engine.Value {
			return unless(s.queueless() || !s.listening() || s.NoBacklogMax, s.SendQ)
		}},
	{Name: "inode", Type: engine.Integer,
		Doc: "Inode of the socket; NULL if no file refers to it",
		Get: func(s *socket) engine.Value { return nonZero64(s.Inode) }},
	{Name: "cookie", Type: engine.Integer,
		Doc: "Number that the kernel gives to no other socket; NULL if not known",
		Get: func(s *socket) engine.Value { return nonZero64(s.Cookie) }},
	{Name: "v4mapped", Type: engine.Integer,
		Doc: "1 if it is an IPv6 socket that talks IPv4: its addresses are shown as IPv4",
		Get: func(s *socket) engine.Value { return engine.Bool(s.V4Mapped) }},
	{Name: "scope", Type: engine.Text,
		Doc: "Reach of the local address: any, loopback, link, private or public",
		Get: func(s *socket) engine.Value { return scope(s.Local) }},
	{Name: "remote_scope", Type: engine.Text,
		Doc: "Reach of the peer's address; NULL without one",
		Get: func(s *socket) engine.Value { return scope(s.Remote) }},
	{Name: "creator", Type: engine.Integer,
		Doc: "Process that created it, on illumos; it may have ended or passed it on; NULL if not known",
		Get: func(s *socket) engine.Value { return engine.NonZero(s.creator()) }},
	{Name: "created_ticks", Type: engine.Integer,
		Doc: "When it was created, on illumos, in clock ticks since the boot; NULL if not known",
		Get: func(s *socket) engine.Value {
			if s.Origin == nil {
				return engine.Null()
			}
			return nonZero64(s.Origin.Created)
		}},
}

// labels are the values of label by protocol, then by IP versions: 4, 6, both.
var labels = [...][3]string{
	mib2.TCP: {"tcp4", "tcp6", "tcp46"},
	mib2.UDP: {"udp4", "udp6", "udp46"},
}

func (s *socket) label() string {
	if s.unix != nil {
		return unixLabels[s.unix.Type]
	}
	versions := 0
	switch {
	case s.Dual:
		versions = 2
	case s.Family == mib2.Inet6:
		versions = 1
	}
	return labels[s.Proto][versions]
}

// interfaceName returns the name of a socket's interface, its index if it has none.
func interfaceName(s *socket) engine.Value {
	if s.Interface == 0 {
		return engine.Null()
	}
	if name := s.where.interfaces()[s.Interface]; name != "" {
		return engine.String(name)
	}
	return engine.String(engine.Int(s.Interface).String())
}

// scope classifies an address: RFC 4291 and its IPv4 likes, RFC 1918, RFC 4193, and the
// shared address space of RFC 6598 counted as private.
func scope(a netip.AddrPort) engine.Value {
	ip := a.Addr()
	switch {
	case !ip.IsValid():
		return engine.Null()
	case ip.IsUnspecified():
		return engine.Static("any")
	case ip.IsLoopback():
		return engine.Static("loopback")
	case ip.IsLinkLocalUnicast(), ip.IsLinkLocalMulticast(), ip == broadcast:
		return engine.Static("link")
	case ip.IsPrivate(), shared.Contains(ip):
		return engine.Static("private")
	}
	return engine.Static("public")
}

var (
	broadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})
	shared    = netip.MustParsePrefix("100.64.0.0/10")
)

// hasUID reports whether the kernel knows the owner. Of a socket without a file, or with
// none yet, it says 0 where it does not.
func (s *socket) hasUID() bool {
	if s.unix != nil {
		return s.unix.HasUID
	}
	return s.State != mib2.TimeWait && s.Origin == nil && (s.Inode != 0 || s.UID != 0)
}

// unless returns n, or NULL if it does not apply.
func unless(not bool, n uint32) engine.Value {
	if not {
		return engine.Null()
	}
	return engine.Int(n)
}

func nonZero64(n uint64) engine.Value {
	if n == 0 {
		return engine.Null()
	}
	return engine.Uint(n)
}
