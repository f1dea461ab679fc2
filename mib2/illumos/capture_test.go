package illumos

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sockstat/mib2"
)

func testdata(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var bothProtocols = []mib2.Protocol{mib2.UDP, mib2.TCP}

// described is what the file beside a capture says of it.
type described struct {
	Expect, Failure string
	Rows            []describedRow
}

type describedRow struct {
	Table      string
	LocalAddr  string `json:"local_addr"`
	LocalPort  uint16 `json:"local_port"`
	RemoteAddr string `json:"remote_addr"`
	RemotePort uint16 `json:"remote_port"`
	StateCode  uint32 `json:"state_code"`
	State      string
	PID        int32
	Created    uint64 `json:"creation_time"`
	IfIndex    uint32
	SockInfo   *struct{ Inode, Dev, Flags uint64 }
}

func (r describedRow) String() string {
	remote := "-"
	if r.RemotePort != 0 {
		remote = netip.AddrPortFrom(netip.MustParseAddr(r.RemoteAddr), r.RemotePort).String()
	}
	text := fmt.Sprintf("%s %s %s %s pid %d at %d if %d", r.Table, strings.ToUpper(r.State),
		netip.AddrPortFrom(netip.MustParseAddr(r.LocalAddr), r.LocalPort), remote, r.PID, r.Created, r.IfIndex)
	if i := r.SockInfo; i != nil {
		text += fmt.Sprintf(" inode %d device %v inet6 %v major %d", i.Inode, i.Flags&1 != 0,
			i.Flags&2 != 0 || strings.HasSuffix(r.Table, "6"), i.Dev>>32)
	}
	return text
}

// described returns a socket as the description of a capture has it.
func describeOrigin(s *mib2.Socket) string {
	remote := "-"
	if s.Remote.IsValid() {
		remote = s.Remote.String()
	}
	table := s.Proto.String() + map[mib2.Family]string{mib2.Inet: "4", mib2.Inet6: "6"}[s.Family]
	text := fmt.Sprintf("%s %s %s %s pid %d at %d if %d", table, s.State, s.Local, remote, s.Origin.PID, s.Origin.Created, s.Interface)
	if f := s.Origin.File; f != nil {
		text += fmt.Sprintf(" inode %d device %v inet6 %v major %d", s.Inode, f.Device, f.Inet6, f.Major)
	}
	return text
}

// Every capture gives the rows or the error that it is described with.
func TestCaptures(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		var want described
		if err := json.Unmarshal(testdata(t, ""+filepath.Base(file)), &want); err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		rows, err := DecodeCapture(nil, bytes.NewReader(testdata(t, ""+name+".tpi")), bothProtocols, mib2.Filter{})
		if want.Expect == "failure" {
			checkClass(t, name, rows, err, want.Failure)
			continue
		}
		if err != nil || len(rows) != len(want.Rows) {
			t.Errorf("%s: %d rows instead of %d, %v", name, len(rows), len(want.Rows), err)
			continue
		}
		for i := range rows {
			if got, want := describeOrigin(&rows[i]), want.Rows[i].String(); got != want {
				t.Errorf("%s: row %d:\n got %s\nwant %s", name, i, got, want)
			}
		}
	}
}

func checkClass(t *testing.T, name string, rows []mib2.Socket, err error, class string) {
	t.Helper()
	var e *ReplyError
	switch {
	case !errors.As(err, &e):
		t.Errorf("%s: %d rows, error %v instead of one of class %s", name, len(rows), err, class)
	case e.Class != class || strings.Contains(err.Error(), "\n") || len(rows) > 0:
		t.Errorf("%s: %d rows, error of class %s instead of %s: %v", name, len(rows), e.Class, class, err)
	}
}

// capture is a reply that a test changes.
type capture []tpiMessage

func readCapture(t testing.TB, name string) (c capture) {
	t.Helper()
	r, err := newCaptureReader(bytes.NewReader(testdata(t, ""+name)))
	if err != nil {
		t.Fatal(err)
	}
	for {
		m, err := r.next()
		if err != nil {
			return c
		}
		c = append(c, *m)
	}
}

func (c capture) file() io.Reader {
	var b bytes.Buffer
	b.WriteString(captureMagic)
	for i := range c {
		writeMessage(&b, &c[i])
	}
	return &b
}

// find returns the number of the first message of a group.
func (c capture) find(g group) int {
	for i := range c {
		if len(c[i].control) >= controlLen && (group{binary.LittleEndian.Uint32(c[i].control[16:]), binary.LittleEndian.Uint32(c[i].control[20:])}) == g {
			return i
		}
	}
	return -1
}

