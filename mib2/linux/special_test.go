package linux

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"syscall"
	"testing"

	"sockstat/mib2"
)

// specialDumps are the protocols of which testdata has a dump. Those of packet, netlink,
// mptcp and udplite are recorded on Linux 6.18; the others, which are of kernels with modules
// that one lacked, a C program wrote with the structures of the kernel's headers.
var specialDumps = []mib2.Protocol{mib2.Raw, mib2.SCTP, mib2.MPTCP, mib2.UDPLite, mib2.SMC, mib2.Packet, mib2.Netlink, mib2.Vsock, mib2.XDP}

// specialLines are those of which it has lines of /proc/net.
var specialLines = []mib2.Protocol{mib2.Raw, mib2.ICMP, mib2.UDPLite}

// specialFiles decode the files that have lines of their own.
var specialFiles = map[mib2.Protocol]func([]mib2.Socket, []byte) ([]mib2.Socket, error){
	mib2.Packet: appendProcPacket, mib2.Netlink: appendProcNetlink,
}

// fullSpecial is full and what is particular to a protocol.
func fullSpecial(s mib2.Socket) string {
	text := full(s)
	p := s.Special
	if p == nil {
		return text
	}
	text += fmt.Sprintf(" type %d", p.Type)
	if p.NoUID {
		text += " no uid"
	}
	add := func(has bool, v any) {
		if has {
			text += fmt.Sprintf(" %+v", v)
		}
	}
	add(p.Raw != nil, p.Raw)
	add(p.Vsock != nil, p.Vsock)
	add(p.MPTCP != nil, p.MPTCP)
	add(p.SCTP != nil, p.SCTP)
	add(p.Netlink != nil, p.Netlink)
	if q := p.Packet; q != nil {
		fanout := q.Fanout
		plain := *q
		plain.Fanout = nil
		add(true, plain)
		add(fanout != nil, fanout)
	}
	if x := p.XDP; x != nil {
		text += fmt.Sprintf(" queue %d rings %d %d %d %d", x.Queue, x.RxRing, x.TxRing, x.FillRing, x.CompletionRing)
		add(x.Umem != nil, x.Umem)
		add(x.Stats != nil, x.Stats)
	}
	if s.Info.Has(mib2.AttrMem) {
		text += fmt.Sprintf(" mem %+v", s.Info.Mem)
	}
	return text
}

func TestGoldenSpecial(t *testing.T) {
	if !littleEndian {
		t.Skip("the recording is that of a little-endian kernel")
	}
	for _, proto := range specialDumps {
		d := diagDecoder{proto: proto, filter: &mib2.Filter{Parts: everything}, seq: 1}
		rows, err := d.append(nil, testdata(t, proto.String()+".dump"))
		if !errors.Is(err, io.EOF) {
			t.Errorf("%v dump: %v", proto, err)
		}
		goldenBy(t, proto.String()+".dump.want", rows, fullSpecial)
	}
	for _, proto := range specialLines {
		p := procDecoder{proto: proto, filter: &mib2.Filter{}}
		var rows []mib2.Socket
		var err error
		for _, line := range lines(testdata(t, proto.String()+".lines")) {
			if rows, err = p.append(rows, line); err != nil {
				t.Error(err)
			}
		}
		goldenBy(t, proto.String()+".lines.want", rows, fullSpecial)
	}
	for proto, decode := range specialFiles {
		rows, err := decode(nil, testdata(t, proto.String()+".file"))
		if err != nil {
			t.Error(err)
		}
		goldenBy(t, proto.String()+".file.want", rows, fullSpecial)
	}
}

// Rows of the special protocols hold together, whatever the bytes are.
func checkSpecial(t *testing.T, proto mib2.Protocol, s mib2.Socket) {
	t.Helper()
	if s.Proto != proto || !slices.Contains(proto.Families(), s.Family) || !slices.Contains(proto.States(), s.State) {
		t.Errorf("%v: %s", proto, fullSpecial(s))
	}
	if !slices.Contains(proto.Labels(), s.Label()) {
		t.Errorf("%v: label %s", proto, s.Label())
	}
	if !proto.Internet() && (s.Local.IsValid() || s.Remote.IsValid() || s.Special == nil) || proto.PortBits() == 0 && s.Local.Port()+s.Remote.Port() > 0 {
		t.Errorf("%v: %s", proto, fullSpecial(s))
	}
}

