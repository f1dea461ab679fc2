package linux

import (
	"bytes"
	"fmt"
	"strconv"

	"sockstat/mib2"
)

// procUnixParser takes the lines of /proc/net/unix, which knows neither peers nor queues
// (unix_seq_show of net/unix/af_unix.c).
//
// Names are printed as they are, with "@" for every NUL. A line that is none of the kernel's
// belongs to the name before it. One that looks like the kernel's may still belong to that
// name, if both together are no longer than a name may be: whoever can bind a socket can write
// such a line. See [mib2.UnixInfo.Doubtful].
type procUnixParser struct {
	rows []mib2.Socket // of known types
	last mib2.Socket   // to which further lines may belong; none yet if Unix is nil
	open [2]openName   // the name of the last line, and one that may reach to its end
}

// openName is a name that may go on in the next line.
type openName struct {
	room  int    // bytes that it can still have; it has ended if there are none
	inode uint64 // of the socket with the name; 0 if not known
}

// sunPathMax is how long a name can be as it is printed: sizeof(sun_path) of unix(7).
const sunPathMax = 108

// appendProcUnix appends the sockets of the file.
func appendProcUnix(dst []mib2.Socket, file []byte) ([]mib2.Socket, error) {
	p := procUnixParser{rows: dst}
	_, rest, _ := bytes.Cut(file, []byte("\n")) // the heading
	for n := 2; len(rest) > 0; n++ {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte("\n"))
		if !p.add(line) {
			return dst, fmt.Errorf("line %d is %.100q", n, line)
		}
	}
	p.end()
	doubtClaims(p.rows[len(dst):])
	return p.rows, nil
}

// add takes a line, and reports whether it can be one of the file.
func (p *procUnixParser) add(line []byte) bool {
	earlier, doubtful := p.goesOn(1 + len(line))
	s, ok := parseProcUnix(line)
	switch {
	case ok:
		p.end()
		s.Unix.Doubtful, s.Unix.After = doubtful, earlier.inode
		p.last, p.open = s, [2]openName{{}, earlier}
		if name := s.Unix.Path; name != "" {
			p.open[0] = openName{sunPathMax - len(name), s.Inode}
		}
	case p.last.Unix == nil || p.last.Unix.Path == "":
		return false
	default:
		p.last.Unix.Path += "\n" + string(line)
	}
	return true
}

// goesOn takes the room for some bytes from the open names, and returns the one that can have
// them. It is not sure which one if both can, and not ok if none can.
func (p *procUnixParser) goesOn(n int) (name openName, ok bool) {
	for i := range p.open {
		had := p.open[i].room >= n
		p.open[i].room -= n
		switch {
		case had && ok:
			name = openName{max(name.room, p.open[i].room), 0}
		case had:
			name, ok = p.open[i], true
		}
	}
	return name, ok
}

// end takes the last socket as it is.
func (p *procUnixParser) end() {
	if p.last.Unix != nil && p.last.Unix.Type != 0 {
		p.rows = append(p.rows, p.last)
	}
	p.last = mib2.Socket{}
}

// doubtClaims doubts all lines with one inode: the kernel prints one.
func doubtClaims(rows []mib2.Socket) {
	first := map[uint64]int{}
	for i := range rows {
		inode := rows[i].Inode
		if inode == 0 {
			continue
		}
		other, claimed := first[inode]
		if !claimed {
			first[inode] = i
			continue
		}
		for _, n := range []int{i, other} {
			rows[n].Unix.Doubtful, rows[n].Unix.After = true, 0
		}
	}
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
	u := &mib2.UnixInfo{Type: linuxUnixType(byte(min(numbers[4], 255))), Path: string(name), NoUID: true}
	if len(name) > 0 && name[0] == '@' { // in place of a NUL, or the first letter of a file's name
		u.Abstract = mib2.NotKnown
	}
	s = mib2.Socket{Proto: mib2.Unix, Family: mib2.Local, Inode: inode,
		RecvMeasure: mib2.MeasureUnknown, SendMeasure: mib2.MeasureUnknown, Unix: u}
	// A datagram socket counts as connected as soon as another is connected to it: whether
	// it has a peer itself is not told, but those with a name are rarely clients.
	const accepts, unaccepted, connected = 0x10000, 2, 3 // __SO_ACCEPTCON, SS_CONNECTING, SS_CONNECTED
	peer := numbers[5] == unaccepted || numbers[5] == connected
	s.SetUnixState(numbers[3]&accepts != 0, peer && (u.Type != mib2.Datagram || u.Path == ""))
	return s, true
}
