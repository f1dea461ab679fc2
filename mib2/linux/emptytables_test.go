package linux

import "testing"

// A table is empty only if the kernel says so.
func TestNoneInUse(t *testing.T) {
	const file = "sockets: used 4\nTCP: inuse 0 orphan 3 tw 0 alloc 7 mem 1\nUDP: inuse 1 mem 0\nRAW: inuse 0\n"
	for _, test := range []struct {
		file, line string
		want       bool
	}{
		{file, "TCP:", true}, {file, "UDP:", false}, {file, "TCP6:", false}, {"", "TCP:", false},
		{"TCP: inuse 0 orphan 0 tw 1 alloc 0 mem 0\n", "TCP:", false}, {"TCP: inuse 2 orphan 0 tw 0\n", "TCP:", false},
		{"TCP6: inuse 0\n", "TCP6:", true}, {"TCP: inuse x\n", "TCP:", false}, {"TCP:\n", "TCP:", false},
	} {
		if got := noneInUse(test.file, test.line); got != test.want {
			t.Errorf("%s in %q: %v", test.line, test.file, got)
		}
	}
}