func FuzzSpecialDiag(f *testing.F) {
	for i, proto := range specialDumps {
		for dump := testdata(f, proto.String()+".dump"); len(dump) > 0; {
			_, rest, err := nextMessage(dump)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(dump[:len(dump)-len(rest)], uint8(i))
			dump = rest
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, i uint8) {
		proto := specialDumps[int(i)%len(specialDumps)]
		d := diagDecoder{proto: proto, filter: &mib2.Filter{Parts: everything}, seq: 1}
		rows, _ := d.append(nil, b)
		for _, s := range rows {
			if s.State != 0 { // one that a later kernel may add
				checkSpecial(t, proto, s)
			}
		}
	})
}

func FuzzProcSpecial(f *testing.F) {
	f.Add(testdata(f, "packet.file"))
	f.Add(testdata(f, "netlink.file"))
	f.Add([]byte("protocol  size sockets  memory\nMPTCP 1 2 3\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for proto, decode := range specialFiles {
			rows, _ := decode(nil, b)
			for _, s := range rows {
				checkSpecial(t, proto, s)
			}
		}
		if n := countInUse(b, mptcpNames); n < -1 {
			t.Error(n)
		}
	})
}

// A kernel without the module of a protocol answers in one of two ways. Then sockets come from
// /proc/net where that has them, else there are none, and the source says why.
func TestAbsentModules(t *testing.T) {
	for _, answer := range []func(uint32) []byte{
		func(seq uint32) []byte { return doneMessage(seq, syscall.ENOENT) },
		func(seq uint32) []byte { return message(nlmsgError, 0, seq, errnoData(syscall.ENOENT)) },
	} {
		for _, proto := range mib2.Protocols {
			if proto.Common() {
				continue
			}
			sent := uint32(0)
			calls := Calls{
				Socket:  func() (int, error) { return 1000, nil },
				Send:    func(int, []byte) error { sent++; return nil },
				Receive: func(_ int, b []byte) (int, bool, uint32, error) { return copy(b, answer(sent)), false, 0, nil },
				Close:   func(int) error { return nil },
				Open:    func(path string) (int, error) { return 0, syscall.ENOENT },
			}
			for _, way := range []string{"", WayNetlink} {
				sent = 0
				r, rest, err := Tables{Proc: "/proc", Way: way, Calls: calls}.Open(t.Context(), []mib2.Protocol{proto}, mib2.Filter{})
				if err != nil || len(rest) > 0 {
					t.Fatal(err, rest)
				}
				rows, err := r.Read(nil)
				if err != io.EOF || len(rows) > 0 {
					t.Errorf("%v: %v, %v", proto, rows, err)
				}
				module := proto.String()
				if proto == mib2.UDPLite {
					module = "udp"
				}
				source := r.(mib2.Sourcer).Source()
				if !strings.Contains(source, "no "+module+"_diag: no such file or directory") {
					t.Errorf("%v: from %q", proto, source)
				}
				if err := r.Close(); err != nil {
					t.Error(err)
				}
			}
		}
	}
}

// Where the kernel counts no MPTCP socket, it is not asked for them.
func TestCountInUse(t *testing.T) {
	const heading = "protocol  size sockets  memory press maxhdr  slab module     cl co\n"
	for file, want := range map[string]int{
		"": -1, "protocol sockets size\n": -1, heading + "MPTCP 1\n": -1, heading + "MPTCP 1 many 3\n": -1,
		heading: 0, heading + "TCP 1 7 3\n": 0,
		heading + "MPTCPv6   2064      1      33   no       0   yes  kernel\nTCP 1 9 1\nMPTCP     1936      3      33   no\n": 4,
	} {
		if got := countInUse([]byte(file), mptcpNames); got != want {
			t.Errorf("%q: %d instead of %d", file, got, want)
		}
	}
}

// Kernels before 5.9 take a request for MPTCP sockets for one of raw sockets.
func TestOldKernelMPTCP(t *testing.T) {
	d := diagDecoder{proto: mib2.MPTCP, filter: &mib2.Filter{}, seq: 1}
	rows, err := d.append(nil, testdata(t, "raw.dump"))
	if err != io.EOF || len(rows) != 1 || rows[0].Inode != 904 { // the one that does not tell its protocol
		t.Errorf("%+v, %v", rows, err)
	}
}

// Groups above 32 have their numbers too.
func TestNetlinkGroups(t *testing.T) {
	if !littleEndian {
		t.Skip()
	}
	got := netlinkGroups([]byte{0x11, 0, 0, 0x80, 1, 0, 0, 0, 0x80, 0, 0, 0})
	if want := []uint32{1, 5, 32, 33, 72}; !slices.Equal(got, want) {
		t.Errorf("%v instead of %v", got, want)
	}
	if got := netlinkGroups(nil); got != nil {
		t.Error(got)
	}
}
