package linux

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"

	"sockstat/mib2"
)

// message returns a netlink message.
func message(kind, flags uint16, seq uint32, data []byte) []byte {
	b := binary.NativeEndian.AppendUint32(nil, uint32(nlmsgHeaderLen+len(data)))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = binary.NativeEndian.AppendUint16(b, flags)
	b = binary.NativeEndian.AppendUint32(b, seq)
	b = binary.NativeEndian.AppendUint32(b, 0)
	b = append(b, data...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func errnoData(errno syscall.Errno) []byte {
	return binary.NativeEndian.AppendUint32(nil, uint32(-int32(errno)))
}

func doneMessage(seq uint32, errno syscall.Errno) []byte {
	return message(nlmsgDone, 2, seq, errnoData(errno))
}

// kernel answers requests in a test: with the replies, one after the other.
type kernel struct {
	requests [][]byte
	replies  []func(seq uint32) []byte
	closed   bool
}

func (k *kernel) reader(t testing.TB, proto mib2.Protocol, f mib2.Filter) *diagReader {
	t.Helper()
	calls := Calls{
		Socket: func() (int, error) { return 3, nil },
		Send:   func(_ int, b []byte) error { k.requests = append(k.requests, b); return nil },
		Receive: func(_ int, b []byte) (int, bool, uint32, error) {
			if len(k.replies) == 0 {
				return 0, false, 0, syscall.ENOBUFS
			}
			reply := k.replies[0](uint32(len(k.requests)))
			k.replies = k.replies[1:]
			return copy(b, reply), false, 0, nil
		},
		Close:   func(int) error { k.closed = true; return nil },
		Release: func() (string, error) { return "6.12.1", nil },
	}
	r, err := (&tables{ctx: t.Context(), proc: "/proc", calls: &calls}).openDiag(proto, diagFilter{Filter: f})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func failed(errno syscall.Errno) func(uint32) []byte {
	return func(seq uint32) []byte { return message(nlmsgError, 0, seq, errnoData(errno)) }
}

func rowAndDone(seq uint32) []byte {
	return append(message(sockDiagByFamily, 2, seq, diagMsg()), doneMessage(seq, 0)...)
}

// TestDumps looks at what is asked of the kernel: message types and families.
func TestDumps(t *testing.T) {
	for _, c := range []struct {
		proto mib2.Protocol
		f     mib2.Filter
		want  string
	}{
		{mib2.TCP, mib2.Filter{}, "18/0"},
		{mib2.TCP, mib2.Filter{Families: []mib2.Family{mib2.Inet}}, "18/0"},
		{mib2.TCP, mib2.Filter{Families: []mib2.Family{mib2.Inet6}}, "20/10"},
		{mib2.UDP, mib2.Filter{}, "20/2 20/10"},
		{mib2.UDP, mib2.Filter{Families: []mib2.Family{mib2.Inet}}, "20/2 20/10"},
		{mib2.UDP, mib2.Filter{Families: []mib2.Family{mib2.Inet6}}, "20/10"},
		{mib2.TCP, mib2.Filter{Families: []mib2.Family{}}, ""},
		{mib2.TCP, mib2.Filter{States: []mib2.State{mib2.Connected}}, ""},
		{mib2.TCP, mib2.Filter{States: []mib2.State{}}, ""},
		{mib2.TCP, mib2.Filter{LocalPorts: []mib2.PortRange{}}, ""},
		{mib2.TCP, mib2.Filter{LocalPorts: []mib2.PortRange{{Lo: 5, Hi: 4}}}, ""},
		{mib2.UDP, mib2.Filter{RemotePorts: []mib2.PortRange{}}, ""},
		{mib2.UDP, mib2.Filter{States: []mib2.State{mib2.Listen}}, ""},
		{mib2.UDP, mib2.Filter{Families: []mib2.Family{mib2.Local}}, ""},
		{mib2.TCP, mib2.Filter{Families: []mib2.Family{mib2.Local}}, ""},
		{mib2.Unix, mib2.Filter{}, "20/1"},
		{mib2.Unix, mib2.Filter{Families: []mib2.Family{mib2.Inet6, mib2.Local}}, "20/1"},
		{mib2.Unix, mib2.Filter{Families: []mib2.Family{mib2.Inet}}, ""},
		{mib2.Unix, mib2.Filter{RemotePorts: []mib2.PortRange{{Lo: 1, Hi: 65535}}}, ""},
		{mib2.Unix, mib2.Filter{States: []mib2.State{mib2.TimeWait}}, ""},
	} {
		done := func(seq uint32) []byte { return doneMessage(seq, 0) }
		k := kernel{replies: []func(uint32) []byte{done, done}}
		rows, err := all(k.reader(t, c.proto, c.f))
		var got []string
		for _, b := range k.requests {
			got = append(got, fmt.Sprintf("%d/%d", binary.NativeEndian.Uint16(b[4:]), b[16]))
		}
		if strings.Join(got, " ") != c.want || !errors.Is(err, io.EOF) || len(rows) != 0 {
			t.Errorf("%v %+v: asked for %q, want %q; %v", c.proto, c.f, got, c.want, err)
		}
	}
}

// TestRequest checks where the fields of the two requests are.
func TestRequest(t *testing.T) {
	f := diagFilter{Filter: mib2.Filter{States: []mib2.State{mib2.SynRcvd}, Parts: everything, LocalPorts: []mib2.PortRange{{Lo: 0, Hi: 0}}}}
	const ext, states = 0b1111110, 1<<linuxSynRecv | 1<<linuxNewSynRecv
	for _, c := range []struct {
		dump                  diagDump
		size, extAt, statesAt int
	}{{diagDump{family: 0}, 60, 3, 52}, {diagDump{family: linuxAFInet6}, 56, 2, 4}} {
		m, rest, err := nextMessage(c.dump.request(mib2.TCP, &f, 5))
		if err != nil || len(rest) != 0 || m.seq != 5 || m.flags != nlmFlagRequest|nlmFlagDump {
			t.Fatalf("%+v, %d bytes left, %v", m, len(rest), err)
		}
		if m.data[c.extAt] != ext || binary.NativeEndian.Uint32(m.data[c.statesAt:]) != states {
			t.Errorf("%+v: % x", c.dump, m.data)
		}
		kind, code, rest, err := nextAttr(m.data[c.size:])
		if err != nil || kind != reqBytecode || len(rest) != 0 || len(code) != 8 {
			t.Errorf("attribute %d, % x, %v", kind, code, err)
		}
	}
	if extensions(mib2.UDP, mib2.PartInfo) != 0 || extensions(mib2.TCP, mib2.PartTimer) != 0 {
		t.Error("extensions unasked")
	}
}

// TestOldKernel does not know the request for both families.
func TestOldKernel(t *testing.T) {
	for _, errno := range []syscall.Errno{syscall.EOPNOTSUPP, syscall.EINVAL} {
		k := kernel{replies: []func(uint32) []byte{failed(errno), rowAndDone, rowAndDone}}
		rows, err := all(k.reader(t, mib2.TCP, mib2.Filter{}))
		if !errors.Is(err, io.EOF) || len(rows) != 2 || len(k.requests) != 3 {
			t.Errorf("%v: %d rows of %d requests, %v", errno, len(rows), len(k.requests), err)
		}
		k = kernel{replies: []func(uint32) []byte{failed(errno), failed(errno)}}
		if _, err = all(k.reader(t, mib2.TCP, mib2.Filter{})); !errors.Is(err, errno) {
			t.Errorf("%v twice: %v", errno, err)
		}
	}
}

func TestDumpErrors(t *testing.T) {
	row := func(seq uint32) []byte { return message(sockDiagByFamily, 2, seq, diagMsg()) }
	k := kernel{replies: []func(uint32) []byte{row, failed(syscall.EINVAL)}}
	rows, err := all(k.reader(t, mib2.TCP, mib2.Filter{}))
	if want := "netlink sock_diag dump of tcp: " + syscall.EINVAL.Error(); text(err) != want || len(rows) != 1 {
		t.Errorf("%d rows, %v, want %s", len(rows), err, want)
	}
	k = kernel{replies: []func(uint32) []byte{row}}
	if _, err = all(k.reader(t, mib2.UDP, mib2.Filter{})); !errors.Is(err, syscall.ENOBUFS) {
		t.Errorf("got %v", err)
	}
}

// fixed is a Reader with one answer.
type fixed struct {
	rows   int
	err    error
	closed *int
}

func (f fixed) Read(dst []mib2.Socket) ([]mib2.Socket, error) {
	return append(dst, make([]mib2.Socket, f.rows)...), f.err
}
func (f fixed) Close() error { *f.closed++; return nil }

func TestFallbackReader(t *testing.T) {
	absent := errors.New("absent")
	closed := 0
	second := func(error) mib2.Reader { return fixed{2, nil, &closed} }
	isAbsent := func(err error) bool { return errors.Is(err, absent) }
	r := &fallbackReader{fixed{0, absent, &closed}, second, isAbsent}
	if rows, err := r.Read(nil); len(rows) != 2 || err != nil || closed != 1 {
		t.Errorf("%d rows, %v, closed %d", len(rows), err, closed)
	}
	r = &fallbackReader{fixed{1, nil, &closed}, second, isAbsent}
	rows, err := r.Read(nil)
	if len(rows) != 1 || err != nil {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	r.Reader = fixed{0, absent, &closed}
	if _, err := r.Read(rows); !isAbsent(err) {
		t.Errorf("changed over in the middle: %v", err)
	}
	if r.Source() != "" {
		t.Error(r.Source())
	}
}
