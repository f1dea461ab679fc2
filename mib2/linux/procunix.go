package linux

import (
	"bytes"
	"fmt"
	"strconv"

	"sockstat/mib2"
)

// appendProcUnix appends the sockets of /proc/net/unix, which knows neither peers nor
// queues. Names are printed as they are: a line that is none of the kernel's belongs to
// the name before it. One that is made to look like the kernel's cannot be told from it.
func appendProcUnix(dst []mib2.Socket, file []byte) ([]mib2.Socket, error) {
	_, rest, _ := bytes.Cut(file, []byte("\n")) // the heading
	var last mib2.Socket
	for n := 2; len(rest) > 0; n++ {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte("\n"))
		s, ok := parseProcUnix(line)
		switch {
		case ok:
			dst = appendKnown(dst, last)
			last = s
		case last.Unix != nil && last.Unix.Path != "":
			last.Unix.Path += "\n" + string(line)
		default:
			return dst, fmt.Errorf("line %d is %.100q", n, line)
		}
	}
	return appendKnown(dst, last), nil
}

// appendKnown appends a socket unless it is none yet, or of no known type.
func appendKnown(dst []mib2.Socket, s mib2.Socket) []mib2.Socket {
	if s.Unix == nil || s.Unix.Type == 0 {
		return dst
	}
	return append(dst, s)
}

// procUnixDigits are how many digits the numbers before the inode have: the address, which
// a colon follows, reference count, protocol, flags, type and state.
var procUnixDigits = [...]int{0, 8, 8, 8, 4, 2}

// parseProcUnix decodes a line: those numbers, an inode and perhaps a name.
func parseProcUnix(line []byte) (s mib2.Socket, ok bool) {
	address, rest, _ := bytes.Cut(line, []byte(": "))
	if len(address) < 8 || len(bytes.Trim(address, "0123456789abcdef")) > 0 {
		return mib2.Socket{}, false
	}
	var numbers [len(procUnixDigits)]uint64
	for i := 1; i < len(numbers); i++ {
		var field []byte
		field, rest, _ = bytes.Cut(rest, []byte(" "))
		n, err := strconv.ParseUint(string(field), 16, 32)
		if err != nil || len(field) != procUnixDigits[i] {
			return mib2.Socket{}, false
		}
		numbers[i] = n
	}
	number, name, _ := bytes.Cut(bytes.TrimLeft(rest, " "), []byte(" "))
	inode, err := strconv.ParseUint(string(number), 10, 64)
	if err != nil {
		return mib2.Socket{}, false
	}
	u := &mib2.UnixInfo{Type: linuxUnixType(byte(min(numbers[4], 255))), Path: string(name), NoQueues: true, NoUID: true}
	s = mib2.Socket{Proto: mib2.Unix, Family: mib2.Local, Inode: inode, Unix: u}
	// A datagram socket counts as connected as soon as another is connected to it: whether
	// it has a peer itself is not told, but those with a name are rarely clients.
	const accepts, unaccepted, connected = 0x10000, 2, 3 // __SO_ACCEPTCON, SS_CONNECTING, SS_CONNECTED
	peer := numbers[5] == unaccepted || numbers[5] == connected
	s.SetUnixState(numbers[3]&accepts != 0, peer && (u.Type != mib2.Datagram || u.Path == ""))
	return s, true
}
