package linux

import (
	"encoding/binary"
	"slices"
	"testing"
)

// direntsOf writes names as getdents64(2) does.
func direntsOf(names ...string) (b []byte) {
	for _, name := range names {
		length := (19 + len(name) + 1 + 7) &^ 7
		entry := make([]byte, length)
		binary.NativeEndian.PutUint16(entry[16:], uint16(length))
		copy(entry[19:], name)
		b = append(b, entry...)
	}
	return b
}

func TestDirents(t *testing.T) {
	b := direntsOf(".", "..", "1", "2147483647", "2147483648", "12x", "self", "04", "", "99")
	want := []int32{1, 2147483647, 4, 99}
	if got := appendDirents(nil, b); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	names := []string{"1", "2147483647", "2147483648", "12x", "self", "04", "", "99"}
	if got := appendNames(nil, b); !slices.Equal(got, names) {
		t.Errorf("got %q, want %q", got, names)
	}
	for n := range b { // what is cut off is left out
		got := appendDirents(nil, b[:n])
		if len(got) > len(want) || !slices.Equal(got, want[:len(got)]) {
			t.Errorf("the first %d bytes: %v", n, got)
		}
	}
	endless := direntsOf("1")
	endless[16] = 0
	if got := appendDirents(nil, endless); got != nil {
		t.Errorf("an entry without a length: %v", got)
	}
}

func TestLinkInode(t *testing.T) {
	for target, want := range map[string]uint64{
		"socket:[1]": 1, "socket:[18446744073709551609]": 18446744073709551609,
		"socket:[]": 0, "socket:[1": 0, "socket:[1x]": 0, "socket:1": 0, "": 0, "pipe:[1]": 0, "socket:[99999999999999999999]": 0,
	} {
		if got, ok := linkInode([]byte(target), "socket:["); got != want || ok != (want > 0) {
			t.Errorf("%q: got %d, %v", target, got, ok)
		}
	}
}

func FuzzDirents(f *testing.F) {
	f.Add(direntsOf(".", "1", "42", "x"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, n := range appendDirents(nil, b) {
			if n < 0 {
				t.Errorf("number %d", n)
			}
		}
	})
}

func FuzzLinkInode(f *testing.F) {
	f.Add([]byte("socket:[4711]"))
	f.Fuzz(func(t *testing.T, target []byte) {
		if n, ok := linkInode(target, "socket:["); !ok && n != 0 {
			t.Errorf("%d of %q, which has none", n, target)
		}
	})
}
