package vtab

import (
	"net/netip"
	"strconv"

	"sockstat/vtab/engine"
)

// partEnds is a bit of engine.Column.Part, beyond those of mib2.Parts: the texts of the
// two ends of a socket.
const partEnds = 1 << 8

// end is one end of a socket as text.
type end struct {
	text    string // address:port or a path, empty if there is none
	address uint8  // length of the address before the port, 0 for a path
	port    bool   // there is one
}

// setEnds sets the texts of the ends of sockets. It is called where sockets are read,
// beside SQLite's work, and makes all the texts of a batch in one piece.
func setEnds(rows []socket) {
	text := make([]byte, 0, 40*len(rows))
	lengths := make([]uint8, 0, 2*len(rows))
	add := func(e *end, a netip.AddrPort) {
		from := len(text)
		if a.IsValid() {
			text = appendAddress(text, a.Addr())
			e.address, e.port = uint8(len(text)-from), a.Port() != 0
			text = strconv.AppendUint(append(text, ':'), uint64(a.Port()), 10)
		}
		lengths = append(lengths, uint8(len(text)-from))
	}
	for i := range rows {
		add(&rows[i].local, rows[i].Local)
		add(&rows[i].remote, rows[i].Remote)
	}
	all := string(text)
	for i := range rows {
		local, remote := lengths[2*i], lengths[2*i+1]
		rows[i].local.text, all = all[:local], all[local:]
		rows[i].remote.text, all = all[:remote], all[remote:]
		if u := rows[i].unix; u != nil {
			rows[i].local.text, rows[i].remote.text = u.Path, u.PeerPath
		}
	}
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

// addressText returns the address of an end, or the path.
func (e *end) addressText() engine.Value {
	if e.address == 0 {
		return staticOrNull(e.text)
	}
	return engine.Static(e.text[:e.address])
}

// fullText returns the address and port, NULL if there is no port, or the path.
func (e *end) fullText() engine.Value {
	if e.address > 0 && !e.port {
		return engine.Null()
	}
	return staticOrNull(e.text)
}

func staticOrNull(s string) engine.Value {
	if s == "" {
		return engine.Null()
	}
	return engine.Static(s)
}
