package saved

import (
	"encoding/binary"

	"sockstat/vtab/table"
)

// interned are things with a number in the file, by their bytes, as far as the last moment has
// them.
type interned struct {
	numbers map[string]int32 // places in entries
	entries []internedEntry
	used    int // entries that were seen in this moment
	next    int // the place that is likely to be found next: a kernel lists what it has in the same order again
}

// internedEntry is one of them.
type internedEntry struct {
	id   int64
	seen uint32 // number of the moment that had it last, of those of this writer
	key  string
}

func newInterned() *interned { return &interned{numbers: map[string]int32{}} }

// find returns the number of something that a moment has again, and whether this is the first
// time in the moment.
func (n *interned) find(key []byte, moment uint32) (id int64, first, ok bool) {
	if n.next >= len(n.entries) || n.entries[n.next].key != string(key) {
		place, ok := n.numbers[string(key)]
		if !ok {
			return 0, false, false
		}
		n.next = int(place)
	}
	e := &n.entries[n.next]
	n.next++
	first = e.seen != moment
	if first {
		e.seen = moment
		n.used++
	}
	return e.id, first, true
}

// has reports whether something has a number.
func (n *interned) has(key []byte) bool {
	_, ok := n.numbers[string(key)]
	return ok
}

// add adds something that has got a number in a moment.
func (n *interned) add(key []byte, id int64, moment uint32) {
	e := internedEntry{id: id, seen: moment, key: string(key)}
	n.numbers[e.key] = int32(len(n.entries))
	n.entries = append(n.entries, e)
	n.used++
}

// sweep drops what a moment does not have, and calls gone for each of them.
func (n *interned) sweep(moment uint32, gone func(id int64) error) error {
	defer func() { n.used, n.next = 0, 0 }()
	if n.used == len(n.entries) {
		return nil
	}
	kept := n.entries[:0]
	for _, e := range n.entries {
		if e.seen == moment {
			n.numbers[e.key] = int32(len(kept))
			kept = append(kept, e)
			continue
		}
		delete(n.numbers, e.key)
		if err := gone(e.id); err != nil {
			return err
		}
	}
	clear(n.entries[len(kept):])
	n.entries = kept
	return nil
}

// appendCell appends the bytes of a value as it is in the file: no two values have the same, and
// none begins with those of another.
func appendCell(dst []byte, v table.Value) []byte {
	dst = append(dst, byte(v.Kind()))
	switch v.Kind() {
	case table.KindInteger:
		dst = binary.AppendVarint(dst, v.Int())
	case table.KindReal:
		dst = binary.LittleEndian.AppendUint64(dst, uint64(v.Int())) // its bits
	case table.KindText, table.KindBlob:
		dst = binary.AppendUvarint(dst, uint64(len(v.Bytes())))
		dst = append(dst, v.Bytes()...)
	}
	return dst
}

// appendCells appends several.
func appendCells(dst []byte, cells []table.Value) []byte {
	for _, v := range cells {
		dst = appendCell(dst, v)
	}
	return dst
}
