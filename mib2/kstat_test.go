package mib2

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

// The list of Unix sockets that was captured gives the rows that it is described with, and
// without inodes in the layout from before October 2019.
func TestUnixList(t *testing.T) {
	var want struct {
		Ndata int
		Rows  []struct {
			Type, Local, Remote string
			State, Inode        uint64
		}
	}
	if err := json.Unmarshal(testdata(t, "illumos/unix.kstat-json"), &want); err != nil {
		t.Fatal(err)
	}
	list := testdata(t, "illumos/unix.kstat")
	var old []byte
	for b := list; len(b) > 0; b = b[sockinfoInodeLen:] {
		old = append(old, b[:sockinfoLen]...)
		put(old, len(old)-sockinfoLen, sockinfoLen)
	}
	for layout, b := range map[string][]byte{"new": list, "old": old} {
		rows, err := parseUnixList(b, want.Ndata)
		if err != nil || len(rows) != len(want.Rows) {
			t.Fatalf("%s: %d rows instead of %d, %v", layout, len(rows), len(want.Rows), err)
		}
		for i, w := range want.Rows {
			s := UnixSocket{Type: Stream, State: Unbound, Path: w.Local, PeerPath: w.Remote, Inode: w.Inode}
			if w.Type == "dgram" {
				s.Type = Datagram
			}
			switch {
			case w.State&1 != 0:
				s.State = Connected
			case w.State&0x20 != 0:
				s.State = Bound
			}
			if layout == "old" {
				s.Inode = 0
			}
			if rows[i] != s {
				t.Errorf("%s: record %d:\n got %+v\nwant %+v", layout, i, rows[i], s)
			}
		}
	}
}

// A list that does not add up is an error, not a shorter list.
func TestUnixListErrors(t *testing.T) {
	list := testdata(t, "illumos/unix.kstat")
	n := len(list) / sockinfoInodeLen
	size := func(record int, size uint32) []byte {
		b := bytes.Clone(list)
		put(b, record*sockinfoInodeLen, size)
		return b
	}
	for name, b := range map[string][]byte{
		"cut off": list[:len(list)-1], "nothing": nil, "size 0": size(2, 0), "size 4": size(1, 4),
		"short": size(0, sockinfoLen-8), "odd": size(0, sockinfoInodeLen+1), "long": size(5, sockinfoInodeLen+8),
		"huge": size(0, 1<<32-8),
	} {
		if rows, err := parseUnixList(b, n); err == nil || rows != nil {
			t.Errorf("%s: %d rows, %v", name, len(rows), err)
		}
	}
	if rows, err := parseUnixList(nil, 0); err != nil || len(rows) > 0 {
		t.Errorf("empty: %v", err)
	}
}

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
	record := func(name string, kind byte, n uint64) []byte {
		b := make([]byte, 48)
		copy(b, name)
		b[31] = kind
		binary.LittleEndian.PutUint64(b[32:], n)
		return b
	}
	data := slices.Concat(record("ncpus", 2, 4), record("boot_time", 2, 0xFF<<32|1_700_000_000), record("lbolt", 4, 1<<40))
	if n, ok := kstatNumber(data, "boot_time"); !ok || n != 1_700_000_000 {
		t.Errorf("boot time %d, %v", n, ok)
	}
	if n, ok := kstatNumber(data, "lbolt"); !ok || n != 1<<40 {
		t.Errorf("lbolt %d, %v", n, ok)
	}
	if _, ok := kstatNumber(data, "clk_intr"); ok {
		t.Error("found a number that is not there")
	}
}

func TestClock(t *testing.T) {
	c := Clock{Boot: time.Unix(1000, 0), Ticks: 100}
	if got := c.Time(250); got != time.Unix(1002, 0) {
		t.Error(got)
	}
	if got := c.Time(1<<64 - 1); !got.After(c.Boot) {
		t.Error(got)
	}
}

func FuzzUnixList(f *testing.F) {
	f.Add(testdata(f, "illumos/unix.kstat"), 6)
	f.Fuzz(func(t *testing.T, b []byte, n int) {
		rows, err := parseUnixList(b, n%100)
		if err == nil && len(rows) != max(n%100, 0) {
			t.Errorf("%d rows of %d", len(rows), n%100)
		}
		for _, s := range rows {
			if s.State == 0 || s.Type == 0 || strings.ContainsRune(s.Path+s.PeerPath, 0) {
				t.Errorf("%+v", s)
			}
		}
		findKstat(b, "unix", 0, "x")
		kstatNumber(b, "x")
	})
}
