package vtab

import (
	"net"
	"net/netip"
	"sync"

	"sockstat/mib2"
	"sockstat/vtab/table"
)

// socket is a row of sockets and of the protocols' tables: a socket of the kernel, where it
// was found, and in sockets who holds it.
type socket struct {
	*mib2.Socket // in the batch it was read in
	where        *place
	holder       *holder // nil if there is none
	ends         ends    // set if partEnds was asked for
	fd           int32
	status       ownerStatus
}

// Parts of a socket that its columns need.
const (
	partTimer table.Parts = 1 << iota
	partInfo
	partMem
	partControl
	partEnds // the texts of the two ends, which are made here
)

// kernelParts returns what the kernel has to be asked for.
func kernelParts(parts table.Parts) (asked mib2.Parts) {
	for part, of := range map[table.Parts]mib2.Parts{partTimer: mib2.PartTimer, partInfo: mib2.PartInfo, partMem: mib2.PartMem,
		partControl: mib2.PartControl} {
		if parts&part != 0 {
			asked |= of
		}
	}
	return asked
}

// place is what sockets that were read together share.
type place struct {
	zone       string                   // "" if not known
	interfaces func() map[uint32]string // names by index
	cgroups    func() map[uint64]string // paths of control groups by id; nil if there are none
	hidden     *hiddenHolders           // nil where no holders are looked for, or all are known
	mptcp      *subflows                // nil if not known, or not asked for

	// Of sockets that are in no table of the kernel, whose Proto is 0:
	proto table.Value // of the socket's own; NULL if not known
	noUID bool
}

// newPlace returns the caller's own zone.
func (m *Machine) newPlace(q *table.Query) (*place, error) {
	p := &place{interfaces: sync.OnceValue(func() map[uint32]string { return m.interfaces(q) })}
	if m.Cgroups != nil {
		p.cgroups = sync.OnceValue(m.Cgroups)
	}
	if q.Uses("zone") {
		zone, err := m.ownZoneAt(q.Moment())
		if isUnseen(err) {
			noteUnseen(q, "the zone of sockets is", err)
		} else if err != nil {
			return nil, err
		}
		p.zone = zone.Name
	}
	return p, nil
}

// interfaceNames returns the names of the network interfaces by index, nil if they cannot be
// read.
func interfaceNames() map[uint32]string {
	names := map[uint32]string{}
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil
	}
	for _, i := range interfaces {
		names[uint32(i.Index)] = i.Name
	}
	return names
}

// identityColumns say which socket it is.
var identityColumns = []table.Column[socket]{
	{Name: "proto", Type: table.Text, Pushed: true,
		Doc:    "Protocol: udp tcp unix udplite sctp smc raw icmp packet netlink vsock xdp; mptcp in its own table; of a socket that is in no table of the kernel any other too, NULL if not known",
		Values: textsOf(mib2.Protocols), Get: func(s *socket) table.Value {
			if s.isUnlisted() {
				return s.where.proto
			}
			return table.Static(s.Proto.String())
		}},
	{Name: "family", Type: table.Text, Pushed: true,
		Doc:    "Address family of the addresses shown: inet inet6 unix packet netlink vsock xdp",
		Values: textsOf(mib2.Families), Get: func(s *socket) table.Value { return s.ifListed(s.Family.String()) }},
	{Name: "label", Type: table.Text, Pushed: true,
		Doc: "Protocol and IP versions it takes: tcp4 tcp6 tcp46 udp4 udp6 udp46 " +
			"udplite4 udplite6 udplite46 sctp4 sctp6 sctp46 mptcp4 mptcp6 mptcp46 smc4 smc6 raw4 raw6 icmp4 icmp6; " +
			"unix: stream dgram seqpac; packet netlink vsock xdp",
		Values: labelsOf(mib2.Protocols), Get: func(s *socket) table.Value { return s.ifListed(s.Label()) }},
	{Name: "state", Type: table.Text, Pushed: true,
		Doc:    "LISTEN, SYN_SENT, ESTABLISHED, TIME_WAIT and others; UDP: UNBOUND, IDLE, CONNECTED; unix: BOUND too",
		Values: textsOf(mib2.States), Get: func(s *socket) table.Value { return s.ifListed(s.State.String()) }},
	{Name: "local_address", Type: table.Text, Part: partEnds,
		Doc: "Local address; 0.0.0.0 or :: takes any; unix: the path, @ first if abstract; vsock: the number of the machine; packet, netlink, xdp: NULL",
		Get: func(s *socket) table.Value { return s.localAddress() }},
	{Name: "local_port", Type: table.Integer, Pushed: true,
		Doc: "Local port; NULL if not bound",
		Get: func(s *socket) table.Value { return s.localPort() }},
	{Name: "remote_address", Type: table.Text, Part: partEnds,
		Doc: "Address of the peer; NULL without one; unix: its path",
		Get: func(s *socket) table.Value { return s.remoteAddress() }},
	{Name: "remote_port", Type: table.Integer, Pushed: true,
		Doc: "Port of the peer; NULL without one",
		Get: func(s *socket) table.Value { return s.remotePort() }},
	{Name: "local", Type: table.Text, Part: partEnds,
		Doc: "Local address and port in one, address:port or address%interface:port; NULL if not bound; unix: the path; raw: address:protocol, packet: ethertype:interface, netlink: protocol:portid, xdp: interface:queue",
		Get: func(s *socket) table.Value { return s.localEnd() }},
	{Name: "remote", Type: table.Text, Part: partEnds,
		Doc: "Address and port of the peer in one; with the interface if the address is link-local; NULL without one; unix: its path",
		Get: func(s *socket) table.Value { return s.remoteEnd() }},
	{Name: "interface", Type: table.Text,
		Doc: "Interface it is bound to, or scope of its address; NULL if none",
		Get: func(s *socket) table.Value { return interfaceName(s) }},
}

