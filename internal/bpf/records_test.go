package bpf

import (
	"encoding/binary"
	"slices"
	"testing"
	"unsafe"
)

// ringBytes are the bytes of a ring in memory twice, as the kernel maps them.
func ringBytes(size int, ring []byte) []byte {
	words := make([]uint64, 2*size/8) // aligned
	b := unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), 2*size)
	copy(b, ring)
	copy(b[size:], b[:size])
	return b
}

// ringRecord writes a record at an offset, around the end if need be.
func ringRecord(ring []byte, at int, flags uint32, text string) (next int) {
	record := binary.NativeEndian.AppendUint32(nil, uint32(len(text))|flags)
	record = append(append(record, 0, 0, 0, 0), text...)
	for i, c := range record {
		ring[(at+i)%len(ring)] = c
	}
	return at + (len(record)+7)&^7
}

func TestRecords(t *testing.T) {
	ring := make([]byte, 64)
	at := ringRecord(ring, 40, 0, "around the end")
	at = ringRecord(ring, at, recordDiscard, "given up")
	end := ringRecord(ring, at, recordBusy, "b")
	r := Records{ringBytes(64, ring), 64}
	var got []string
	for at := uint64(40); ; {
		record, next, err := r.At(at, uint64(end))
		if err != nil {
			t.Fatal(err)
		}
		if next == at {
			break
		}
		got = append(got, string(record))
		at = next
	}
	if !slices.Equal(got, []string{"around the end", ""}) {
		t.Errorf("%q", got)
	}
	ringRecord(ring, 0, 0, "longer than the ring says")
	r.Data = ringBytes(64, ring)
	if _, next, err := r.At(0, 16); err == nil || next != 0 {
		t.Error(next, err)
	}
}

func FuzzRecords(f *testing.F) {
	ring := make([]byte, 64)
	end := ringRecord(ring, ringRecord(ring, 40, 0, "a"), 0, "bcd")
	f.Add(ring, uint64(40), uint64(end))
	f.Fuzz(func(t *testing.T, b []byte, at, end uint64) {
		const size = 128
		if at > end {
			return
		}
		r := Records{ringBytes(size, b[:min(len(b), size)]), size}
		for at != end {
			record, next, err := r.At(at, end)
			if err != nil || next == at {
				return
			}
			if next < at || next > end || len(record) > size {
				t.Fatalf("%d bytes at %d, next %d of %d", len(record), at, next, end)
			}
			at = next
		}
	})
}
