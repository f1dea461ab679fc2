package saved

import (
	"encoding/binary"

	"sockstat/vtab/table"
)

// interned are things with a number in the file, by their bytes.
type interned struct {
	numbers map[string]int32 // places in entries
	entries []internedEntry
	used    int // entries that were seen in this moment
	gone    int // places of what is gone
	next    int // the place that is likely to be found next: a kernel lists what it has in the same order again
}

// internedEntry is one of them.
type internedEntry struct {
	id   int64
	seen uint32 // number of the moment that had it last, of those of this writer
	gone bool   // its place is empty
	key  string
}

func newInterned() *interned { return &interned{numbers: map[string]int32{}} }

// find returns the number of something that is there, and whether this is the first time in the
// moment. Its place is then the one before next.
func (n *interned) find(key []byte, moment uint32) (id int64, first, ok bool) {
	if n.next >= len(n.entries) || n.entries[n.next].key != string(key) || n.entries[n.next].gone {
		place, ok := n.numbers[string(key)]
		if !ok {
			return 0, false, false
		}
		n.next = int(place)
	}
	e := &n.entries[n.next]
	n.next++
	return e.id, n.see(e, moment), true
}

// see notes that a moment has something, and reports whether this is the first time.
func (n *interned) see(e *internedEntry, moment uint32) (first bool) {
	if first = e.seen != moment; first {
		e.seen = moment
		n.used++
	}
	return first
}

// has reports whether something has a number.
func (n *interned) has(key []byte) bool {
	_, ok := n.numbers[string(key)]
	return ok
}

// add adds something that has got a number in a moment, at the last place.
func (n *interned) add(key []byte, id int64, moment uint32) {
	e := internedEntry{id: id, seen: moment, key: string(key)}
	n.numbers[e.key] = int32(len(n.entries))
	n.entries = append(n.entries, e)
	n.used++
}

// live returns how many there are.
func (n *interned) live() int { return len(n.entries) - n.gone }

// seenIn returns what keeps those that a moment has.
func seenIn(moment uint32) func(*internedEntry) bool {
	return func(e *internedEntry) bool { return e.seen == moment }
}

// sweep drops what is not to be kept, and calls gone for each of them.
func (n *interned) sweep(keep func(*internedEntry) bool, gone func(id int64) error) error {
	n.used, n.next = 0, 0
	for i := range n.entries {
		e := &n.entries[i]
		if e.gone || keep(e) {
			continue
		}
		delete(n.numbers, e.key)
		id := e.id
		*e = internedEntry{gone: true}
		n.gone++
		if err := gone(id); err != nil {
			return err
		}
	}
	return nil
}

// compact gives away the places of what is gone, once they are many, and returns the new places
// of the others by their old ones, nil if all stayed where they were.
func (n *interned) compact() (places []int32) {
	if n.gone <= n.live()/4 {
		return nil
	}
	places = make([]int32, len(n.entries))
	kept := n.entries[:0]
	for i, e := range n.entries {
		places[i] = int32(len(kept))
		if e.gone {
			continue
		}
		n.numbers[e.key] = int32(len(kept))
		kept = append(kept, e)
	}
	clear(n.entries[len(kept):])
	n.entries, n.gone = kept, 0
	return places
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

// eachCell calls f for each INTEGER among the values whose bytes appendCells made.
func eachCell(key string, f func(i int, n int64)) {
	for i := 0; len(key) > 0; i++ {
		kind, rest := table.Kind(key[0]), bytesOf(key[1:])
		size := 0
		switch kind {
		case table.KindInteger:
			n, read := binary.Varint(rest)
			f(i, n)
			size = read
		case table.KindReal:
			size = 8
		case table.KindText, table.KindBlob:
			length, read := binary.Uvarint(rest)
			size = read + int(length)
		}
		key = key[1+size:]
	}
}
