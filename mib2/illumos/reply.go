package illumos

import "slices"

// Limits of a reply; beyond them it is none of a sane kernel. Data are kept only of the
// groups that are wanted.
const (
	maxMessages = 10_000
	maxKept     = 1 << 30
)

// reply collects the messages that answer a request, in whatever order they come.
type reply struct {
	wanted   []group
	chunks   map[group][][]byte // of the messages of a group
	kept     int
	messages int
	ended    bool
}

func newReply(wanted []group) *reply {
	return &reply{wanted: wanted, chunks: map[group][][]byte{}}
}

// add takes a message, of which it keeps nothing, and reports whether it was the last: the
// one with no data part. An empty table has a data part of no bytes.
func (r *reply) add(m *tpiMessage) (end bool, err error) {
	g, length, err := m.header()
	if err != nil {
		return false, err
	}
	switch {
	case m.data == nil && length == 0:
		r.ended = true
		return true, nil
	case m.data == nil:
		return false, replyError("data_length", "%v announces %d bytes and has no data", g, length)
	case uint64(len(m.data)) != uint64(length):
		return false, replyError("data_length", "%v announces %d bytes and has %d", g, length, len(m.data))
	}
	if r.messages++; r.messages > maxMessages {
		return false, replyError("no_end", "more than %d messages without an end", maxMessages)
	}
	if slices.Contains(r.wanted, g) {
		if r.kept += len(m.data); r.kept > maxKept {
			return false, replyError("no_end", "more than %d bytes without an end", maxKept)
		}
		r.chunks[g] = append(r.chunks[g], slices.Clone(m.data))
	}
	return false, nil
}

// limit returns how many bytes of data a message may have, from what it announces: one
// more, so that more can be noticed.
func (m *tpiMessage) limit() (int64, error) {
	_, length, err := m.header()
	return int64(length) + 1, err
}
