package linux

import (
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Requests of include/uapi/linux/rtnetlink.h, and the sizes of what follows their headers.
const (
	rtmGetLink  = 18
	rtmGetAddr  = 22
	rtmGetRoute = 26

	ifinfomsgLen = 16
	ifaddrmsgLen = 8
	rtmsgLen     = 12
)

// routeRequest returns a request for all there is, of every family.
func routeRequest(kind uint16, size int, seq uint32) []byte {
	b := make([]byte, nlmsgHeaderLen+size)
	binary.NativeEndian.PutUint32(b, uint32(len(b)))
	binary.NativeEndian.PutUint16(b[4:], kind)
	binary.NativeEndian.PutUint16(b[6:], nlmFlagRequest|nlmFlagDump)
	binary.NativeEndian.PutUint32(b[8:], seq)
	return b
}

// routeDecoder takes the replies to a request apart.
type routeDecoder struct {
	seq         uint32
	answer      uint16 // type of the messages that have rows
	interrupted bool
}

// appendRouteReply appends the rows of a reply; at the end of all it returns io.EOF.
func appendRouteReply[R any](d *routeDecoder, dst []R, b []byte, decode func(dst []R, b []byte) ([]R, error)) ([]R, error) {
	for len(b) > 0 {
		m, rest, err := nextMessage(b)
		if err != nil {
			return dst, err
		}
		if m.seq != d.seq {
			return dst, fmt.Errorf("reply to request %d instead of %d", m.seq, d.seq)
		}
		d.interrupted = d.interrupted || m.flags&nlmFlagDumpInterrupted != 0
		switch m.kind {
		case d.answer:
			if dst, err = decode(dst, m.data); err != nil {
				return dst, err
			}
		case nlmsgOverrun:
			return dst, errOverrun
		case nlmsgError:
			if err := kernelError("error message", m.data); err != nil {
				return dst, err
			}
		case nlmsgDone:
			if err := kernelError("end of dump", m.data); err != nil {
				return dst, err
			}
			return dst, io.EOF
		}
		b = rest
	}
	return dst, nil
}

// attrText returns the text of an attribute, which ends in a NUL.
func attrText(b []byte) string {
	text, _, _ := strings.Cut(string(b), "\x00")
	return text
}

// attr32 returns the number of an attribute, 0 of one that is too short.
func attr32(b []byte) uint32 {
	if len(b) < 4 {
		return 0
	}
	return binary.NativeEndian.Uint32(b)
}

// flagNames returns the names of the bits that are set, with commas between them. A bit
// without a name is left out.
func flagNames(names []string, bits uint32) string {
	var set []string
	for i, name := range names {
		if bits&(1<<i) != 0 && name != "" {
			set = append(set, name)
		}
	}
	return strings.Join(set, ",")
}

// numberName returns the name of a number, or the number.
func numberName(names map[uint32]string, n uint32) string {
	if name, ok := names[n]; ok {
		return name
	}
	return strconv.FormatUint(uint64(n), 10)
}
