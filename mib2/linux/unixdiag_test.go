package linux

import (
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"sockstat/mib2"
)

// unixDiag makes a message about a Unix socket.
func unixDiag(kind, state byte, inode uint32, attrs ...[]byte) []byte {
	b := []byte{linuxAFUnix, kind, state, 0}
	b = binary.NativeEndian.AppendUint32(b, inode)
	b = binary.NativeEndian.AppendUint64(b, 5)
	return netlinkMessage(sockDiagByFamily, slices.Concat(b, slices.Concat(attrs...)))
}

func netlinkMessage(kind uint16, data []byte) []byte {
	b := binary.NativeEndian.AppendUint32(nil, uint32(nlmsgHeaderLen+len(data)))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = append(b, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0)
	if !littleEndian {
		b[8], b[11] = 0, 1
	}
	return append(b, data...)
}

func unixAttr(kind uint16, data []byte) []byte {
	b := binary.NativeEndian.AppendUint16(nil, uint16(nlaHeaderLen+len(data)))
	b = append(binary.NativeEndian.AppendUint16(b, kind), data...)
	return append(b, make([]byte, -len(b)&3)...)
}

func u32s(numbers ...uint32) (b []byte) {
	for _, n := range numbers {
		b = binary.NativeEndian.AppendUint32(b, n)
	}
	return b
}

func unixReply() []byte {
	return slices.Concat(
		unixDiag(1, linuxListen, 10, unixAttr(unixAttrName, []byte("/run/a\x00")), unixAttr(unixAttrVFS, u32s(77, 1)),
			unixAttr(unixAttrQueues, u32s(2, 128)), unixAttr(unixAttrUID, u32s(1000))),
		unixDiag(1, linuxEstablished, 11, unixAttr(unixAttrName, []byte("/run/a")), unixAttr(unixAttrPeer, u32s(12))),
		unixDiag(1, linuxEstablished, 12, unixAttr(unixAttrPeer, u32s(11)), unixAttr(unixAttrQueues, u32s(3, 0))),
		unixDiag(2, linuxClose, 13, unixAttr(unixAttrName, []byte("\x00ab\x00c"))),
		unixDiag(5, linuxClose, 14),
		unixDiag(9, linuxClose, 15),
	)
}

// unixRow is a Unix socket that can be compared.
type unixRow struct {
	Type                         mib2.UnixType
	State                        mib2.State
	Path, PeerPath               string
	Inode, PeerInode, BoundInode uint64
	Cookie                       uint64
	RecvQ, SendQ, UID            uint32
	HasQueues, HasUID            bool
}

func unixRowOf(s mib2.Socket) unixRow {
	u := *s.Unix
	r := unixRow{u.Type, s.State, u.Path, u.PeerPath, s.Inode, u.PeerInode, u.BoundInode, s.Cookie, s.RecvQ, s.SendQ,
		s.UID, !u.NoQueues, !u.NoUID}
	back := mib2.Socket{Proto: mib2.Unix, Family: mib2.Local, State: s.State, Inode: s.Inode, Cookie: s.Cookie,
		RecvQ: s.RecvQ, SendQ: s.SendQ, UID: s.UID, Unix: s.Unix}
	if s != back || u.NoInode {
		return unixRow{} // something else is set
	}
	return r
}

// appendUnixDiag decodes a reply about Unix sockets.
func appendUnixDiag(b []byte) ([]mib2.Socket, error) {
	d := diagDecoder{proto: mib2.Unix, filter: &mib2.Filter{}, seq: 1}
	return d.append(nil, b)
}

func TestUnixDiag(t *testing.T) {
	end := netlinkMessage(nlmsgDone, u32s(0))
	rows, err := appendUnixDiag(append(unixReply(), end...))
	if !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	rows = linked(rows, &mib2.Filter{})
	want := []unixRow{
		{Type: mib2.Stream, State: mib2.Listen, Path: "/run/a", Inode: 10, BoundInode: 77, Cookie: 5, RecvQ: 2, SendQ: 128, UID: 1000, HasQueues: true, HasUID: true},
		{Type: mib2.Stream, State: mib2.Connected, Path: "/run/a", Inode: 11, PeerInode: 12, Cookie: 5},
		{Type: mib2.Stream, State: mib2.Connected, PeerPath: "/run/a", Inode: 12, PeerInode: 11, Cookie: 5, RecvQ: 3, HasQueues: true},
		{Type: mib2.Datagram, State: mib2.Bound, Path: "@ab@c", Inode: 13, Cookie: 5},
		{Type: mib2.SeqPacket, State: mib2.Unbound, Inode: 14, Cookie: 5},
	}
	if len(rows) != len(want) {
		t.Fatalf("%d rows", len(rows))
	}
	for i := range want {
		want[i].Cookie = rows[i].Cookie // two words, whose order is that of the machine
		if got := unixRowOf(rows[i]); got != want[i] {
			t.Errorf("row %d:\n got %+v\nwant %+v", i, got, want[i])
		}
	}
	reply, whole := unixReply(), 0
	for n := 1; n < len(reply); n++ {
		if _, err := appendUnixDiag(reply[:n]); err == nil {
			whole++
		}
	}
	if whole != 5 { // cut off between two of six messages
		t.Errorf("%d of %d pieces are read without an error", whole, len(reply))
	}
	if _, err := appendUnixDiag(unixDiag(1, 1, 1, unixAttr(unixAttrPeer, nil))); err == nil {
		t.Error("an empty attribute is read")
	}
	if _, err := appendUnixDiag(netlinkMessage(nlmsgError, u32s(1<<32-2))); err == nil {
		t.Error("an error is none")
	}
}