// kernelColumns are what else the kernel tells of any socket.
var kernelColumns = []table.Column[socket]{
	{Name: "uid", Type: table.Integer,
		Doc: "User id of its owner as the kernel records it; NULL in TIME_WAIT, on illumos, and for 0 without a file",
		Get: func(s *socket) table.Value { return unless(!s.hasUID(), s.UID) }},
	{Name: "zone", Type: table.Text, Pushed: true,
		Doc: "Zone it lives in, on Linux the network namespace; joins zones.name",
		Get: func(s *socket) table.Value { return s.zone() }},
	{Name: "recv_q", Type: table.Integer,
		Doc: "Bytes received that the process has not read (SIOCINQ); NULL for listeners and datagrams",
		Get: func(s *socket) table.Value {
			return unless(s.listening() || s.recvMeasure() != mib2.MeasureBytes, s.RecvQ)
		}},
	{Name: "send_q", Type: table.Integer,
		Doc: "Bytes sent that the peer has not acknowledged (SIOCOUTQ: a FIN is one); NULL for listeners, UDP and unix",
		Get: func(s *socket) table.Value {
			return unless(s.listening() || s.sendMeasure() != mib2.MeasureBytes, s.SendQ)
		}},
	{Name: "backlog", Type: table.Integer,
		Doc: "Connections that wait for accept; NULL unless a listener",
		Get: func(s *socket) table.Value {
			return unless(!s.listening() || s.recvMeasure() == mib2.MeasureUnknown, s.RecvQ)
		}},
	{Name: "backlog_max", Type: table.Integer,
		Doc: "Limit that listen(2) was given, at most net.core.somaxconn; Linux lets in one more; NULL unless a listener, or if not known",
		Get: func(s *socket) table.Value {
			return unless(!s.listening() || s.sendMeasure() == mib2.MeasureUnknown, s.SendQ)
		}},
	{Name: "inode", Type: table.Integer,
		Doc: "Inode of the socket; NULL if no file refers to it",
		Get: func(s *socket) table.Value { return nonZero64(s.Inode) }},
	{Name: "cookie", Type: table.Integer,
		Doc: "Number that the kernel gives to no other socket; NULL if not known",
		Get: func(s *socket) table.Value { return nonZero64(s.Cookie) }},
	{Name: "v4mapped", Type: table.Integer,
		Doc: "1 if it is an IPv6 socket that talks IPv4: its addresses are shown as IPv4",
		Get: func(s *socket) table.Value {
			if s.isUnlisted() {
				return table.Null()
			}
			return table.Bool(s.V4Mapped)
		}},
	{Name: "scope", Type: table.Text,
		Doc:    "Reach of the local address: any, loopback, link, private or public",
		Values: scopes, Get: func(s *socket) table.Value { return scope(s.Local) }},
	{Name: "remote_scope", Type: table.Text,
		Doc:    "Reach of the peer's address; NULL without one",
		Values: scopes, Get: func(s *socket) table.Value { return scope(s.Remote) }},
	{Name: "creator", Type: table.Integer,
		Doc: "Process that created it, on illumos; it may have ended or passed it on; NULL if not known",
		Get: func(s *socket) table.Value { return table.NonZero(s.creator()) }},
	{Name: "created_ticks", Type: table.Integer,
		Doc: "When it was created, on illumos, in clock ticks since the boot; NULL if not known",
		Get: func(s *socket) table.Value {
			if s.Origin == nil {
				return table.Null()
			}
			return nonZero64(s.Origin.Created)
		}},
}

