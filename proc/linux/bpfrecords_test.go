package linux

import (
	"encoding/binary"
	"maps"
	"slices"
	"testing"

	"sockstat/proc"
)

func recordsOf(found ...proc.Held) []byte {
	var b []byte
	for _, f := range found {
		b = binary.NativeEndian.AppendUint64(b, f.Inode)
		b = binary.NativeEndian.AppendUint32(b, uint32(f.PID))
		b = binary.NativeEndian.AppendUint32(b, uint32(f.FD))
	}
	return b
}

func held(inode uint64, pid, fd int32) proc.Held {
	return proc.Held{Inode: inode, Holder: proc.Holder{PID: pid, FD: fd}}
}

func TestHeldRecords(t *testing.T) {
	all := []proc.Held{held(1<<62+5, 7, 0), held(0, 8, 1), held(6, 1<<31-1, 1<<31-1), held(6, 7, 3)}
	b := recordsOf(all...)
	for _, test := range []struct {
		pids []int32
		want []proc.Held
	}{
		{nil, []proc.Held{all[0], all[2], all[3]}},
		{[]int32{7, 8, 9}, []proc.Held{all[0], all[3]}},
		{[]int32{}, nil},
	} {
		r := newHeldRecords(test.pids, 1)
		for _, part := range [][]byte{b[:32], nil, b[32:]} {
			if err := r.add(part); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(r.found, test.want) {
			t.Errorf("of %v: got %v, want %v", test.pids, r.found, test.want)
		}
		if seen := slices.Sorted(maps.Keys(r.seen)); !slices.Equal(seen, []int32{7, 8, 1<<31 - 1}) {
			t.Errorf("of %v: seen %v", test.pids, seen)
		}
	}
	if r := newHeldRecords(nil, 0); r.add(b[:40]) == nil || len(r.found) > 0 {
		t.Errorf("half a record: got %v and no error", r.found)
	}
}

// What a thread has for itself, and io_uring, count in a closer search only.
func TestHeldRecordsOfThreads(t *testing.T) {
	own := func(fd uint32) int32 { return int32(fd | heldOwnTable) }
	b := recordsOf(held(5, 7, 3), held(6, 7, own(4)), held(1<<63|9, 7, own(8)))
	for _, closer := range []bool{false, true} {
		r := newHeldRecords(nil, 0)
		r.closer = closer
		if err := r.add(b); err != nil {
			t.Fatal(err)
		}
		want := []proc.Held{held(5, 7, 3)}
		if closer {
			want = append(want, held(6, 7, 4))
		}
		if !slices.Equal(r.found, want) || !slices.Equal(r.rings, []ringFD{{7, 9, 8}}) {
			t.Errorf("closer %v: got %v and %v", closer, r.found, r.rings)
		}
	}
}
