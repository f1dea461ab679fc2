package linux

import (
	"encoding/binary"
	"net/netip"

	"sockstat/mib2"
)

// sctpStates are the states of an association, enum sctp_state of
// include/linux/sctp.h.
var sctpStates = [...]mib2.State{mib2.Closed, mib2.CookieWait, mib2.CookieEchoed, mib2.Established,
	mib2.ShutdownPending, mib2.ShutdownSent, mib2.ShutdownReceived, mib2.ShutdownAckSent}

// appendSCTP decodes the inet_diag_msg of an SCTP endpoint, which is a socket, or of one of
// its associations, which alone has attributes of peers. An endpoint is shown if it listens or
// has no association; a connected one is shown by its association.
func (d *diagDecoder) appendSCTP(dst []mib2.Socket, b []byte) ([]mib2.Socket, error) {
	if len(b) < inetDiagMsgLen {
		return dst, short("inet_diag_msg", len(b), inetDiagMsgLen)
	}
	s := mib2.Socket{Proto: mib2.SCTP}
	if !setDiagMsg(&s, b) {
		return dst, nil
	}
	info := &mib2.SCTPInfo{}
	s.Special = &mib2.Special{SCTP: info}
	association := false
	if err := eachAttr(b[inetDiagMsgLen:], nil, func(kind uint16, data []byte) {
		switch kind {
		case inetAttrLocals:
			info.Locals = sctpAddresses(data)
		case inetAttrPeers:
			info.Peers, association = sctpAddresses(data), true
		}
	}); err != nil {
		return dst, err
	}
	switch state := b[1]; {
	case association && int(state) < len(sctpStates):
		s.State = sctpStates[state]
	case association:
		return dst, nil
	case state != linuxListen && state != linuxClose:
		return dst, nil
	case d.again(&s):
		return dst, nil
	case state == linuxClose:
		s.RecvQ, s.SendQ = 0, 0 // they are those of a listener
	}
	if !d.filter.Match(&s) {
		return dst, nil
	}
	if d.filter.Parts&(mib2.PartInfo|mib2.PartMem) != 0 {
		s.Info = d.infos.next()
	}
	if err := d.setAttrs(&s, b[inetDiagMsgLen:]); err != nil {
		return dst, err
	}
	return append(dst, s), nil
}

// sctpAddresses returns the addresses of an array of struct sockaddr_storage.
func sctpAddresses(b []byte) (list []netip.Addr) {
	const size = 128
	for ; len(b) >= size; b = b[size:] {
		switch binary.NativeEndian.Uint16(b) {
		case linuxAFInet:
			list = append(list, netip.AddrFrom4([4]byte(b[4:])))
		case linuxAFInet6:
			list = append(list, netip.AddrFrom16([16]byte(b[8:])).Unmap())
		}
	}
	return list
}