// zone returns the zone of a socket: that of its process where that tells it, else the one in
// which the kernel showed it.
func (s *socket) zone() table.Value {
	if s.holder != nil && !s.holder.zone.IsNull() {
		return s.holder.zone
	}
	return table.NonEmpty(s.where.zone)
}

// isUnlisted reports whether a socket is in no table of the kernel: all that is known of it is
// what its descriptor shows.
func (s *socket) isUnlisted() bool { return s.Proto == 0 }

// ifListed returns a text that is not known of a socket in no table.
func (s *socket) ifListed(text string) table.Value {
	if s.isUnlisted() {
		return table.Null()
	}
	return table.Static(text)
}

// listening reports whether the queues count connections.
func (s *socket) listening() bool {
	return s.State == mib2.Listen && s.Proto != mib2.UDP && s.Proto != mib2.Vsock
}

// recvMeasure returns what the receive queue counts.
func (s *socket) recvMeasure() mib2.Measure {
	if s.Origin != nil && !s.Origin.Queues || s.isUnlisted() {
		return mib2.MeasureUnknown
	}
	return s.RecvMeasure
}

// sendMeasure returns what the send queue counts.
func (s *socket) sendMeasure() mib2.Measure {
	if s.Origin != nil && !s.Origin.Queues || s.isUnlisted() {
		return mib2.MeasureUnknown
	}
	return s.SendMeasure
}

// interfaceName returns the name of a socket's interface, its index if it has none.
func interfaceName(s *socket) table.Value {
	if s.Interface == 0 {
		return table.Null()
	}
	if name := s.where.interfaces()[s.Interface]; name != "" {
		return table.String(name)
	}
	return table.String(table.Int(s.Interface).String())
}

// scope classifies an address: RFC 4291 and its IPv4 likes, RFC 1918, RFC 4193, and the
// shared address space of RFC 6598 counted as private.
func scope(a netip.AddrPort) table.Value {
	ip := a.Addr()
	switch {
	case !ip.IsValid():
		return table.Null()
	case ip.IsUnspecified():
		return table.Static("any")
	case ip.IsLoopback(), ip.IsInterfaceLocalMulticast(): // RFC 4291, 2.7: "useful only for loopback"
		return table.Static("loopback")
	case ip.IsLinkLocalUnicast(), ip.IsLinkLocalMulticast(), ip == broadcast:
		return table.Static("link")
	case ip.IsPrivate(), shared.Contains(ip):
		return table.Static("private")
	}
	return table.Static("public")
}

var (
	broadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})
	shared    = netip.MustParsePrefix("100.64.0.0/10")
)

// hasUID reports whether the kernel knows the owner. Of a socket without a file, or with
// none yet, it says 0 where it does not.
func (s *socket) hasUID() bool {
	if s.Unix != nil {
		return !s.Unix.NoUID
	}
	if s.Special != nil && s.Special.NoUID {
		return false
	}
	if s.isUnlisted() {
		return !s.where.noUID
	}
	return s.State != mib2.TimeWait && s.Origin == nil && (s.Inode != 0 || s.UID != 0)
}

// unless returns n, or NULL if it does not apply.
func unless(not bool, n uint32) table.Value {
	if not {
		return table.Null()
	}
	return table.Int(n)
}

func nonZero64(n uint64) table.Value {
	if n == 0 {
		return table.Null()
	}
	return table.Uint(n)
}
