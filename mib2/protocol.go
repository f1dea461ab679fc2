package mib2

import "fmt"

// Protocol is what a socket speaks: a transport protocol, or that of Unix sockets.
type Protocol uint8

// The protocols, in the order in which sockets are listed.
const (
	UDP Protocol = iota + 1
	TCP
	Unix

	protocolsEnd
)

// protocolEntry is all that holds of a protocol as such.
type protocolEntry struct {
	name   string
	number uint8    // IPPROTO_* of netinet/in.h, 0 if it is not one above IP
	files  []string // names in /proc/net of Linux, one for each of families

	families []Family
	// labels are what the listing calls sockets of the protocol. One above IP has a label
	// for sockets that take IPv4, IPv6 and both; Unix sockets have one for each UnixType.
	labels []string
	states []State // of its sockets, on any system
	doc    string
}

// protocols is the table of protocols.
var protocols = [protocolsEnd]protocolEntry{
	UDP: {
		name: "udp", number: 17, families: internet, files: []string{"udp", "udp6"},
		labels: []string{"udp4", "udp6", "udp46"},
		states: []State{Unbound, Idle, Connected, Unknown},
		doc:    "User Datagram Protocol, RFC 768",
	},
	TCP: {
		name: "tcp", number: 6, families: internet, files: []string{"tcp", "tcp6"},
		labels: []string{"tcp4", "tcp6", "tcp46"},
		states: []State{Closed, Listen, SynSent, SynRcvd, Established, FinWait1, FinWait2, CloseWait,
			Closing, LastAck, TimeWait, Bound, Idle, Unknown},
		doc: "Transmission Control Protocol, RFC 9293",
	},
	Unix: {
		name: "unix", families: []Family{Local}, files: []string{"unix"},
		labels: []string{"stream", "dgram", "seqpac"},
		states: []State{Listen, Connected, Bound, Unbound},
		doc:    "Unix sockets, between processes of one machine",
	},
}

var internet = []Family{Inet, Inet6}

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
func (p Protocol) Number() uint8 { return p.entry().number }

// Internet reports whether sockets of the protocol have internet addresses.
func (p Protocol) Internet() bool {
	families := p.entry().families
	return len(families) > 0 && families[0] != Local
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
		return labels[:1]
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
