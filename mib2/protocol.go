package mib2

import "fmt"

// Protocol is what a socket speaks: a transport protocol, or that of Unix sockets.
type Protocol uint8

// The protocols, in the order in which sockets are listed.
const (
	UDP Protocol = iota + 1
	TCP
	Unix
	UDPLite
	SCTP
	MPTCP
	SMC
	Raw
	ICMP
	Packet
	Netlink
	Vsock
	XDP

	protocolsEnd
)

// protocolEntry is all that holds of a protocol as such.
type protocolEntry struct {
	name   string
	number uint16   // IPPROTO_* of netinet/in.h, 0 if it is not one above IP
	files  []string // names in /proc/net of Linux, one for each of families
	ports  uint8    // bits that its ports have, 0 if it has none
	// shownBy is the protocol whose sockets stand for those of this one where sockets of all
	// protocols are listed, 0 if they stand for themselves.
	shownBy Protocol
	// listsAll says that the kernel's table has the sockets from their opening on, not only
	// those that are bound or connected.
	listsAll bool

	families []Family
	// labels are what the listing calls sockets of the protocol. One above IP has a label for
	// sockets that take IPv4, IPv6 and, if there are such, both; Unix sockets have one for each
	// UnixType.
	labels []string
	states []State // of its sockets, on any system
	doc    string
}

// protocols is the table of protocols.
var protocols = [protocolsEnd]protocolEntry{
	UDP: {
		name: "udp", number: 17, ports: 16, families: internet, files: []string{"udp", "udp6"},
		labels: []string{"udp4", "udp6", "udp46"},
		states: append(datagramStates, Unknown),
		doc:    "User Datagram Protocol, RFC 768",
	},
	TCP: {
		name: "tcp", number: 6, ports: 16, families: internet, files: []string{"tcp", "tcp6"},
		labels: []string{"tcp4", "tcp6", "tcp46"},
		states: append(streamStates, Idle, Unknown),
		doc:    "Transmission Control Protocol, RFC 9293",
	},
	Unix: {
		name: "unix", listsAll: true, families: []Family{Local}, files: []string{"unix"},
		labels: []string{"stream", "dgram", "seqpac"},
		states: []State{Listen, Connected, Bound, Unbound},
		doc:    "Unix sockets, between processes of one machine",
	},
	UDPLite: {
		name: "udplite", number: 136, ports: 16, families: internet, files: []string{"udplite", "udplite6"},
		labels: []string{"udplite4", "udplite6", "udplite46"},
		states: datagramStates,
		doc:    "Lightweight User Datagram Protocol, RFC 3828",
	},
	SCTP: {
		name: "sctp", number: 132, ports: 16, families: internet,
		labels: []string{"sctp4", "sctp6", "sctp46"},
		states: []State{Closed, Bound, Listen, CookieWait, CookieEchoed, Established, ShutdownPending, ShutdownSent,
			ShutdownReceived, ShutdownAckSent},
		doc: "Stream Control Transmission Protocol, RFC 9260",
	},
	MPTCP: {
		name: "mptcp", number: 262, ports: 16, families: internet, shownBy: TCP,
		labels: []string{"mptcp4", "mptcp6", "mptcp46"},
		states: streamStates,
		doc:    "Multipath TCP, RFC 8684",
	},
	SMC: {
		name: "smc", ports: 16, families: internet,
		labels: []string{"smc4", "smc6"},
		states: []State{Idle, Listen, Established, FinWait1, FinWait2, CloseWait, Closing, Closed},
		doc:    "Shared Memory Communications, RFC 7609",
	},
	Raw: {
		name: "raw", listsAll: true, number: 255, families: internet, files: []string{"raw", "raw6"},
		labels: []string{"raw4", "raw6"},
		states: []State{Idle, Connected},
		doc:    "Raw sockets, which take every packet of a protocol above IP",
	},
	ICMP: {
		name: "icmp", number: 1, ports: 16, families: internet, files: []string{"icmp", "icmp6"},
		labels: []string{"icmp4", "icmp6"},
		states: datagramStates,
		doc:    "Echo requests (ping) without privileges; the port is their identifier",
	},
	Packet: {
		name: "packet", listsAll: true, families: []Family{Link}, files: []string{"packet"}, labels: []string{"packet"},
		states: []State{Bound, Unbound},
		doc:    "Packet sockets, which capture and send the frames of interfaces",
	},
	Netlink: {
		name: "netlink", families: []Family{NetlinkFamily}, files: []string{"netlink"}, labels: []string{"netlink"},
		states: []State{Bound, Connected},
		doc:    "Netlink sockets, between processes and the kernel",
	},
	Vsock: {
		name: "vsock", ports: 32, families: []Family{VsockFamily}, labels: []string{"vsock"},
		states: []State{Listen, SynSent, Established, Closing, Bound, Unbound},
		doc:    "Sockets between a virtual machine and its host",
	},
	XDP: {
		name: "xdp", families: []Family{XDPFamily}, labels: []string{"xdp"},
		states: []State{Bound, Unbound},
		doc:    "Express data path sockets, which share rings of packets with a queue of an interface",
	},
}

