package mib2

// State is the state of a socket: the TCP states of RFC 793 in the spelling of
// netstat, BOUND and IDLE for sockets that take no part in the protocol yet, netstat's
// states of UDP sockets, and those of SCTP associations of RFC 9260.
type State uint8

// The states. Idle serves two protocols: a TCP socket that was opened but not bound, a UDP
// socket that is bound but not connected. Unknown is one that the kernel itself has no name
// for. Unix sockets that have a peer are Connected.
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
	CookieWait
	CookieEchoed
	ShutdownPending
	ShutdownSent
	ShutdownReceived
	ShutdownAckSent
	Unknown
)

// States lists every state.
var States = []State{Closed, Listen, SynSent, SynRcvd, Established, FinWait1, FinWait2,
	CloseWait, Closing, LastAck, TimeWait, Bound, Idle, Unbound, Connected,
	CookieWait, CookieEchoed, ShutdownPending, ShutdownSent, ShutdownReceived, ShutdownAckSent, Unknown}

var stateNames = []string{
	Closed: "CLOSED", Listen: "LISTEN", SynSent: "SYN_SENT", SynRcvd: "SYN_RCVD",
	Established: "ESTABLISHED", FinWait1: "FIN_WAIT_1", FinWait2: "FIN_WAIT_2",
	CloseWait: "CLOSE_WAIT", Closing: "CLOSING", LastAck: "LAST_ACK", TimeWait: "TIME_WAIT",
	Bound: "BOUND", Idle: "IDLE", Unbound: "UNBOUND", Connected: "CONNECTED",
	CookieWait: "COOKIE_WAIT", CookieEchoed: "COOKIE_ECHOED", ShutdownPending: "SHUTDOWN_PENDING",
	ShutdownSent: "SHUTDOWN_SENT", ShutdownReceived: "SHUTDOWN_RECEIVED", ShutdownAckSent: "SHUTDOWN_ACK_SENT",
	Unknown: "UNKNOWN",
}

// String returns the upper-case name, such as "FIN_WAIT_1".
func (s State) String() string { return name(stateNames, s) }
