package vtab

import (
	"net/netip"
	"strconv"
	"unsafe"

	"sockstat/vtab/table"
)

// ends are the two ends of a socket as texts. Both are in one string, since tables have many
// rows and each page of memory that they take costs time.
type ends struct {
	text          string // the local address:port, then that of the peer
	peer          uint8  // where that of the peer begins
	local, remote uint8  // lengths of the bare addresses, 0 if there is none
}

// longestInterface is the most bytes of an interface's name that an end is shown with:
// LIFNAMSIZ of illumos, twice IFNAMSIZ of Linux.
const longestInterface = 32

// endsSize is the most bytes that the two ends of a socket take.
const endsSize = 2 * (len("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255%:65535") + longestInterface)

// setEnds sets the texts of the ends of sockets. The goroutine that reads sockets calls it,
// while SQLite works on earlier rows. The texts of many sockets share one piece of memory.
func setEnds(rows []socket) {
	var text []byte
	var local, peer lastAddress
	for i := range rows {
		if cap(text)-len(text) < endsSize { // the texts of earlier rows stay where they are
			text = make([]byte, 0, 40*(len(rows)-i)+endsSize)
		}
		e, from := &rows[i].ends, len(text)
		text, e.local = local.appendEnd(text, rows[i].Local, &rows[i], rows[i].Interface != 0)
		e.peer = uint8(len(text) - from)
		text, e.remote = peer.appendEnd(text, rows[i].Remote, &rows[i], rows[i].Interface != 0 && linkLocal(rows[i].Remote.Addr()))
		e.text = unsafe.String(unsafe.SliceData(text[from:]), len(text)-from) // the bytes are not written again
	}
}

// lastAddress is the address of an end of the last row. Many sockets have the same.
type lastAddress struct {
	address netip.Addr
	text    []byte
}

// appendEnd appends an address and port and returns the length of the address. Where the
// address is scoped, the interface stands behind it as in RFC 4007, section 11: with the local
// address whatever it is, for that is what the socket is bound to, with the peer's if it means
// nothing without.
func (l *lastAddress) appendEnd(text []byte, a netip.AddrPort, s *socket, scoped bool) ([]byte, uint8) {
	if !a.IsValid() {
		return text, 0
	}
	if address := a.Addr(); address != l.address {
		l.address, l.text = address, appendAddress(l.text[:0], address)
	}
	text = append(text, l.text...)
	if scoped {
		text = s.appendInterface(append(text, '%'))
	}
	text = append(text, ':')
	return strconv.AppendUint(text, uint64(a.Port()), 10), uint8(len(l.text))
}

// linkLocal reports whether an IPv6 address is one that every link has anew.
func linkLocal(a netip.Addr) bool {
	return a.Is6() && (a.IsLinkLocalUnicast() || a.IsLinkLocalMulticast() || a.IsInterfaceLocalMulticast())
}

// appendInterface appends the name of a socket's interface, or its index.
func (s *socket) appendInterface(dst []byte) []byte {
	if name := s.where.interfaces()[s.Interface]; name != "" && len(name) <= longestInterface {
		return append(dst, name...)
	}
	return strconv.AppendUint(dst, uint64(s.Interface), 10)
}

// localAddress returns the local address, or the path.
func (s *socket) localAddress() table.Value {
	if s.otherEnds() {
		return s.otherLocalAddress()
	}
	if s.Unix != nil {
		return staticOrNull(s.Unix.Path)
	}
	return staticOrNull(s.ends.text[:s.ends.local])
}

// remoteAddress returns the address of the peer, or its path.
func (s *socket) remoteAddress() table.Value {
	if s.otherEnds() {
		return s.otherRemoteAddress()
	}
	if s.Unix != nil {
		return staticOrNull(s.Unix.PeerPath)
	}
	return staticOrNull(s.ends.text[s.ends.peer:][:s.ends.remote])
}

// localEnd returns the local address and port, NULL without a port, or the path.
func (s *socket) localEnd() table.Value {
	if s.otherEnds() {
		return s.otherLocal()
	}
	if s.Unix == nil && s.Local.Port() == 0 {
		return table.Null()
	} else if s.Unix != nil {
		return s.localAddress()
	}
	return table.Static(s.ends.text[:s.ends.peer])
}

// remoteEnd returns the address and port of the peer, NULL without a port, or its path.
func (s *socket) remoteEnd() table.Value {
	if s.otherEnds() {
		return s.otherRemote()
	}
	if s.Unix == nil && s.Remote.Port() == 0 {
		return table.Null()
	} else if s.Unix != nil {
		return s.remoteAddress()
	}
	return table.Static(s.ends.text[s.ends.peer:])
}

func staticOrNull(s string) table.Value {
	if s == "" {
		return table.Null()
	}
	return table.Static(s)
}

// appendAddress appends an address as inet_ntop(3) has it: the last 32 bits of an IPv6
// address are dotted if just they are not zero.
func appendAddress(dst []byte, a netip.Addr) []byte {
	if a.Is6() {
		if b := a.As16(); [12]byte(b[:12]) == [12]byte{} && (b[12] != 0 || b[13] != 0) {
			return netip.AddrFrom4([4]byte(b[12:])).AppendTo(append(dst, "::"...))
		}
	}
	return a.AppendTo(dst)
}
