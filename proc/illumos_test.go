package proc

import (
	"bytes"
	"encoding/binary"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

func illumosFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/illumos/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestPsinfo(t *testing.T) {
	b := illumosFile(t, "psinfo")
	p, err := parsePsinfo(b)
	want := Process{PID: 18637, PPID: 1, PGID: p.PGID, SID: p.SID, Name: "beam.smp", Has: PartStat | PartStatus | PartArgs | PartZone,
		State: 'S', Start: time.Unix(1426000100, 123456789), Threads: 131, Nice: NoNice, CPU: p.CPU,
		VSize: 2867200 << 10, RSS: 1433600 << 10, UID: 1001, EUID: 1001, GID: 1001, Zone: 7,
		Args: "/opt/local/lib/erlang/erts-5.9.1/bin/beam.smp -K true -A 64 -W w -- -root /opt/"}
	if err != nil || p.Process != want || p.zombie {
		t.Errorf("got  %+v\nwant %+v\n%v", p.Process, want, err)
	}
	if _, err := parsePsinfo(b[:psinfoLen-1]); err == nil {
		t.Error("a short psinfo is read")
	}
	zombie := bytes.Clone(b)
	copy(zombie[88:104], make([]byte, 16))  // pr_start
	copy(zombie[136:232], make([]byte, 96)) // pr_fname, pr_psargs
	zombie[314] = 'Z'
	binary.LittleEndian.PutUint64(zombie[72:], 24<<32|3) // pr_ttydev
	p, err = parsePsinfo(zombie)
	if err != nil || !p.zombie || !p.Start.IsZero() || p.Name != "" || p.Args != "" || p.TTY != "24,3" {
		t.Errorf("zombie %+v, %v", p.Process, err)
	}
}

func TestFdinfo(t *testing.T) {
	for _, test := range []struct {
		name string
		want Endpoint
		ok   bool
	}{
		{"tli", Endpoint{Inode: 790313600, Device: true, Major: 236223201284 >> 32}, true},
		{"udp6", Endpoint{Inode: 1369620481, Type: TypeDatagram, Family: FamilyInet6}, true},
		{"tcp6", Endpoint{Inode: 1996532240, Type: TypeStream, Family: FamilyInet6}, true},
		{"tcp4", Endpoint{Inode: 1996540976, Type: TypeStream, Family: FamilyInet}, true},
		{"unix", Endpoint{Inode: 2383847427, Type: TypeStream, Family: FamilyUnix}, true},
		{"file", Endpoint{}, false},
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

// Sockets are told apart by type, family and kind; a descriptor of which just the inode is
// known stands for all.
func TestEndpoints(t *testing.T) {
	tcp4 := Endpoint{Inode: 7, Type: TypeStream, Family: FamilyInet}
	udp4 := Endpoint{Inode: 7, Type: TypeDatagram, Family: FamilyInet}
	device := Endpoint{Inode: 7, Device: true, Major: 55}
	e := endpoints{}
	var found []held
	for _, d := range []struct {
		endpoint Endpoint
		pid, fd  int32
	}{{tcp4, 3, 9}, {tcp4, 3, 4}, {tcp4, 2, 5}, {udp4, 8, 1}, {device, 9, 2}, {Endpoint{Inode: 9}, 6, 3},
		{Endpoint{Inode: 9, Type: TypeStream, Family: FamilyInet}, 5, 3}} {
		found = append(found, held{e.number(d.endpoint), Holder{d.pid, d.fd}})
	}
	h := newSocketHolders(found, 0)
	h.endpoints = e
	for _, test := range []struct {
		of   Endpoint
		want []Holder
	}{
		{tcp4, []Holder{{2, 5}, {3, 4}}}, {udp4, []Holder{{8, 1}}}, {device, []Holder{{9, 2}}},
		{Endpoint{Inode: 7, Device: true, Major: 56}, nil}, {Endpoint{Inode: 7, Type: TypeStream, Family: FamilyInet6}, nil},
		{Endpoint{Inode: 9, Type: TypeStream, Family: FamilyInet}, []Holder{{5, 3}, {6, 3}}},
		{Endpoint{Inode: 9, Type: TypeStream, Family: FamilyUnix}, []Holder{{6, 3}}},
		{Endpoint{Inode: 0}, nil}, {Endpoint{Inode: 8}, nil},
	} {
		if got := h.OfEndpoint(test.of); !slices.Equal(got, test.want) {
			t.Errorf("%+v: %v instead of %v", test.of, got, test.want)
		}
	}
	if (*SocketHolders)(nil).OfEndpoint(tcp4) != nil {
		t.Error("nil holds a socket")
	}
}

func FuzzPsinfo(f *testing.F) {
	f.Add(illumosFile(f, "psinfo"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := parsePsinfo(b)
		if err == nil && (len(p.Name) > 16 || len(p.Args) > 80 || strings.ContainsRune(p.Name+p.Args, 0)) {
			t.Errorf("name %q, arguments %q", p.Name, p.Args)
		}
		_ = p.State.String()
	})
}

func FuzzFdinfo(f *testing.F) {
	for _, name := range []string{"tli", "udp6", "tcp6", "file", "unix"} {
		f.Add(illumosFile(f, "fdinfo."+name))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if e, ok, err := parseFdinfo(b); err != nil && (ok || e != Endpoint{}) {
			t.Errorf("%+v with %v", e, err)
		}
	})
}
