package mib2

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// kstatHeader is a kstat_t of illumos, sys/kstat.h: the name of some numbers or records of
// the kernel, and how to get at them. Its pointers are the kernel's, so it stays bytes.
type kstatHeader [184]byte

func (k *kstatHeader) id() uint32       { return binary.LittleEndian.Uint32(k[16:]) }
func (k *kstatHeader) records() int     { return int(binary.LittleEndian.Uint32(k[128:])) }
func (k *kstatHeader) dataSize() uint64 { return binary.LittleEndian.Uint64(k[136:]) }

// is reports whether the kstat is the named one.
func (k *kstatHeader) is(module string, instance uint32, name string) bool {
	return cText(k[20:51]) == module && binary.LittleEndian.Uint32(k[52:]) == instance && cText(k[56:87]) == name
}

// cText returns what comes before the first NUL.
func cText(b []byte) string {
	b, _, _ = bytes.Cut(b, []byte{0})
	return string(b)
}

// findKstat returns the id of a kstat in the directory of all, which is the data of that
// with the id 0.
func findKstat(directory []byte, module string, instance uint32, name string) (id uint32, ok bool) {
	for ; len(directory) >= len(kstatHeader{}); directory = directory[len(kstatHeader{}):] {
		if k := (*kstatHeader)(directory); k.is(module, instance, name) {
			return k.id(), true
		}
	}
	return 0, false
}

// kstatNumber returns a number among records of named data, kstat_named_t: 31 bytes of
// name, a type, 16 bytes with the value.
func kstatNumber(data []byte, name string) (n uint64, ok bool) {
	const recordLen, typeAt, valueAt = 48, 31, 32
	for ; len(data) >= recordLen; data = data[recordLen:] {
		if cText(data[:typeAt]) != name {
			continue
		}
		switch data[typeAt] {
		case 1, 2: // KSTAT_DATA_INT32, KSTAT_DATA_UINT32
			return uint64(binary.LittleEndian.Uint32(data[valueAt:])), true
		case 3, 4: // KSTAT_DATA_INT64, KSTAT_DATA_UINT64
			return binary.LittleEndian.Uint64(data[valueAt:]), true
		}
	}
	return 0, false
}

// Layout of struct sockinfo, sys/socketvar.h of illumos: a record of sock_unix_list. Its
// inode came in October 2019, at the end.
const (
	sockinfoLen      = 2152
	sockinfoInodeLen = 2160
	sunPathLen       = 1025
)

// parseUnixList decodes the data of the kstat sockfs:0:sock_unix_list with that many
// records, each of which says how long it is.
func parseUnixList(b []byte, records int) ([]UnixSocket, error) {
	var sockets []UnixSocket
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
func parseSockinfo(b []byte) (s UnixSocket) {
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
	s.Path, s.PeerPath = name(bound, 28, 40), name(connected, 32, 1065)
	s.Type = Stream
	const datagram, seqpacket = 3, 6 // T_CLTS of sys/tiuser.h, SOCK_SEQPACKET of sys/socket.h
	switch {
	case number(24) == datagram:
		s.Type = Datagram
	case binary.LittleEndian.Uint16(b[6:]) == seqpacket:
		s.Type = SeqPacket
	}
	if len(b) >= sockinfoInodeLen {
		s.Inode = binary.LittleEndian.Uint64(b[2152:])
	}
	s.setState(false, state&connected != 0)
	if state&connected == 0 && state&bound != 0 {
		s.State = Bound
	}
	return s
}
