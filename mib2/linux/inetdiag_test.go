package linux

import (
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"
	"syscall"
	"testing"

	"sockstat/mib2"
)

// diagMsg returns a struct inet_diag_msg of a TCP listener on 127.0.0.1:80, of either
// byte order.
func diagMsg() []byte {
	b := make([]byte, inetDiagMsgLen)
	b[0], b[1] = linuxAFInet, linuxListen
	binary.BigEndian.PutUint16(b[4:], 80)
	copy(b[8:], []byte{127, 0, 0, 1})
	return b
}

func attr(kind uint16, data ...byte) []byte {
	b := binary.NativeEndian.AppendUint16(nil, uint16(nlaHeaderLen+len(data)))
	b = append(binary.NativeEndian.AppendUint16(b, kind), data...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// TestBadReplies has replies that are short or contradict themselves.
func TestBadReplies(t *testing.T) {
	socket := func(b ...[]byte) []byte { return message(sockDiagByFamily, 2, 1, slices.Concat(b...)) }
	long := socket(diagMsg())
	binary.NativeEndian.PutUint32(long, 1000)
	huge := socket(diagMsg())
	binary.NativeEndian.PutUint32(huge, 1<<32-1)
	tiny := socket(diagMsg())
	binary.NativeEndian.PutUint32(tiny, 3)
	for _, c := range []struct {
		name  string
		reply []byte
		want  string
	}{
		{"header", make([]byte, 5), "message header is 5 bytes, 11 short of 16"},
		{"length", tiny, "message length is 3 bytes, 13 short of 16"},
		{"message", long, "message is 88 bytes, 912 short of 1000"},
		{"huge", huge, "message is 88 bytes, 4294967207 short of 4294967295"},
		{"trailer", append(socket(diagMsg()), 1, 2, 3, 4), "message header is 4 bytes, 12 short of 16"},
		{"body", socket(diagMsg()[:70]), "inet_diag_msg is 70 bytes, 2 short of 72"},
		{"attribute header", socket(diagMsg(), []byte{1, 2}), "attribute header is 2 bytes, 2 short of 4"},
		{"attribute length", socket(diagMsg(), attr(9)[:0], []byte{0, 0, 0, 0}), "length of attribute 0 is 0 bytes, 4 short of 4"},
		{"attribute", socket(diagMsg(), attr(uint16(mib2.AttrMark), 1, 2, 3)), "attribute 15 is 3 bytes, 1 short of 4"},
		{"sequence", message(sockDiagByFamily, 2, 7, diagMsg()), "reply to request 7 instead of 1"},
		{"error", message(nlmsgError, 0, 1, errnoData(syscall.ENOBUFS)), syscall.ENOBUFS.Error()},
		{"short error", message(nlmsgError, 0, 1, nil), "error message is 0 bytes, 4 short of 4"},
		{"done with error", doneMessage(1, syscall.ENOENT), syscall.ENOENT.Error()},
		{"short done", message(nlmsgDone, 0, 1, []byte{1}), "end of dump is 1 bytes, 3 short of 4"},
		{"overrun", message(nlmsgOverrun, 0, 1, nil), errOverrun.Error()},
		{"interrupted", append(message(sockDiagByFamily, nlmFlagDumpInterrupted, 1, diagMsg()), doneMessage(1, 0)...), errInterrupted.Error()},
	} {
		d := diagDecoder{proto: mib2.TCP, filter: &mib2.Filter{Parts: everything}, seq: 1}
		if _, err := d.append(nil, c.reply); err == nil || err.Error() != c.want {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
}

// TestSkipped has what a later kernel may send.
func TestSkipped(t *testing.T) {
	unknownFamily := diagMsg()
	unknownFamily[0] = 99
	d := diagDecoder{proto: mib2.TCP, filter: &mib2.Filter{Parts: everything}, seq: 1}
	rows, err := d.append(nil, slices.Concat(
		message(1, 0, 1, nil),
		message(999, 0, 1, []byte("what")),
		message(sockDiagByFamily, 2, 1, unknownFamily),
		message(tcpdiagGetsock, 2, 1, slices.Concat(diagMsg(), attr(4000, 1, 2, 3), attr(31), attr(1<<15|uint16(mib2.AttrTOS), 8))),
		doneMessage(1, 0)))
	if !errors.Is(err, io.EOF) || len(rows) != 1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	s := rows[0]
	if s.Local.String() != "127.0.0.1:80" || s.State != mib2.Listen || s.Info.TOS != 8 || !s.Info.Has(mib2.AttrTOS) || s.Info.Has(mib2.AttrMem) {
		t.Errorf("got %s", full(s))
	}
}

func TestUnknownState(t *testing.T) {
	b := diagMsg()
	b[1], b[2] = 200, 77
	d := diagDecoder{proto: mib2.TCP, filter: &mib2.Filter{Parts: mib2.PartTimer}, seq: 1}
	rows, err := d.append(nil, message(sockDiagByFamily, 2, 1, b))
	if err != nil || len(rows) != 1 || rows[0].State.String() != "unknown(0)" || rows[0].Timer.Kind != 0 {
		t.Errorf("%+v, %v", rows, err)
	}
}

// TestKeepsNothing overwrites the buffer, as the next reply does.
func TestKeepsNothing(t *testing.T) {
	reply := message(sockDiagByFamily, 2, 1, slices.Concat(diagMsg(), attr(uint16(mib2.AttrCongestion), []byte("reno\x00")...)))
	d := diagDecoder{proto: mib2.TCP, filter: &mib2.Filter{Parts: everything}, seq: 1}
	rows, err := d.append(nil, reply)
	if err != nil {
		t.Fatal(err)
	}
	before := full(rows[0])
	clear(reply)
	if after := full(rows[0]); before != after || !strings.Contains(after, "reno") {
		t.Errorf("before %s\nafter %s", before, after)
	}
}

// batch returns a reply of about 32 KiB.
func batch() (reply []byte, rows int) {
	attrs := slices.Concat(attr(uint16(mib2.AttrShutdown), 0), attr(uint16(mib2.AttrCgroupID), make([]byte, 8)...), attr(uint16(mib2.AttrOptions), 0, 0))
	for len(reply) < 32<<10 {
		reply = append(reply, message(sockDiagByFamily, 2, 1, append(diagMsg(), attrs...))...)
		rows++
	}
	return reply, rows
}

func TestNoAllocations(t *testing.T) {
	reply, n := batch()
	d := diagDecoder{proto: mib2.TCP, filter: &mib2.Filter{}, seq: 1}
	dst := make([]mib2.Socket, 0, n)
	if allocs := testing.AllocsPerRun(10, func() { dst, _ = d.append(dst[:0], reply) }); allocs != 0 || len(dst) != n {
		t.Errorf("%v allocations for %d rows", allocs, len(dst))
	}
}

func BenchmarkInetDiag(b *testing.B) {
	for name, parts := range map[string]mib2.Parts{"plain": 0, "everything": everything} {
		b.Run(name, func(b *testing.B) {
			reply, n := batch()
			d := diagDecoder{proto: mib2.TCP, filter: &mib2.Filter{Parts: parts}, seq: 1}
			dst := make([]mib2.Socket, 0, n)
			b.ReportAllocs()
			for b.Loop() {
				dst, _ = d.append(dst[:0], reply)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/row")
		})
	}
}

func FuzzInetDiag(f *testing.F) {
	for _, proto := range internetProtocols {
		for dump := testdata(f, proto.String()+".dump"); len(dump) > 0; {
			// One message a seed: small ones are what a fuzzer gets far with.
			_, rest, err := nextMessage(dump)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(dump[:len(dump)-len(rest)], uint8(everything), uint8(proto))
			dump = rest
		}
	}
	f.Add(doneMessage(1, 0), uint8(0), uint8(mib2.TCP))
	f.Add(testdata(f, "tcpextra.dump"), uint8(everything), uint8(mib2.TCP))
	f.Fuzz(func(t *testing.T, b []byte, parts, proto uint8) {
		d := diagDecoder{proto: mib2.Protocol(proto), filter: &mib2.Filter{Parts: mib2.Parts(parts)}, seq: 1}
		rows, _ := d.append(nil, b)
		for _, s := range rows {
			checkRow(t, s)
		}
	})
}

// checkRow checks what holds for every row, however odd its source.
func checkRow(t *testing.T, s mib2.Socket) {
	t.Helper()
	folded := s.Family == mib2.Inet && s.Local.Addr().Is4() || s.Family == mib2.Inet6 && s.Local.Addr().Is6()
	if !folded || s.Remote.IsValid() && s.Remote.Addr().Is4() != s.Local.Addr().Is4() {
		t.Errorf("%v %v %v", s.Family, s.Local, s.Remote)
	}
	if s.V4Mapped && s.Family != mib2.Inet || s.Dual && !s.ListensOnAny() {
		t.Error(describe(s))
	}
	if s.Timer != nil && s.Timer.Kind == mib2.TimerOff && s.Timer.Expires != 0 {
		t.Errorf("timer %+v", s.Timer)
	}
}
