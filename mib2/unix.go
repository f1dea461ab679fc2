package mib2

import "context"

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

// UnixSocket is a Unix-domain socket of the kernel.
type UnixSocket struct {
	Type UnixType
	// State is Listen, Connected, Bound or Unbound. Illumos does not tell listeners from
	// others that are bound.
	State State

	// Path is its name: a path or, with "@" first, an abstract name, where "@" stands for
	// NUL; any other bytes may occur. Of a socketpair on illumos it is "(socketpair)".
	Path     string
	PeerPath string // that of its peer, by which it may have been connected

	Inode      uint64 // 0 if no file refers to it, or not known
	PeerInode  uint64 // 0 without a peer, or if not known
	BoundInode uint64 // of the file that Path names; 0 if none, or not known
	Cookie     uint64 // as in Socket

	// RecvQ and SendQ are bytes queued; of a listener the connections that wait for accept
	// and the most that may.
	RecvQ, SendQ uint32
	UID          uint32 // of who created it

	HasQueues, HasUID bool
}

// OpenUnix reads the Unix sockets of the caller's own zone or network namespace, all at
// one moment as far as the kernel allows. Source says for people where they come from, as
// that of a [Sourcer] does.
func OpenUnix(ctx context.Context) (sockets []UnixSocket, source string, err error) {
	if Replaying() {
		return nil, "", nil // a saved reply has none
	}
	if openUnix == nil {
		return nil, "", ErrUnsupported
	}
	return openUnix(ctx)
}

// openUnix is what this system reads Unix sockets with; an OS file sets it.
var openUnix func(context.Context) (sockets []UnixSocket, source string, err error)

// linkPeers gives sockets the paths of their peers.
func linkPeers(sockets []UnixSocket) {
	paths := map[uint64]string{}
	for i := range sockets {
		if s := &sockets[i]; s.Inode != 0 && s.Path != "" {
			paths[s.Inode] = s.Path
		}
	}
	for i := range sockets {
		if s := &sockets[i]; s.PeerInode != 0 {
			s.PeerPath = paths[s.PeerInode]
		}
	}
}

// setState sets the state of a socket that is told by whether it listens, has a peer and
// a name.
func (s *UnixSocket) setState(listens, connected bool) {
	switch {
	case listens:
		s.State = Listen
	case connected:
		s.State = Connected
	case s.Path != "":
		s.State = Bound
	default:
		s.State = Unbound
	}
}
