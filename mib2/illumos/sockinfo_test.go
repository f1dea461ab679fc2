package illumos

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"sockstat/mib2"
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
	if err := json.Unmarshal(testdata(t, "unix.kstat-json"), &want); err != nil {
		t.Fatal(err)
	}
	list := testdata(t, "unix.kstat")
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
			u := mib2.UnixInfo{Type: mib2.Stream, Path: w.Local, PeerPath: w.Remote, NoUID: true}
			s := mib2.Socket{Proto: mib2.Unix, Family: mib2.Local, State: mib2.Unbound, Inode: w.Inode,
				RecvMeasure: mib2.MeasureUnknown, SendMeasure: mib2.MeasureUnknown}
			if w.Local == "(socketpair)" || w.Remote == "(socketpair)" {
				u.Abstract, u.PeerAbstract = mib2.NotKnown, mib2.NotKnown
			}
			if w.Type == "dgram" {
				u.Type = mib2.Datagram
			}
			switch {
			case w.State&1 != 0:
				s.State = mib2.Connected
			case w.State&0x20 != 0:
				s.State = mib2.Bound
			}
			if layout == "old" {
				s.Inode, u.NoInode = 0, true
			}
			got := rows[i]
			gotUnix := *got.Unix
			if got.Unix = nil; got != s || gotUnix != u {
				t.Errorf("%s: record %d:\n got %+v %+v\nwant %+v %+v", layout, i, got, gotUnix, s, u)
			}
		}
	}
}

// A list that does not add up is an error, not a shorter list.
func TestUnixListErrors(t *testing.T) {
	list := testdata(t, "unix.kstat")
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

func FuzzUnixList(f *testing.F) {
	f.Add(testdata(f, "unix.kstat"), 6)
	f.Fuzz(func(t *testing.T, b []byte, n int) {
		rows, err := parseUnixList(b, n%100)
		if err == nil && len(rows) != max(n%100, 0) {
			t.Errorf("%d rows of %d", len(rows), n%100)
		}
		for _, s := range rows {
			if s.State == 0 || s.Unix.Type == 0 || strings.ContainsRune(s.Unix.Path+s.Unix.PeerPath, 0) {
				t.Errorf("%+v %+v", s, s.Unix)
			}
		}
	})
}
