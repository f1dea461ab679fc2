package vtab

import "sockstat/vtab/table"

// sctpColumns are what is particular to SCTP.
var sctpColumns = []table.Column[socket]{
	{Name: "local_addresses", Type: table.Text,
		Doc: "All local addresses, blank-separated: SCTP may have several",
		Get: func(s *socket) table.Value { return sctpAddresses(s, false) }},
	{Name: "remote_addresses", Type: table.Text,
		Doc: "All addresses of the peer, blank-separated; NULL without one",
		Get: func(s *socket) table.Value { return sctpAddresses(s, true) }},
}

func sctpAddresses(s *socket, peer bool) table.Value {
	if s.Special == nil || s.Special.SCTP == nil {
		return table.Null()
	}
	list := s.Special.SCTP.Locals
	if peer {
		list = s.Special.SCTP.Peers
	}
	var text []byte
	for i, a := range list {
		if i > 0 {
			text = append(text, ' ')
		}
		text = appendAddress(text, a)
	}
	return table.NonEmpty(string(text))
}
