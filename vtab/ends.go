package vtab

import (
	"net/netip"
	"strconv"

	"sockstat/vtab/engine"
)

// ends sets the texts of both ends of sockets. It is called where sockets are read, beside
// SQLite's work, and makes all the texts of a batch in one piece.
func ends(rows []socket) {
	text := make([]byte, 0, 40*len(rows))
	at := make([]int, 0, 2*len(rows))
	for i := range rows {
		text = appendEnd(text, rows[i].Local)
		at = append(at, len(text))
		text = appendEnd(text, rows[i].Remote)
		at = append(at, len(text))
	}
	all, from := string(text), 0
	for i := range rows {
		rows[i].local, rows[i].remote = all[from:at[2*i]], all[at[2*i]:at[2*i+1]]
		from = at[2*i+1]
	}
}

// appendEnd appends address:port, or nothing where there is no port.
func appendEnd(dst []byte, a netip.AddrPort) []byte {
	if a.Port() == 0 {
		return dst
	}
	dst = append(a.Addr().AppendTo(dst), ':')
	return strconv.AppendUint(dst, uint64(a.Port()), 10)
}

func staticOrNull(s string) engine.Value {
	if s == "" {
		return engine.Null()
	}
	return engine.Static(s)
}