// A peer is found though the filter leaves it out.
func TestUnixFilter(t *testing.T) {
	for _, c := range []struct {
		f    mib2.Filter
		want int
	}{
		{mib2.Filter{}, 5}, {mib2.Filter{States: []mib2.State{mib2.Connected}}, 2}, {mib2.Filter{Families: []mib2.Family{mib2.Inet}}, 0},
		{mib2.Filter{LocalPorts: []mib2.PortRange{{Lo: 1, Hi: 9}}}, 0}, {mib2.Filter{LocalPorts: []mib2.PortRange{{}}}, 5},
	} {
		rows, err := appendUnixDiag(unixReply())
		if err != nil {
			t.Fatal(err)
		}
		rows = linked(rows, &c.f)
		if len(rows) != c.want {
			t.Errorf("%v: %d rows instead of %d", c.f, len(rows), c.want)
		}
		for _, s := range rows {
			if s.Inode == 12 && s.Unix.PeerPath != "/run/a" {
				t.Errorf("%v: %+v", c.f, s.Unix)
			}
		}
	}
}

func TestProcUnix(t *testing.T) {
	for line, want := range map[string]unixRow{
		"000000007cfda9a1: 00000002 00000000 00010000 0001 01 2384331 /run/a b": {Type: mib2.Stream, State: mib2.Listen, Inode: 2384331, Path: "/run/a b"},
		"0000000000000000: 00000003 00000000 00000000 0001 03     7":            {Type: mib2.Stream, State: mib2.Connected, Inode: 7},
		"0000000000000000: 00000002 00000000 00000000 0002 01 8 @abc":           {Type: mib2.Datagram, State: mib2.Bound, Inode: 8, Path: "@abc"},
		"00000000: 00000002 00000000 00000000 0005 01 9":                        {Type: mib2.SeqPacket, State: mib2.Unbound, Inode: 9},
		"0000000000000000: 00000002 00000000 00000000 0002 03 8 /dev/log":       {Type: mib2.Datagram, State: mib2.Bound, Inode: 8, Path: "/dev/log"},
		"0000000000000000: 00000002 00000000 00000000 0002 03 8":                {Type: mib2.Datagram, State: mib2.Connected, Inode: 8},
		"0000000000000000: 00000002 00000000 00000000 0001 02     0 /run/a":     {Type: mib2.Stream, State: mib2.Connected, Path: "/run/a"},
	} {
		got, err := appendProcUnix(nil, []byte("Num\n"+line+"\n"))
		if err != nil || len(got) != 1 || unixRowOf(got[0]) != want {
			t.Errorf("%q: %+v, %v", line, got, err)
		}
	}
	for _, line := range []string{"\n", "x", "0: 1 2 3", "0: 2 0 0 0001 01 x", "00000000: 00000002 00000000 00000000 0005 01 9\nx"} {
		if s, err := appendProcUnix(nil, []byte("Num\n"+line)); err == nil {
			t.Errorf("%q: %+v", line, s)
		}
	}
}

// Whatever a name has in it, the table is read, and the name with all of it.
func TestProcUnixNames(t *testing.T) {
	const head = "0000000000000000: 00000002 00000000 00010000 0001 01 "
	for _, name := range []string{"@a\nb", "@\n", "@a\n\n\nb", "@evil\nline \x1b[31m", "@x\n0: 1 0 0 0001 01 7 /forged", "@\xff\n" + head + "x"} {
		file := "Num       RefCount\n" + head + "5 " + name + "\n" + head + "6 /run/b\n"
		got, err := appendProcUnix(nil, []byte(file))
		if err != nil || len(got) != 2 || got[0].Unix.Path != name || got[1].Unix.Path != "/run/b" {
			t.Errorf("%q: %+v, %v", name, got, err)
		}
	}
}

func FuzzUnixDiag(f *testing.F) {
	f.Add(unixReply())
	f.Fuzz(func(t *testing.T, b []byte) {
		rows, _ := appendUnixDiag(b)
		for _, s := range rows {
			if s.Unix.Type == 0 || s.State == 0 || strings.ContainsRune(s.Unix.Path, 0) {
				t.Errorf("%+v", s)
			}
		}
		linked(rows, &mib2.Filter{})
	})
}

func FuzzProcUnix(f *testing.F) {
	f.Add([]byte("Num\n000000007cfda9a1: 00000002 00000000 00010000 0001 01 2384331 /run/a b\nc"))
	f.Fuzz(func(t *testing.T, b []byte) {
		rows, _ := appendProcUnix(nil, b)
		for _, s := range rows {
			if s.Unix.Type == 0 || s.State == 0 {
				t.Errorf("%+v", s)
			}
		}
	})
}

// The request is a struct nlmsghdr and a struct unix_diag_req.
func TestUnixDiagRequest(t *testing.T) {
	b := otherRequest(linuxAFUnix, 3)
	m, rest, err := nextMessage(b)
	if err != nil || len(rest) > 0 || m.kind != sockDiagByFamily || m.seq != 3 || len(m.data) != 24 || m.data[0] != linuxAFUnix {
		t.Errorf("%v: %+v, %v", b, m, err)
	}
	const all = showName | showVFS | showPeer | showQueues | showUID
	if got := binary.NativeEndian.Uint32(m.data[12:]); got != all {
		t.Errorf("udiag_show %#x", got)
	}
}
