package illumos

import (
	"encoding/binary"
	"fmt"
	"strings"

	"sockstat/proc"
)

// Layout of prfdinfo_t, sys/procfs.h of illumos since January 2020: a fixed part, then
// items of a size, a type and a value. An item of size 0 is the last.
const (
	fdinfoLen = 196

	itemPath       = 0 // PR_PATHNAME
	itemLocal      = 1 // PR_SOCKETNAME, a sockaddr
	itemSocketType = 9 // PR_SOCKOPT_TYPE
)

// Types of files, sys/stat.h.
const (
	fileType      = 0xF000
	fileCharacter = 0x2000
	fileSocket    = 0xC000
)

// typeOf maps a type of sockets of sys/socket.h. 0 is none that is known.
func typeOf(number uint32) proc.EndpointType {
	switch number {
	case 0:
		return proc.TypeUnknown
	case 1: // SOCK_DGRAM
		return proc.TypeDatagram
	case 2: // SOCK_STREAM
		return proc.TypeStream
	case 4: // SOCK_RAW
		return proc.TypeRaw
	case 6: // SOCK_SEQPACKET
		return proc.TypeSeqPacket
	}
	return proc.TypeOther
}

// familyOf maps an address family of sys/socket.h. 0, AF_UNSPEC, is none that is known.
func familyOf(number uint16) proc.EndpointFamily {
	switch number {
	case 0:
		return proc.FamilyUnknown
	case 1: // AF_UNIX
		return proc.FamilyUnix
	case 2: // AF_INET
		return proc.FamilyInet
	case 26: // AF_INET6
		return proc.FamilyInet6
	}
	return proc.FamilyOther
}

// errFdinfoCut says that more bytes belong to a fdinfo than were read.
var errFdinfoCut = fmt.Errorf("fdinfo has no end")

// parseFdinfo returns the endpoint that a /proc/<pid>/fdinfo/<fd> describes. It is not ok
// if the descriptor is of anything else.
func parseFdinfo(b []byte) (e proc.Endpoint, ok bool, err error) {
	if len(b) < fdinfoLen {
		return e, false, errFdinfoCut
	}
	e.Inode = binary.LittleEndian.Uint64(b[8:])
	major := binary.LittleEndian.Uint32(b[48:])
	mode := binary.LittleEndian.Uint32(b[4:]) & fileType
	if mode != fileSocket && mode != fileCharacter {
		return proc.Endpoint{}, false, nil
	}
	path := ""
	for items := b[fdinfoLen:]; ; {
		kind, value, rest, err := nextItem(items)
		if err != nil {
			return proc.Endpoint{}, false, err
		}
		if rest == nil {
			break
		}
		switch {
		case kind == itemPath:
			path = cString(value)
		case mode == fileSocket && kind == itemLocal && len(value) >= 2:
			e.Family = familyOf(binary.LittleEndian.Uint16(value))
		case mode == fileSocket && kind == itemSocketType && len(value) >= 4:
			e.Type = typeOf(binary.LittleEndian.Uint32(value))
		}
		items = rest
	}
	if mode == fileSocket {
		return e, true, nil
	}
	e.Device, e.Major = true, major
	return e, isTransport(path), nil
}

// nextItem splits off an item; rest is nil at the end.
func nextItem(b []byte) (kind uint32, value, rest []byte, err error) {
	if len(b) < 4 {
		return 0, nil, nil, errFdinfoCut
	}
	size := binary.LittleEndian.Uint32(b)
	switch {
	case size == 0:
		return 0, nil, nil, nil
	case size < 8:
		return 0, nil, nil, fmt.Errorf("fdinfo has an item of %d bytes", size)
	case uint64(size) > uint64(len(b)):
		return 0, nil, nil, errFdinfoCut
	}
	return binary.LittleEndian.Uint32(b[4:]), b[8:size], b[size:], nil
}

// isTransport reports whether a device is that of a transport protocol: what follows the
// last colon or slash is its name.
func isTransport(path string) bool {
	i := strings.LastIndexByte(path, ':')
	if i < 0 {
		i = strings.LastIndexByte(path, '/')
	}
	switch path[i+1:] {
	case "tcp", "tcp6", "udp", "udp6":
		return true
	}
	return false
}
