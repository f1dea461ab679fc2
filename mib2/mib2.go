// Package mib2 reads the kernel's tables of TCP and UDP sockets, the tcpConnTable
// and udpTable of RFC 4022 and RFC 4113 with what each kernel adds to them.
//
// Start at [Open]: it returns a [Reader] that appends the sockets a [Filter] lets
// through, a batch at a time. Decoders turn kernel bytes into rows, carry no build
// tag and are tested everywhere; system calls sit in small _linux.go and
// _illumos.go files. The package knows neither processes nor SQL.
package mib2

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
)

// ErrUnsupported is the error of [Open] on a system, or for a protocol, whose
// sockets cannot be read yet.
var ErrUnsupported = errors.New("live sockets are not supported on this system")

// Protocol is a transport protocol.
type Protocol uint8

// The protocols.
const (
	TCP Protocol = iota + 1
	UDP
	Unix // read by OpenUnix
)

// Protocols lists every protocol that [Open] can read.
var Protocols = []Protocol{TCP, UDP}

var protocolNames = []string{TCP: "tcp", UDP: "udp", Unix: "unix"}

// String returns the lower-case name, such as "tcp".
func (p Protocol) String() string { return name(protocolNames, p) }

// Family is an address family.
type Family uint8

// The address families.
const (
	Inet Family = iota + 1
	Inet6
	Local // of Unix sockets
)

// Families lists the address families of internet sockets.
var Families = []Family{Inet, Inet6}

var familyNames = []string{Inet: "inet", Inet6: "inet6", Local: "unix"}

// String returns "inet", "inet6" or "unix".
func (f Family) String() string { return name(familyNames, f) }

// State is the state of a socket: the TCP states of RFC 793 in the spelling of
// netstat, BOUND and IDLE for sockets that take no part in the protocol yet, and
// netstat's states of UDP sockets.
type State uint8

// The states. Idle serves both protocols: a TCP socket that was opened but not
// bound, a UDP socket that is bound but not connected. Unknown is one that the kernel
// itself has no name for.
const (
	Closed State = iota + 1
	Listen
	SynSent
	SynRcvd
	Established
	FinWait1
	FinWait2
	CloseWait
	Closing
	LastAck
	TimeWait
	Bound
	Idle
	Unbound
	Connected
	Unknown
)

// States lists every state.
var States = []State{Closed, Listen, SynSent, SynRcvd, Established, FinWait1, FinWait2,
	CloseWait, Closing, LastAck, TimeWait, Bound, Idle, Unbound, Connected, Unknown}

var stateNames = []string{
	Closed: "CLOSED", Listen: "LISTEN", SynSent: "SYN_SENT", SynRcvd: "SYN_RCVD",
	Established: "ESTABLISHED", FinWait1: "FIN_WAIT_1", FinWait2: "FIN_WAIT_2",
	CloseWait: "CLOSE_WAIT", Closing: "CLOSING", LastAck: "LAST_ACK", TimeWait: "TIME_WAIT",
	Bound: "BOUND", Idle: "IDLE", Unbound: "UNBOUND", Connected: "CONNECTED",
	Unknown: "UNKNOWN",
}

// String returns the upper-case name, such as "FIN_WAIT_1".
func (s State) String() string { return name(stateNames, s) }

// name returns the name of an enumerated value, or its number where it has none.
func name[E ~uint8](names []string, v E) string {
	if int(v) < len(names) && names[v] != "" {
		return names[v]
	}
	return fmt.Sprintf("unknown(%d)", uint8(v))
}

// Socket is one socket of the kernel, whether or not a process holds it.
type Socket struct {
	Proto  Protocol
	Family Family // of the addresses below, after folding
	State  State

	// Dual says that an IPv6 socket bound to :: takes IPv4 as well.
	Dual bool
	// V4Mapped says that the addresses were IPv4-mapped IPv6 addresses (RFC 4291,
	// 2.5.5.2) and are given as the IPv4 addresses they stand for.
	V4Mapped bool
	// NoBacklogMax says that SendQ of a listener is not known. It stands here because rows
	// are many, and the size of a row counts.
	NoBacklogMax bool

	Local  netip.AddrPort
	Remote netip.AddrPort // the zero AddrPort if there is no peer

	Interface uint32 // index of the bound device or scope, 0 if none
	UID       uint32 // owner as the kernel records it; not known in TIME_WAIT, nor if it and Inode are 0
	Inode     uint64 // 0 if no file refers to the socket
	Cookie    uint64 // distinguishes sockets as long as the system runs; 0 if not known

	// RecvQ and SendQ are bytes queued; for a listener the connections that wait
	// for accept and the most that may.
	RecvQ, SendQ uint32

	Timer  *Timer  // nil if not known
	Info   *Info   // nil unless PartInfo was asked for and the kernel gave it
	Origin *Origin // nil unless the kernel is that of illumos
}

// Listening reports whether RecvQ and SendQ count connections, not bytes.
func (s *Socket) Listening() bool { return s.Proto == TCP && s.State == Listen }

// Parts is a set of what costs extra to read and is left out unless asked for.
type Parts uint8

// The parts of a Socket beyond its addresses, state and owner.
const (
	PartTimer Parts = 1 << iota // Socket.Timer
	PartInfo                    // Socket.Info with TCPInfo and congestion control
	PartMem                     // Socket.Info with memory, drops, options
)

// PortRange is a range of port numbers, both ends included.
type PortRange struct{ Lo, Hi uint16 }

// Filter says which sockets are wanted. The zero Filter wants all of them, without
// extra parts. A kernel that can filter does so; a Reader leaves out the rest itself.
type Filter struct {
	Families    []Family    // any if nil
	States      []State     // any if nil
	LocalPorts  []PortRange // any if nil; none if empty but not nil
	RemotePorts []PortRange // as LocalPorts; a socket without peer has remote port 0
	Parts       Parts

	without uint32 // states of Linux that another reader asks for
}

// Match reports whether the filter lets the socket through.
func (f *Filter) Match(s *Socket) bool {
	return matches(f.Families, s.Family) && matches(f.States, s.State) &&
		matchPort(f.LocalPorts, s.Local.Port()) && matchPort(f.RemotePorts, s.Remote.Port())
}

func matches[E comparable](want []E, v E) bool {
	if want == nil {
		return true
	}
	for _, w := range want {
		if w == v {
			return true
		}
	}
	return false
}

func matchPort(want []PortRange, port uint16) bool {
	if want == nil {
		return true
	}
	for _, r := range want {
		if r.Lo <= port && port <= r.Hi {
			return true
		}
	}
	return false
}

// Reader reads a table. It is not safe for concurrent use.
type Reader interface {
	// Read appends a batch of sockets, such as those of one kernel reply, and
	// returns the extended slice. At the end it returns io.EOF with no sockets
	// added. After any other error the rows read so far are not the whole table.
	Read(dst []Socket) ([]Socket, error)
	// Close ends the reading early or after the end.
	io.Closer
}

// Open starts reading the table of a protocol in the caller's own zone or network
// namespace.
func Open(proto Protocol, filter Filter) (Reader, error) {
	if open == nil {
		return nil, ErrUnsupported
	}
	return open(proto, filter)
}

// open is what this system reads sockets with; an OS file sets it.
var open func(Protocol, Filter) (Reader, error)
