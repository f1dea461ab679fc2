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

	// Path is its name: a path or, with "@" in place of the NUL that comes first, an abstract
	// name (unix(7)). Any other bytes may occur, NUL among them. Of a socketpair on illumos it
	// is "(socketpair)".
	Path     string
	PeerPath string // that of its peer, by which it may have been connected

	// Abstract and PeerAbstract say whether Path and PeerPath are abstract names: a file can
	// be named "@name" as well.
	Abstract, PeerAbstract Truth

	PeerInode  uint64 // 0 without a peer, if no file refers to that, or if not known
	BoundInode uint64 // of the file that Path names; 0 if none, or not known

	NoUID bool // UID of the Socket is not known

	// Doubtful says that the row may be made up: it was read from a text in which the name of
	// another socket may look like a row, or in which two rows have its inode. After is the
	// inode of the socket with that name, 0 if there is no telling. Who may have chosen the
	// name decides whether such a row can be believed.
	Doubtful bool
	After    uint64

	// NoInode says that Inode of the Socket is 0 because it is not known, and not because no
	// file refers to the socket: illumos tells inodes only since October 2019.
	NoInode bool
}

// Truth is the answer to a question that a kernel may leave open.
type Truth uint8

// The answers.
const (
	No Truth = iota
	Yes
	NotKnown
)

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
