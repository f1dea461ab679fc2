package mib2

import (
	"bytes"
	"fmt"
	"strconv"
)

// parseProcUnix decodes a line of /proc/net/unix, which knows neither peers nor queues:
// an address, reference count, protocol, flags, type, state, inode and perhaps a name. It
// is not ok for sockets of no known type.
func parseProcUnix(line []byte) (s UnixSocket, ok bool, err error) {
	var fields [7][]byte
	rest := line
	for i := range fields {
		fields[i], rest, _ = bytes.Cut(bytes.TrimLeft(rest, " "), []byte(" "))
	}
	s.Path = string(rest)
	number := func(i, base int) uint64 {
		n, e := strconv.ParseUint(string(fields[i]), base, 64)
		if e != nil && err == nil {
			err = fmt.Errorf("field %d: %q is not a number", i+1, fields[i])
		}
		return n
	}
	flags, kind, state := number(3, 16), number(4, 16), number(5, 16)
	s.Inode = number(6, 10)
	if err != nil {
		return UnixSocket{}, false, err
	}
	const accepts, connected = 0x10000, 3 // __SO_ACCEPTCON, SS_CONNECTED
	s.Type = linuxUnixType(byte(min(kind, 255)))
	s.setState(flags&accepts != 0, state == connected)
	return s, s.Type != 0, nil
}
