package illumos

import (
	"testing"

	"sockstat/proc"
)

func TestFdinfo(t *testing.T) {
	for _, test := range []struct {
		name string
		want proc.Endpoint
		ok   bool
	}{
		{"tli", proc.Endpoint{Inode: 790313600, Device: true, Major: 236223201284 >> 32}, true},
		{"udp6", proc.Endpoint{Inode: 1369620481, Type: proc.TypeDatagram, Family: proc.FamilyInet6}, true},
		{"tcp6", proc.Endpoint{Inode: 1996532240, Type: proc.TypeStream, Family: proc.FamilyInet6}, true},
		{"tcp4", proc.Endpoint{Inode: 1996540976, Type: proc.TypeStream, Family: proc.FamilyInet}, true},
		{"unix", proc.Endpoint{Inode: 2383847427, Type: proc.TypeStream, Family: proc.FamilyUnix}, true},
		{"file", proc.Endpoint{}, false},
	} {
		b := illumosFile(t, "fdinfo."+test.name)
		got, ok, err := parseFdinfo(b)
		if err != nil || ok != test.ok || ok && got != test.want {
			t.Errorf("%s: %+v, %v, %v", test.name, got, ok, err)
		}
		if !test.ok {
			continue
		}
		for n := range len(b) - 8 { // what is cut off is not taken for the whole
			if _, ok, err := parseFdinfo(b[:n]); ok && err == nil {
				t.Errorf("%s: read with %d bytes of %d", test.name, n, len(b))
				break
			}
		}
	}
}

// What is known of a socket, though not by us, is not taken for unknown.
func TestSocketNumbers(t *testing.T) {
	types := []proc.EndpointType{proc.TypeUnknown, proc.TypeDatagram, proc.TypeStream, proc.TypeOther, proc.TypeRaw,
		proc.TypeOther, proc.TypeSeqPacket, proc.TypeOther}
	for number, want := range types {
		if got := typeOf(uint32(number)); got != want {
			t.Errorf("type %d: got %d, want %d", number, got, want)
		}
	}
	if got := typeOf(1 << 16); got != proc.TypeOther {
		t.Errorf("a type of more than 16 bits: got %d", got)
	}
	known := map[uint16]proc.EndpointFamily{0: proc.FamilyUnknown, 1: proc.FamilyUnix, 2: proc.FamilyInet, 26: proc.FamilyInet6}
	for number := range uint16(100) {
		want, ok := known[number]
		if !ok {
			want = proc.FamilyOther
		}
		if got := familyOf(number); got != want {
			t.Errorf("family %d: got %d, want %d", number, got, want)
		}
	}
}

func TestTransportPaths(t *testing.T) {
	for path, want := range map[string]bool{
		"/devices/pseudo/tcp@0:tcp": true, "/devices/pseudo/udp6@0:udp6": true, "/dev/udp": true, "tcp6": true,
		"/devices/pseudo/arp@0:arp": false, "/dev/tcp:x": false, "": false, "/tcp/": false,
	} {
		if got := isTransport(path); got != want {
			t.Errorf("%q: %v", path, got)
		}
	}
}

func FuzzFdinfo(f *testing.F) {
	for _, name := range []string{"tli", "udp6", "tcp6", "file", "unix"} {
		f.Add(illumosFile(f, "fdinfo."+name))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if e, ok, err := parseFdinfo(b); err != nil && (ok || e != proc.Endpoint{}) {
			t.Errorf("%+v with %v", e, err)
		}
	})
}
