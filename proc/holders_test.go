package proc

import (
	"slices"
	"testing"
)

func TestSocketHolders(t *testing.T) {
	h := NewSocketHolders([]Held{
		{70, Holder{3, 5}}, {70, Holder{1, 9}}, {70, Holder{1, 4}}, {70, Holder{3, 6}},
		{80, Holder{2, 1}}, {60, Holder{3, 1}},
	}, 2)
	for inode, want := range map[uint64][]Holder{
		0: nil, 59: nil, 60: {{3, 1}}, 61: nil, 70: {{1, 4}, {3, 5}}, 80: {{2, 1}}, 81: nil,
	} {
		if got := h.Of(Endpoint{Inode: inode}); !slices.Equal(got, want) {
			t.Errorf("holders of %d: got %v, want %v", inode, got, want)
		}
	}
	if got, want := h.PIDs(), []int32{1, 2, 3}; !slices.Equal(got, want) {
		t.Errorf("got PIDs %v, want %v", got, want)
	}
	var inodes []uint64
	for e, holders := range h.All() {
		inodes = append(inodes, e.Inode)
		if e != (Endpoint{Inode: e.Inode}) || !slices.Equal(holders, h.Of(e)) {
			t.Errorf("%+v: got %v, want %v", e, holders, h.Of(e))
		}
	}
	if want := []uint64{60, 70, 80}; !slices.Equal(inodes, want) || h.Hidden != 2 {
		t.Errorf("got inodes %v, hidden %d", inodes, h.Hidden)
	}
	for range h.All() {
		break
	}
}

func TestNoSocketHolders(t *testing.T) {
	for _, h := range []*SocketHolders{nil, {}, NewSocketHolders(nil, 0), NewEndpointHolders(nil, 0)} {
		for range h.All() {
			t.Error("a holder of nothing")
		}
		if h.Of(Endpoint{Inode: 1}) != nil || h.PIDs() == nil || len(h.PIDs()) != 0 {
			t.Errorf("got %v, %v", h.Of(Endpoint{Inode: 1}), h.PIDs())
		}
	}
}

// Whatever inodes there are, each is found, and no other.
func TestManySocketHolders(t *testing.T) {
	for _, step := range []uint64{1, 2, 1 << 32, 1<<61 + 1} {
		var found []Held
		for i := range uint64(3000) {
			found = append(found, Held{i * step, Holder{int32(i) + 1, 3}})
		}
		h := NewSocketHolders(found, 0)
		for i := range uint64(3000) {
			if got := h.Of(Endpoint{Inode: i * step}); len(got) != 1 || got[0].PID != int32(i)+1 {
				t.Fatalf("holders of %d: got %v, want %d", i*step, got, i+1)
			}
		}
		if got := h.Of(Endpoint{Inode: 3000 * step}); got != nil {
			t.Errorf("holders of %d: got %v", 3000*step, got)
		}
	}
}

// madeUp are the sockets of 100 processes, in the order of their descriptors.
func madeUp() []Held {
	found := make([]Held, 61_300)
	for i := range found {
		found[i] = Held{1_000_000 + uint64(i)*7919%61_300*3, Holder{1 + int32(i/613), int32(i % 613)}}
	}
	return found
}

func BenchmarkNewSocketHolders(b *testing.B) {
	found := madeUp()
	b.ReportAllocs()
	for b.Loop() {
		NewSocketHolders(slices.Clone(found), 0)
	}
}

func BenchmarkHoldersOf(b *testing.B) {
	h := NewSocketHolders(madeUp(), 0)
	b.ReportAllocs()
	i := uint64(0)
	for b.Loop() {
		i += 7919
		h.Of(Endpoint{Inode: 1_000_000 + i%61_300*3})
	}
}
