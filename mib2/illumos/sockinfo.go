package illumos

import (
	"encoding/binary"
	"fmt"

	"sockstat/mib2"
)

// Layout of struct sockinfo, sys/socketvar.h of illumos: a record of sock_unix_list. Its
// inode came in October 2019, at the end.
const (
	sockinfoLen      = 2152
	sockinfoInodeLen = 2160
	sunPathLen       = 1025
)

// parseUnixList decodes the data of the kstat sockfs:0:sock_unix_list with that many
// records, each of which says how long it is.
func parseUnixList(b []byte, records int) ([]mib2.Socket, error) {
	var sockets []mib2.Socket
	for n := range records {
		if len(b) < 4 {
			return nil, fmt.Errorf("record %d of %d is missing", n+1, records)
		}
		size := binary.LittleEndian.Uint32(b)
		if size < sockinfoLen || size%8 != 0 || uint64(size) > uint64(len(b)) {
			return nil, fmt.Errorf("record %d of %d has the size %d with %d bytes left", n+1, records, size, len(b))
		}
		sockets = append(sockets, parseSockinfo(b[:size]))
		b = b[size:]
	}
	return sockets, nil
}

// parseSockinfo decodes a record. A name counts as netstat has it.
func parseSockinfo(b []byte) mib2.Socket {
	number := func(at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
	const connected, bound = 0x1, 0x20
	state := number(12)
	name := func(bit uint32, lengthAt, at int) string {
		path := cText(b[at : at+sunPathLen])
		switch {
		case state&bit == 0, path == "", number(lengthAt) <= 2:
			return ""
		case number(2092) != 0:
			return "(socketpair)"
		}
		return path
	}
	u := &mib2.UnixInfo{Type: mib2.Stream, NoUID: true,
		Path: name(bound, 28, 40), PeerPath: name(connected, 32, 1065)}
	if number(2092) != 0 { // no name
		u.Abstract, u.PeerAbstract = mib2.NotKnown, mib2.NotKnown
	}
	const datagram, seqpacket = 3, 6 // T_CLTS of sys/tiuser.h, SOCK_SEQPACKET of sys/socket.h
	switch {
	case number(24) == datagram:
		u.Type = mib2.Datagram
	case binary.LittleEndian.Uint16(b[6:]) == seqpacket:
		u.Type = mib2.SeqPacket
	}
	s := mib2.Socket{Proto: mib2.Unix, Family: mib2.Local, RecvMeasure: mib2.MeasureUnknown, SendMeasure: mib2.MeasureUnknown, Unix: u}
	if len(b) >= sockinfoInodeLen {
		s.Inode = binary.LittleEndian.Uint64(b[2152:])
	}
	u.NoInode = s.Inode == 0 // all in the list have a file
	s.SetUnixState(false, state&connected != 0)
	if state&connected == 0 && state&bound != 0 {
		s.State = mib2.Bound
	}
	return s
}