var (
	internet = []Family{Inet, Inet6}

	streamStates = []State{Closed, Listen, SynSent, SynRcvd, Established, FinWait1, FinWait2, CloseWait,
		Closing, LastAck, TimeWait, Bound}
	datagramStates = []State{Unbound, Idle, Connected}
)

// Protocols lists every protocol, in the order in which sockets are listed.
var Protocols = func() (all []Protocol) {
	for p := Protocol(1); p < protocolsEnd; p++ {
		all = append(all, p)
	}
	return all
}()

// entry returns what holds of a protocol: of one that is not in the table, nothing.
func (p Protocol) entry() *protocolEntry {
	if p >= protocolsEnd {
		p = 0
	}
	return &protocols[p]
}

// String returns the lower-case name, such as "tcp".
func (p Protocol) String() string {
	if name := p.entry().name; name != "" {
		return name
	}
	return fmt.Sprintf("unknown(%d)", uint8(p))
}

// Number returns the number of an internet protocol (IPPROTO_* of netinet/in.h), 0 of others.
func (p Protocol) Number() uint16 { return p.entry().number }

// Internet reports whether sockets of the protocol have internet addresses.
func (p Protocol) Internet() bool { return contains(p.entry().families, Inet) }

// Common reports whether every system that can be read has sockets of the protocol and tells
// of them.
func (p Protocol) Common() bool { return p == UDP || p == TCP || p == Unix }

// PortBits returns how many bits the ports of the protocol have, 0 if it has no ports.
func (p Protocol) PortBits() int { return int(p.entry().ports) }

// TakesBoth reports whether an IPv6 socket of the protocol may take IPv4 as well.
func (p Protocol) TakesBoth() bool { return len(p.FamilyLabels(Inet6)) > 1 }

// ListsAll reports whether every socket of the protocol is in the kernel's table, also one that
// was never bound.
func (p Protocol) ListsAll() bool { return p.entry().listsAll }

// ShownBy returns the protocol whose sockets stand for those of this one where sockets of all
// protocols are listed. It is another one if the kernel has two sockets for what a process
// holds as one: those of MPTCP have at least one of TCP, with the same inode.
func (p Protocol) ShownBy() Protocol {
	if by := p.entry().shownBy; by != 0 {
		return by
	}
	return p
}

// Families returns the address families that sockets of the protocol can have.
func (p Protocol) Families() []Family { return p.entry().families }

// Labels returns all that [Socket.Label] can be for sockets of the protocol.
func (p Protocol) Labels() []string { return p.entry().labels }

// FamilyLabels returns the labels that sockets of a protocol can have if their addresses are
// of a family.
func (p Protocol) FamilyLabels(f Family) []string {
	labels := p.entry().labels
	switch {
	case !contains(p.entry().families, f):
		return nil
	case f == Inet:
		return labels[:min(len(labels), 1)]
	case f == Inet6:
		return labels[1:]
	}
	return labels
}

// States returns the states that sockets of the protocol can be in, on any system.
func (p Protocol) States() []State { return p.entry().states }

// Doc returns a line of documentation, without a full stop.
func (p Protocol) Doc() string { return p.entry().doc }

// ProcNet returns the name of the file in /proc/net of Linux that lists the sockets of the
// protocol with addresses of a family, "" if there is none.
func (p Protocol) ProcNet(f Family) string {
	e := p.entry()
	for i, family := range e.families {
		if family == f && i < len(e.files) {
			return e.files[i]
		}
	}
	return ""
}

// Label returns what the listing calls the kind of socket: "tcp4", "tcp6" or, if it takes
// both, "tcp46"; of a Unix socket its type, such as "stream".
func (s *Socket) Label() string {
	i := 0
	switch {
	case s.Unix != nil:
		i = int(s.Unix.Type) - 1
	case s.Dual:
		i = 2
	case s.Family == Inet6:
		i = 1
	}
	if labels := s.Proto.entry().labels; uint(i) < uint(len(labels)) {
		return labels[i]
	}
	return s.Proto.String()
}
