package linux

import (
	"encoding/binary"
	"errors"
	"slices"
	"syscall"
	"testing"
)

// walked returns a record of the program.
func walked(zone uint32, family, localPort uint16, local, remote []byte) []byte {
	b := make([]byte, walkedSize)
	binary.NativeEndian.PutUint32(b[walkedZoneAt:], zone)
	binary.NativeEndian.PutUint16(b[walkedFamilyAt:], family)
	binary.NativeEndian.PutUint32(b[walkedDeviceAt:], 7)
	binary.NativeEndian.PutUint16(b[walkedLocalPortAt:], localPort)
	copy(b[walkedRemotePortAt:], []byte{0x1F, 0x90})
	if len(local) == 4 {
		copy(b[walkedLocalAt:], local)
		copy(b[walkedRemoteAt:], remote)
	} else {
		copy(b[walkedLocal6At:], local)
		copy(b[walkedRemote6At:], remote)
	}
	return b
}

// walkedEnd returns the record that an iteration ends with.
func walkedEnd(next, mask uint32, own uint16) []byte {
	b := make([]byte, walkedSize)
	binary.NativeEndian.PutUint32(b[walkedZoneAt:], next)
	binary.NativeEndian.PutUint16(b[walkedFamilyAt:], walkedTable)
	binary.NativeEndian.PutUint32(b[walkedDeviceAt:], mask)
	binary.NativeEndian.PutUint16(b[walkedLocalPortAt:], own)
	return b
}

func TestConnectionRecords(t *testing.T) {
	six := func(last byte) []byte { return append(make([]byte, 15), last) }
	var c connections
	b := slices.Concat(walked(5, linuxAFInet, 80, []byte{10, 0, 0, 1}, []byte{10, 0, 0, 2}), walked(6, linuxAFInet6, 81, six(1), six(2)), walkedEnd(4, 63, 0))
	if err := c.add(b); err != nil || c.whole() || c.next != 4 || c.count != 2 {
		t.Fatalf("%v, %+v", err, c)
	}
	if err := c.add(walkedEnd(8, 63, 0)); err != nil || !c.whole() {
		t.Errorf("%v, %+v", err, c)
	}
	four, other := c.of[5][0], c.of[6][0]
	if four.family != linuxAFInet || four.localPort() != 80 || four.remotePort() != 8080 ||
		!slices.Equal(four.id[:9], []byte{0, 80, 0x1F, 0x90, 10, 0, 0, 1, 0}) || !slices.Equal(four.id[20:25], []byte{10, 0, 0, 2, 0}) ||
		binary.NativeEndian.Uint32(four.id[36:]) != 7 {
		t.Errorf("%+v", four)
	}
	if other.family != linuxAFInet6 || other.localPort() != 81 || other.id[19] != 1 || other.id[35] != 2 {
		t.Errorf("%+v", other)
	}
	for name, b := range map[string][]byte{"half a record": b[:walkedSize+9], "unstable": make([]byte, walkedSize),
		"another family": walked(5, 3, 80, nil, nil), "a table of its own": walkedEnd(8, 63, 1)} {
		if err := new(connections).add(b); err == nil {
			t.Error(name)
		}
	}
}

func FuzzConnectionRecords(f *testing.F) {
	f.Add(slices.Concat(walked(5, linuxAFInet, 80, []byte{10, 0, 0, 1}, []byte{10, 0, 0, 2}), walkedEnd(8, 63, 0)))
	f.Add(walked(5, linuxAFInet6, 80, make([]byte, 16), make([]byte, 16)))
	f.Fuzz(func(t *testing.T, b []byte) {
		var c connections
		err := c.add(b)
		sum := 0
		for _, list := range c.of {
			sum += len(list)
			for i := range list {
				if f := list[i].family; f != linuxAFInet && f != linuxAFInet6 {
					t.Errorf("family %d", f)
				}
			}
		}
		if sum != c.count || sum > len(b)/walkedSize || err == nil && len(b)%walkedSize != 0 {
			t.Errorf("%d connections of %d bytes, counted as %d: %v", sum, len(b), c.count, err)
		}
	})
}

// The walk is made again where the table changed or a call wrote too much, and only so often; what
// it found counts if it has seen all buckets.
func TestConnectionsWalk(t *testing.T) {
	const buckets = 64
	for name, test := range map[string]struct {
		errs  []error // of the walks one after the other
		mask  int
		calls int
		found bool
	}{
		"well":               {nil, buckets - 1, 1, true},
		"once unstable":      {[]error{errUnstable}, buckets - 1, 2, true},
		"ever unstable":      {slices.Repeat([]error{errUnstable}, 9), buckets - 1, 4, false},
		"too much":           {[]error{syscall.E2BIG, syscall.E2BIG}, buckets - 1, 3, true},
		"refused":            {[]error{syscall.EPERM}, buckets - 1, 1, false},
		"another table":      {nil, 2*buckets - 1, 4, false},
		"refused afterwards": {[]error{errUnstable, errors.New("no")}, buckets - 1, 2, false},
	} {
		calls, groups := 0, 0
		c := Connections{walk: func(n int, found *connections) error {
			calls++
			if calls > 1 && errors.Is(test.errs[min(calls-2, len(test.errs)-1)], syscall.E2BIG) && n >= groups && groups > 1 {
				t.Errorf("%s: %d groups after %d", name, n, groups)
			}
			groups = n
			found.mask = test.mask
			if calls <= len(test.errs) {
				return test.errs[calls-1]
			}
			return nil
		}}
		if name == "another table" {
			c.walk = func(_ int, found *connections) error { calls++; found.mask = test.mask; return nil }
			test.calls = 1
		}
		c.walkAll(0, buckets)
		if calls != test.calls || (c.found != nil) != test.found || !c.walked {
			t.Errorf("%s: %d calls, found %v", name, calls, c.found)
		}
	}
}
