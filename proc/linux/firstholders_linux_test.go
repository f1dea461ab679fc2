package linux

import (
	"slices"
	"testing"

	"sockstat/proc"
)

// What is found early is found later as well, with the same descriptors.
func TestFirstHolders(t *testing.T) {
	if h, err := (Proc{Root: "/proc", Way: "proc"}).FirstHolders(t.Context()); h != nil || err != nil {
		t.Errorf("though BPF may not be asked: %v, %v", h, err)
	}
	f := Proc{Root: "/proc"}.finder()
	defer f.close()
	first, err := f.first(t.Context())
	if err != nil {
		t.Skip(err) // BPF may not be asked
	}
	all, err := Proc{Root: "/proc", Way: "bpf"}.Holders(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	same, other := 0, 0
	for endpoint, holders := range first.All() {
		for _, h := range holders {
			if slices.Contains(all.Of(proc.Endpoint{Inode: endpoint.Inode}), h) {
				same++
			} else {
				other++ // closed since
			}
		}
	}
	if first.Began == 0 || same < 9*other {
		t.Errorf("%d holders are the same, %d are not", same, other)
	}
}
