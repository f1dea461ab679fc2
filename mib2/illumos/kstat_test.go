package illumos

import (
	"testing"
)

func TestKstats(t *testing.T) {
	var directory []byte
	for i, name := range []string{"kstat_headers", "vminfo", "system_misc"} {
		var k kstatHeader
		put(k[:], 16, uint32(i*7))
		copy(k[20:], "unix")
		copy(k[56:], name)
		directory = append(directory, k[:]...)
	}
	if id, ok := findKstat(directory, "unix", 0, "system_misc"); !ok || id != 14 {
		t.Errorf("id %d, %v", id, ok)
	}
	if _, ok := findKstat(directory, "unix", 1, "system_misc"); ok {
		t.Error("found another instance")
	}
	if _, ok := findKstat(directory[:len(directory)-1], "unix", 0, "system_misc"); ok {
		t.Error("found half a header")
	}
	k := kstatHeader{128: 6, 136: 1, 137: 2}
	if k.records() != 6 || k.dataSize() != 513 {
		t.Errorf("%d records, %d bytes", k.records(), k.dataSize())
	}
}

func FuzzKstat(f *testing.F) {
	f.Add(testdata(f, "unix.kstat"))
	f.Fuzz(func(t *testing.T, b []byte) {
		findKstat(b, "unix", 0, "x")
	})
}
