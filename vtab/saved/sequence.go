package saved

import (
	"encoding/binary"
	"slices"

	"sockstat/vtab/table"
)

// sequence is the rows of a table in the order in which they were read last, with the bytes of
// their values. A kernel lists what it has in the same order again, and of most rows nothing has
// changed: such a row is known by one comparison, without a look at what it is made of in the
// file.
type sequence struct {
	columns []int    // whose values the bytes are
	order   []int32  // places of the rows of the last moment, see interned
	now     []int32  // those of this moment so far
	bytes   []string // by place; "" if not known
	next    int      // in order: which row is likely to be the next
	at      []int32  // by place: where in order it is, after 0 for nowhere; made when it is asked for
}

// longText is how long a text may be for its bytes to be those of its row. Of a longer one,
// which many rows are likely to have, it is the number.
const longText = 32

// numberOfText begins the number of a text. No value begins so.
const numberOfText = 0xff

// begin begins a moment in which some columns of the table are read.
func (s *sequence) begin(columns []int) {
	s.now, s.next = s.now[:0], 0
	if !slices.Equal(s.columns, columns) {
		*s = sequence{columns: columns}
	}
}

// find returns the place of the row that is likely to be the next one, if it has these bytes.
func (s *sequence) find(row []byte) (place int32, ok bool) {
	if s.next >= len(s.order) {
		return 0, false
	}
	place = s.order[s.next]
	return place, s.bytes[place] == string(row)
}

// keep notes that the next row of this moment is the one that was likely to be.
func (s *sequence) keep(place int32) {
	s.now = append(s.now, place)
	s.next++
}

// add notes that the row at a place is the next one of this moment, and its bytes. What comes
// behind it is likely to be what came behind it before.
func (s *sequence) add(place int32, row []byte) {
	s.now = append(s.now, place)
	for len(s.bytes) <= int(place) {
		s.bytes = append(s.bytes, "")
	}
	if s.bytes[place] != string(row) {
		s.bytes[place] = string(row)
	}
	if s.at == nil {
		s.at = make([]int32, len(s.bytes))
		for i, p := range s.order {
			s.at[p] = int32(i) + 1
		}
	}
	if int(place) < len(s.at) && s.at[place] > 0 {
		s.next = int(s.at[place])
	}
}

// end ends a moment. Rows may have got new places, see compact.
func (s *sequence) end(places []int32) {
	s.order, s.now, s.at = s.now, s.order[:0], nil
	if places == nil {
		return
	}
	bytes := make([]string, len(s.order))
	for i, p := range s.order {
		s.order[i] = places[p]
		bytes[places[p]] = s.bytes[p]
	}
	s.bytes = bytes
}

// appendRow appends the bytes of a row.
func (t *tableWriter) appendRow(dst []byte, b table.Batch, row int) ([]byte, error) {
	for _, column := range t.sequence.columns {
		v := b.Value(row, column)
		if v.Kind() == table.KindText && len(v.Bytes()) > longText {
			id, err := t.textOf(column, v.Bytes())
			if err != nil {
				return dst, err
			}
			dst = binary.AppendVarint(append(dst, numberOfText), id)
			continue
		}
		dst = appendCell(dst, v)
	}
	return dst, nil
}
