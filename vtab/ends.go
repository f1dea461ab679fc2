package vtab

import (
	"net/netip"
	"strconv"
	"unsafe"

	"sockstat/vtab/engine"
)

// partEnds is a bit of engine.Column.Part, beyond those of mib2.Parts: the texts of the
// two ends of a socket.
const partEnds = 1 << 8

// ends are the two ends of a socket as texts. A row has them in one string, for every
// page of memory costs.
type ends struct {
	text          string // the local address:port, then that of the peer
	peer          uint8  // where that of the peer begins
	local, remote uint8  // lengths of the addresses, 0 if there is none
}

// endsSize is the most bytes that the two ends of a socket take.
const endsSize = 2 * len("[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535")

// setEnds sets the texts of the ends of sockets. It is called where sockets are read,
// beside SQLite's work, and makes the texts of many in one piece.
func setEnds(rows []socket) {
	var text []byte
	var local, peer lastAddress
	for i := range rows {
		if cap(text)-len(text) < endsSize { // what is there stays where it is
			text = make([]byte, 0, 40*(len(rows)-i)+endsSize)
		}
		e, from := &rows[i].ends, len(text)
		text, e.local = local.appendEnd(text, rows[i].Local)
		e.peer = uint8(len(text) - from)
		text, e.remote = peer.appendEnd(text, rows[i].Remote)
		e.text = unsafe.String(unsafe.SliceData(text[from:]), len(text)-from) // nobody writes there any more
	}
}

// lastAddress is the address of an end of the last row. Many sockets have the same.
type lastAddress struct {
	address netip.Addr
	text    []byte
}

// appendEnd appends an address and port and returns the length of the address.
func (l *lastAddress) appendEnd(text []byte, a netip.AddrPort) ([]byte, uint8) {
	if !a.IsValid() {
		return text, 0
	}
	if address := a.Addr(); address != l.address {
		l.address, l.text = address, appendAddress(l.text[:0], address)
	}
	text = append(append(text, l.text...), ':')
	return strconv.AppendUint(text, uint64(a.Port()), 10), uint8(len(l.text))
}

// localAddress returns the local address, or the path.
func (s *socket) localAddress() engine.Value {
	if s.unix != nil {
		return staticOrNull(s.unix.Path)
	}
	return staticOrNull(s.ends.text[:s.ends.local])
}

// remoteAddress returns the address of the peer, or its path.
func (s *socket) remoteAddress() engine.Value {
	if s.unix != nil {
		return staticOrNull(s.unix.PeerPath)
	}
	return staticOrNull(s.ends.text[s.ends.peer:][:s.ends.remote])
}

// localEnd returns the local address and port, NULL without a port, or the path.
func (s *socket) localEnd() engine.Value {
	if s.unix == nil && s.Local.Port() == 0 {
		return engine.Null()
	} else if s.unix != nil {
		return s.localAddress()
	}
	return engine.Static(s.ends.text[:s.ends.peer])
}

// remoteEnd returns the address and port of the peer, NULL without a port, or its path.
func (s *socket) remoteEnd() engine.Value {
	if s.unix == nil && s.Remote.Port() == 0 {
		return engine.Null()
	} else if s.unix != nil {
		return s.remoteAddress()
	}
	return engine.Static(s.ends.text[s.ends.peer:])
}

func staticOrNull(s string) engine.Value {
	if s == "" {
		return engine.Null()
	}
	return engine.Static(s)
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