// put changes a number in a part.
func put(b []byte, at int, n uint32) { binary.LittleEndian.PutUint32(b[at:], n) }

// setData replaces the data of the first message of a group.
func (c capture) setData(g group, b []byte) {
	m := &c[c.find(g)]
	m.data = b
	put(m.control, 24, uint32(len(b)))
}

// What can be wrong with a reply ends in the error of its class, and no row.
func TestReplyErrors(t *testing.T) {
	tcp4, udp4 := group{262, 13}, group{263, 5}
	for _, test := range []struct {
		name, class string
		change      func(c capture) capture
	}{
		{"no end", "no_end", func(c capture) capture { return c[:len(c)-1] }},
		{"nothing", "no_end", func(c capture) capture { return nil }},
		{"hangup", "no_end", func(c capture) capture { return append(c[:4], tpiMessage{control: []byte{}}) }},
		{"end first", "empty", func(c capture) capture { return c[len(c)-1:] }},
		{"no TCP/IPv6 table", "empty", func(c capture) capture { i := c.find(group{270, 14}); return append(c[:i], c[i+1:]...) }},
		{"no control part", "control_length", func(c capture) capture { c[2].control = nil; return c }},
		{"3 bytes of control", "control_length", func(c capture) capture { c[2].control = c[2].control[:3]; return c }},
		{"27 bytes of control", "control_length", func(c capture) capture { c[2].control = c[2].control[:27]; return c }},
		{"513 bytes of control", "control_length", func(c capture) capture { c[2].control = append(c[2].control, make([]byte, 485)...); return c }},
		{"short error", "control_length", func(c capture) capture { put(c[2].control, 0, 18); c[2].control = c[2].control[:15]; return c }},
		{"refused", "error_ack", func(c capture) capture { put(c[2].control, 0, 18); return c }},
		{"other message", "primitive", func(c capture) capture { put(c[2].control, 0, 19); return c }},
		{"no success", "mgmt_flags", func(c capture) capture { put(c[2].control, 12, 0x60); return c }},
		{"announced more", "data_length", func(c capture) capture { put(c[2].control, 24, 4000000000); return c }},
		{"announced less", "data_length", func(c capture) capture { put(c[2].control, 24, 1); return c }},
		{"data part missing", "data_length", func(c capture) capture { c[2].data = nil; return c }},
		{"short UDP counters", "counters", func(c capture) capture { c.setData(group{263, 0}, make([]byte, 19)); return c }},
		{"short TCP counters", "counters", func(c capture) capture { c.setData(group{262, 0}, make([]byte, 211)); return c }},
		{"no counters", "entry_size", func(c capture) capture { i := c.find(group{262, 0}); return append(c[:i], c[i+1:]...) }},
		{"two counters", "entry_size", func(c capture) capture {
			other := c[c.find(group{262, 0})]
			other.data = bytes.Clone(other.data)
			put(other.data, 48, 100)
			return append(capture{other}, c...)
		}},
		{"size 0", "entry_size", func(c capture) capture { put(c[c.find(group{262, 0})].data, 48, 0); return c }},
		{"size -172", "entry_size", func(c capture) capture { put(c[c.find(group{262, 0})].data, 48, 1<<32-172); return c }},
		{"size 19", "entry_size", func(c capture) capture { put(c[c.find(group{263, 0})].data, 12, 19); return c }},
		{"absurd size", "entry_size", func(c capture) capture { put(c[c.find(group{263, 0})].data, 12, 1<<20); return c }},
		{"a byte more", "table_length", func(c capture) capture {
			c.setData(tcp4, append(c[c.find(tcp4)].data, 0))
			return c
		}},
		{"odd socket info", "table_length", func(c capture) capture {
			c.setData(group{262, 106}, make([]byte, 33))
			return c
		}},
		{"port 65536", "entry", func(c capture) capture { put(c[c.find(udp4)].data, 4, 65536); return c }},
	} {
		rows, err := DecodeCapture(nil, test.change(readCapture(t, "sockinfo.tpi")).file(), bothProtocols, mib2.Filter{})
		checkClass(t, test.name, rows, err, test.class)
	}
	whole := testdata(t, "sockinfo.tpi")
	for n := range whole {
		if rows, err := DecodeCapture(nil, bytes.NewReader(whole[:n]), bothProtocols, mib2.Filter{}); err == nil || len(rows) > 0 {
			t.Fatalf("cut off after %d bytes: %d rows, %v", n, len(rows), err)
		}
	}
}

