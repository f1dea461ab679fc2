package illumos

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"sockstat/mib2"
)

// captureMagic begins a file with the reply of an illumos kernel. Then follow the messages,
// the end message last: the lengths of control and data part, 32 bits each, absentPart
// for one that is not there, and the parts.
const (
	captureMagic = "ARPTPI1\n"
	absentPart   = math.MaxUint32
)

var errNoCapture = errors.New("not a saved reply of /dev/arp: it does not begin with " + captureMagic[:7])

// messages is a source of messages: /dev/arp, or a file with what it once answered.
type messages interface {
	// next returns the next message, which is valid until the one after.
	next() (*tpiMessage, error)
}

// captureReader reads the messages in a file.
type captureReader struct {
	r       *bufio.Reader
	message tpiMessage
}

func newCaptureReader(r io.Reader) (*captureReader, error) {
	b := bufio.NewReader(r)
	magic := make([]byte, len(captureMagic))
	if _, err := io.ReadFull(b, magic); err != nil && !isEnd(err) {
		return nil, err
	}
	if string(magic) != captureMagic {
		return nil, errNoCapture
	}
	return &captureReader{r: b}, nil
}

func isEnd(err error) bool { return err == io.EOF || err == io.ErrUnexpectedEOF }

func (c *captureReader) next() (*tpiMessage, error) {
	var lengths [8]byte
	n, err := io.ReadFull(c.r, lengths[:])
	switch {
	case n == 0 && err == io.EOF:
		return nil, replyError("no_end", "the reply is cut off: no end message")
	case isEnd(err):
		return nil, errCutOff
	case err != nil:
		return nil, err
	}
	c.message = tpiMessage{}
	if c.message.control, err = c.part(binary.LittleEndian.Uint32(lengths[:])); err != nil {
		return nil, err
	}
	c.message.data, err = c.part(binary.LittleEndian.Uint32(lengths[4:]))
	return &c.message, err
}

var errCutOff = replyError("no_end", "the reply is cut off within a message")

// part reads a part; what it says of its length is believed only as far as the file goes.
func (c *captureReader) part(length uint32) ([]byte, error) {
	if length == absentPart {
		return nil, nil
	}
	b, err := io.ReadAll(io.LimitReader(c.r, int64(length)))
	if err == nil && len(b) < int(length) {
		return nil, errCutOff
	}
	if b == nil {
		b = []byte{}
	}
	return b, err
}

// writeMessage writes a message as a record of a capture.
func writeMessage(w io.Writer, m *tpiMessage) error {
	var b []byte
	for _, part := range [][]byte{m.control, m.data} {
		length := uint32(absentPart)
		if part != nil {
			length = uint32(len(part))
		}
		b = binary.LittleEndian.AppendUint32(b, length)
	}
	for _, part := range [][]byte{b, m.control, m.data} {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// collect reads a reply to its end.
func collect(m messages, wanted []group) (*reply, error) {
	r := newReply(wanted)
	for {
		next, err := m.next()
		if err != nil {
			return nil, err
		}
		if end, err := r.add(next); err != nil {
			return nil, err
		} else if end {
			return r, nil
		}
	}
}

// appendReply appends the sockets of some protocols in a reply.
func appendReply(dst []mib2.Socket, m messages, protocols []mib2.Protocol, filter *mib2.Filter) ([]mib2.Socket, error) {
	var wanted []group
	for _, p := range protocols {
		wanted = append(wanted, mibProtocols[p].groups()...)
	}
	r, err := collect(m, wanted)
	if err != nil {
		return dst, err
	}
	rows := dst
	for _, p := range protocols {
		if len(protocols) > 1 && !r.reports(p) && slices.ContainsFunc(protocols, r.reports) {
			continue // the answer to a request for the others alone
		}
		if rows, err = r.sockets(rows, p, filter); err != nil {
			return dst, err
		}
	}
	return rows, nil
}

// DecodeCapture appends the sockets in a file that Tables.Save wrote.
func DecodeCapture(dst []mib2.Socket, file io.Reader, protocols []mib2.Protocol, filter mib2.Filter) ([]mib2.Socket, error) {
	m, err := newCaptureReader(file)
	if err != nil {
		return dst, err
	}
	rows, err := appendReply(dst, m, protocols, &filter)
	if err != nil {
		return dst, fmt.Errorf("saved reply of /dev/arp: %w", err)
	}
	return rows, nil
}

// saveMessages writes a reply to its end, or to the first message that is wrong.
func saveMessages(w io.Writer, m messages) error {
	r := newReply(nil)
	for first := true; ; first = false {
		next, err := m.next()
		if err != nil {
			return err
		}
		if first {
			if _, err := io.WriteString(w, captureMagic); err != nil {
				return err
			}
		}
		if err := writeMessage(w, next); err != nil {
			return err
		}
		if end, err := r.add(next); end || err != nil {
			return err
		}
	}
}
