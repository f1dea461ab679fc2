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
	text    string // address:port, empty if there is no address
	address uint8  // length of the address in it
}

// setEnds sets the texts of the ends of sockets. It is called where sockets are read,
// beside SQLite's work, and makes all the texts of a batch in one piece.
func setEnds(rows []socket) {
	text := make([]byte, 0, 40*len(rows))
	lengths := make([]uint8, 0, 2*len(rows))
	add := func(e *end, a netip.AddrPort) {
		from := len(text)
		if a.IsValid() {
			text = a.Addr().AppendTo(text)
			e.address = uint8(len(text) - from)
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
	}
}

// addressText returns the address of an end.
func (e *end) addressText() engine.Value { return staticOrNull(e.text[:e.address]) }

// fullText returns the address and port, NULL if the end has no port.
func (e *end) fullText(a netip.AddrPort) engine.Value {
	if a.Port() == 0 {
		return engine.Null()
	}
	return engine.Static(e.text)
}

func staticOrNull(s string) engine.Value {
	if s == "" {
		return engine.Null()
	}
	return engine.Static(s)
}