// What is unusual but right is read.
func TestUnusualReplies(t *testing.T) {
	rows := func(c capture) []mib2.Socket {
		t.Helper()
		rows, err := DecodeCapture(nil, c.file(), bothProtocols, mib2.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	want := rows(readCapture(t, "sockinfo.tpi"))
	same := func(what string, got []mib2.Socket) {
		t.Helper()
		if len(got) != len(want) {
			t.Fatalf("%s: %d rows instead of %d", what, len(got), len(want))
		}
		for i := range got {
			if describeOrigin(&got[i]) != describeOrigin(&want[i]) {
				t.Errorf("%s: %s instead of %s", what, describeOrigin(&got[i]), describeOrigin(&want[i]))
			}
		}
	}

	c := readCapture(t, "sockinfo.tpi")
	for i, j := 0, len(c)-2; i < j; i, j = i+1, j-1 {
		c[i], c[j] = c[j], c[i]
	}
	same("backwards", rows(c))

	c = readCapture(t, "sockinfo.tpi")
	c[3].control = append(c[3].control, 1, 2, 3, 4)
	same("more control", rows(c))

	// A table in two messages: the rows and their numbers follow each other.
	c = readCapture(t, "sockinfo.tpi")
	i := c.find(group{262, 13})
	second := tpiMessage{control: bytes.Clone(c[i].control), data: bytes.Clone(c[i].data[172:])}
	put(second.control, 24, uint32(len(second.data)))
	c.setData(group{262, 13}, bytes.Clone(c[i].data[:172]))
	c = append(c[:i+1], append(capture{second}, c[i+1:]...)...)
	same("in two messages", rows(c))

	// Socket info of no row.
	c = readCapture(t, "sockinfo.tpi")
	info := bytes.Clone(c[c.find(group{262, 106})].data[:sockInfoLen])
	put(info, 0, 4)
	c.setData(group{262, 106}, append(c[c.find(group{262, 106})].data, info...))
	put(info, 4, 1<<31)
	same("info of no row", rows(c))
}

// The answer to a request for one protocol alone has no sockets of the other, but is none
// for who asks for that.
func TestOneProtocolReply(t *testing.T) {
	whole, err := DecodeCapture(nil, readCapture(t, "sockinfo.tpi").file(), []mib2.Protocol{mib2.TCP}, mib2.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	c := readCapture(t, "sockinfo.tpi")
	c = slices.DeleteFunc(c, func(m tpiMessage) bool {
		level := binary.LittleEndian.Uint32(m.control[16:])
		return level == 263 || level == 271
	})
	got, err := DecodeCapture(nil, c.file(), bothProtocols, mib2.Filter{})
	if err != nil || len(got) == 0 || len(got) != len(whole) {
		t.Errorf("both: %d rows instead of %d, %v", len(got), len(whole), err)
	}
	if got, err := DecodeCapture(nil, c.file(), []mib2.Protocol{mib2.UDP}, mib2.Filter{}); len(got) > 0 || err == nil || !strings.Contains(err.Error(), "(empty)") {
		t.Errorf("UDP: %d rows, %v", len(got), err)
	}
}

// Entries of every size that a kernel had, and what is not in them is not known.
func TestEntrySizes(t *testing.T) {
	for _, test := range []struct {
		proto        mib2.Protocol
		table, size  int
		pid, created bool
		queues       bool
	}{
		{mib2.TCP, 0, 20, false, false, false}, {mib2.TCP, 0, 55, false, false, false},
		{mib2.TCP, 0, 56, false, false, true}, {mib2.TCP, 0, 67, false, false, true},
		{mib2.TCP, 0, 68, true, true, true}, {mib2.TCP, 0, 159, true, true, true},
		{mib2.TCP, 0, 160, false, false, true}, {mib2.TCP, 0, 171, false, false, true},
		{mib2.TCP, 0, 172, true, true, true}, {mib2.TCP, 0, 300, true, true, true},
		{mib2.TCP, 1, 48, false, false, false}, {mib2.TCP, 1, 84, false, false, true}, {mib2.TCP, 1, 96, true, true, true},
		{mib2.TCP, 1, 187, true, true, true}, {mib2.TCP, 1, 188, false, false, true}, {mib2.TCP, 1, 200, true, true, true},
		{mib2.UDP, 0, 20, false, false, false}, {mib2.UDP, 0, 35, false, false, false}, {mib2.UDP, 0, 36, true, true, false},
		{mib2.UDP, 1, 48, false, false, false}, {mib2.UDP, 1, 63, false, false, false}, {mib2.UDP, 1, 64, true, true, false},
	} {
		p := mibProtocols[test.proto]
		c := readCapture(t, "empty.tpi")
		counters := c[c.find(p.counters)].data
		put(counters, p.tables[test.table].sizeAt, uint32(test.size))
		entry := make([]byte, test.size)
		put(entry, p.tables[test.table].state, 5)
		info := p.info(test.size, p.tables[test.table].family)
		if test.pid != (info.pid >= 0) || test.queues != (info.snxt >= 0) {
			t.Errorf("%v %d of %d bytes: %+v", test.proto, test.table, test.size, info)
		}
		if info.pid >= 0 {
			put(entry, info.pid, 42)
			put(entry, info.created, 77)
		}
		if info.snxt >= 0 {
			put(entry, info.snxt, 5) // a difference near the end of the numbers
			put(entry, info.suna, 1<<32-5)
			put(entry, info.rnxt, 3)
			put(entry, info.rack, 7)
		}
		c.setData(p.tables[test.table].entries, entry)
		rows, err := DecodeCapture(nil, c.file(), bothProtocols, mib2.Filter{})
		if err != nil || len(rows) != 1 {
			t.Errorf("%v %d of %d bytes: %d rows, %v", test.proto, test.table, test.size, len(rows), err)
			continue
		}
		o := rows[0].Origin
		if (o.PID == 42) != test.pid || (o.Created == 77) != test.created || o.Queues != test.queues {
			t.Errorf("%v %d of %d bytes: %+v", test.proto, test.table, test.size, *o)
		}
		if test.queues && (rows[0].SendQ != 9 || rows[0].RecvQ != 0) {
			t.Errorf("%v %d of %d bytes: queues %d and %d", test.proto, test.table, test.size, rows[0].SendQ, rows[0].RecvQ)
		}
	}
}

// Every state of the MIB has its name; the kernel's own state tells three of them apart.
func TestIllumosStates(t *testing.T) {
	for _, test := range []struct {
		proto  mib2.Protocol
		mib    uint32
		kernel int32
		want   mib2.State
	}{
		{mib2.TCP, 0, 0, mib2.Unknown}, {mib2.TCP, 1, -6, mib2.Closed}, {mib2.TCP, 1, -5, mib2.Idle}, {mib2.TCP, 1, -4, mib2.Bound}, {mib2.TCP, 2, -3, mib2.Listen},
		{mib2.TCP, 3, -2, mib2.SynSent}, {mib2.TCP, 4, -1, mib2.SynRcvd}, {mib2.TCP, 5, 0, mib2.Established}, {mib2.TCP, 6, 2, mib2.FinWait1},
		{mib2.TCP, 7, 5, mib2.FinWait2}, {mib2.TCP, 8, 1, mib2.CloseWait}, {mib2.TCP, 9, 4, mib2.LastAck}, {mib2.TCP, 10, 3, mib2.Closing},
		{mib2.TCP, 11, 6, mib2.TimeWait}, {mib2.TCP, 12, 0, mib2.Unknown}, {mib2.TCP, 1 << 31, 0, mib2.Unknown},
		{mib2.UDP, 0, 0, mib2.Unknown}, {mib2.UDP, 1, 0, mib2.Unbound}, {mib2.UDP, 2, 0, mib2.Idle}, {mib2.UDP, 3, 0, mib2.Connected}, {mib2.UDP, 4, 0, mib2.Unknown},
	} {
		p := mibProtocols[test.proto]
		for _, table := range p.tables {
			d := entryDecoder{proto: test.proto, table: &table, info: p.info(200, table.family)}
			b := make([]byte, 200)
			put(b, table.state, test.mib)
			if d.info.state >= 0 {
				put(b, d.info.state, uint32(test.kernel))
			}
			if got := d.state(b); got != test.want {
				t.Errorf("%s: state %d, %d: %v instead of %v", table.what, test.mib, test.kernel, got, test.want)
			}
		}
	}
}

// The filter is applied, and protocols are read alone.
func TestCaptureFilter(t *testing.T) {
	for _, test := range []struct {
		protocols []mib2.Protocol
		filter    mib2.Filter
		want      int
	}{
		{bothProtocols, mib2.Filter{}, 8}, {[]mib2.Protocol{mib2.TCP}, mib2.Filter{}, 5}, {[]mib2.Protocol{mib2.UDP}, mib2.Filter{}, 3},
		{bothProtocols, mib2.Filter{Families: []mib2.Family{mib2.Inet6}}, 2}, {bothProtocols, mib2.Filter{States: []mib2.State{mib2.Listen}}, 3},
		{bothProtocols, mib2.Filter{LocalPorts: []mib2.PortRange{{Lo: 514, Hi: 514}}}, 2},
	} {
		rows, err := DecodeCapture(nil, bytes.NewReader(testdata(t, "sockinfo.tpi")), test.protocols, test.filter)
		if err != nil || len(rows) != test.want {
			t.Errorf("%v %+v: %d rows instead of %d, %v", test.protocols, test.filter, len(rows), test.want, err)
		}
	}
}

// kinds returns what there is to decode in a capture: its error, or the kinds of its sockets.
func (c capture) kinds() (all []string) {
	rows, err := DecodeCapture(nil, c.file(), bothProtocols, mib2.Filter{})
	if err != nil {
		return []string{err.Error()}
	}
	for i := range rows {
		s := &rows[i]
		all = append(all, fmt.Sprint(s.Proto, s.Local.Addr().Is4(), s.State, s.Remote.IsValid(), s.Local.Addr().Zone() != "", describeOrigin(s) == ""))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// reduced returns a capture without the messages and entries that are there in plenty. The
// fuzzer spends a minute on each byte that it may be able to leave out itself.
func reduced(t testing.TB, name string) capture {
	c := readCapture(t, name)
	want := c.kinds()
	for i := len(c) - 1; i >= 0; i-- {
		if less := slices.Delete(slices.Clone(c), i, i+1); slices.Equal(less.kinds(), want) {
			c = less
		}
	}
	for i := range c {
		for entries := 2; entries <= 16; entries++ {
			size := len(c[i].data) / entries
			for at := 0; size >= 20 && len(c[i].data)%entries == 0 && at+size < len(c[i].data); {
				less := slices.Clone(c)
				less[i] = tpiMessage{control: slices.Clone(c[i].control), data: slices.Delete(slices.Clone(c[i].data), at, at+size)}
				put(less[i].control, 24, uint32(len(less[i].data)))
				if !slices.Equal(less.kinds(), want) {
					at += size
					continue
				}
				c = less
			}
		}
	}
	return c
}

func FuzzCapture(f *testing.F) {
	for _, name := range []string{"small", "empty", "grown", "oldkernel", "sockinfo", "error"} {
		seed, err := io.ReadAll(reduced(f, name+".tpi").file())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		rows, err := DecodeCapture(nil, bytes.NewReader(b), bothProtocols, mib2.Filter{})
		if err != nil && (len(rows) > 0 || strings.Contains(err.Error(), "\n")) {
			t.Errorf("%d rows, error %q", len(rows), err)
		}
		for _, s := range rows {
			if s.Origin == nil || !s.Local.IsValid() || s.State == 0 {
				t.Errorf("half a row: %+v", s)
			}
		}
	})
}

// A reply with as many sockets as once took the forerunner of this program 64 s.
func BenchmarkCapture(b *testing.B) {
	const sockets = 61_218
	c := readCapture(b, "small.tpi")
	table := c[c.find(group{262, 13})].data
	var all []byte
	for i := range sockets {
		all = append(all, table[i%15*172:][:172]...)
	}
	c.setData(group{262, 13}, all)
	wanted := append(mibProtocols[mib2.UDP].groups(), mibProtocols[mib2.TCP].groups()...)
	r := newReply(wanted)
	for i := range c {
		r.add(&c[i])
	}
	b.ReportAllocs()
	for b.Loop() {
		rows, err := r.sockets(nil, mib2.TCP, &mib2.Filter{})
		if err != nil || len(rows) != sockets+1 {
			b.Fatal(len(rows), err)
		}
	}
}

var big = flag.String("big", "", "write a reply with 61,218 TCP sockets to this file")

// TestWriteBig makes the reply that .ci/illumos lets the harness give.
func TestWriteBig(t *testing.T) {
	if *big == "" {
		return
	}
	c := readCapture(t, "small.tpi")
	table := c[c.find(group{262, 13})].data
	c.setData(group{262, 13}, bytes.Repeat(table, 61_218/15+1)[:61_218*172])
	b, err := io.ReadAll(c.file())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(*big, b, 0o644); err != nil {
		t.Fatal(err)
	}
}
