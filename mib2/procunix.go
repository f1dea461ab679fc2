package mib2

import (
	"bytes"
	"fmt"
	"strconv"
)

// appendProcUnix appends the sockets of /proc/net/unix, which knows neither peers nor
// queues. Names are printed as they are: a line that is none of the kernel's belongs to
// the name before it. One that is made to look like the kernel's cannot be told from it.
func appendProcUnix(dst []UnixSocket, file []byte) ([]UnixSocket, error) {
	_, rest, _ := bytes.Cut(file, []byte("\n")) // the heading
	var last UnixSocket
	for n := 2; len(rest) > 0; n++ {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte("\n"))
		s, ok := parseProcUnix(line)
		switch {
		case ok:
			dst = appendKnown(dst, last)
			last = s
		case last.Path != "":
			last.Path += "\n" + string(line)
		default:
			return dst, fmt.Errorf("line %d is %.100q", n, line)
		}
	}
	return appendKnown(dst, last), nil
}

// appendKnown appends a socket unless it is of no known type.
func appendKnown(dst []UnixSocket, s UnixSocket) []UnixSocket {
	if s.Type == 0 {
		return dst
	}
	return append(dst, s)
}

// procUnixDigits are how many digits the numbers before the inode have: the address, which
// a colon follows, reference count, protocol, flags, type and state.
var procUnixDigits = [...]int{0, 8, 8, 8, 4, 2}

// parseProcUnix decodes a line: those numbers, an inode and perhaps a name.
func parseProcUnix(line []byte) (s UnixSocket, ok bool) {
	address, rest, _ := bytes.Cut(line, []byte(": "))
	if len(address) < 8 || len(bytes.Trim(address, "0123456789abcdef")) > 0 {
		return UnixSocket{}, false
	}
	var numbers [len(procUnixDigits)]uint64
	for i := 1; i < len(numbers); i++ {
		var field []byte
		field, rest, _ = bytes.Cut(rest, []byte(" "))
		n, err := strconv.ParseUint(string(field), 16, 32)
		if err != nil || len(field) != procUnixDigits[i] {
			return UnixSocket{}, false
		}
		numbers[i] = n
	}
	inode, name, _ := bytes.Cut(bytes.TrimLeft(rest, " "), []byte(" "))
	var err error
	if s.Inode, err = strconv.ParseUint(string(inode), 10, 64); err != nil {
		return UnixSocket{}, false
	}
	s.Path = string(name)
	s.Type = linuxUnixType(byte(min(numbers[4], 255)))
	// A datagram socket counts as connected as soon as another is connected to it: whether
	// it has a peer itself is not told, but those with a name are rarely clients.
	const accepts, unaccepted, connected = 0x10000, 2, 3 // __SO_ACCEPTCON, SS_CONNECTING, SS_CONNECTED
	peer := numbers[5] == unaccepted || numbers[5] == connected
	s.setState(numbers[3]&accepts != 0, peer && (s.Type != Datagram || s.Path == ""))
	return s, true
}
