package mib2

// UnixType is the type of a Unix socket.
type UnixType uint8

// The types.
const (
	Stream UnixType = iota + 1
	Datagram
	SeqPacket
)

// UnixTypes lists every type.
var UnixTypes = []UnixType{Stream, Datagram, SeqPacket}

var unixTypeNames = []string{Stream: "stream", Datagram: "dgram", SeqPacket: "seqpacket"}

// String returns "stream", "dgram" or "seqpacket".
func (t UnixType) String() string { return name(unixTypeNames, t) }

// UnixInfo is what is particular to Unix sockets. The state of one is Listen, Connected,
// Bound or Unbound; illumos does not tell listeners from others that are bound.
type UnixInfo struct {
	Type UnixType

	// Path is its name: a path or, with "@" first, an abstract name, where "@" stands for
	// NUL; any other bytes may occur. Of a socketpair on illumos it is "(socketpair)".
	Path     string
	PeerPath string // that of its peer, by which it may have been connected

	PeerInode  uint64 // 0 without a peer, or if not known
	BoundInode uint64 // of the file that Path names; 0 if none, or not known

	NoQueues bool // RecvQ and SendQ of the Socket are not known
	NoUID    bool // UID of the Socket is not known
	// NoInode says that Inode of the Socket is 0 because it is not known, and not because no
	// file refers to the socket: illumos tells inodes only since October 2019.
	NoInode bool
}

// SetUnixState sets the state of a Unix socket that is told by whether it listens, has a
// peer and a name.
func (s *Socket) SetUnixState(listens, connected bool) {
	switch {
	case listens:
		s.State = Listen
	case connected:
		s.State = Connected
	case s.Unix.Path != "":
		s.State = Bound
	default:
		s.State = Unbound
	}
}
