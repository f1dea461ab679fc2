package linux

import (
	"encoding/binary"
	"fmt"
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"

	"sockstat/internal/bpf"
	"sockstat/internal/bpf/bpftest"
	"sockstat/mib2"
)

// eventRecord writes a record of a closed connection of IPv4.
func eventRecord(change func(b []byte)) []byte {
	b := make([]byte, eventRecordSize)
	u32 := func(at int, n uint32) { binary.NativeEndian.PutUint32(b[at:], n) }
	u64 := func(at int, n uint64) { binary.NativeEndian.PutUint64(b[at:], n) }
	u64(eventTimeAt, 5e9)
	u64(eventBeganAt, 3e9)
	u32(eventPIDAt, 42)
	b[eventOpeningAt] = uint8(mib2.ByConnect)
	copy(b[eventCommandAt:], "curl\x00rest")
	u64(eventCookieAt, 7)
	u64(eventSentAt, 100)
	u64(eventReceivedAt, 201)
	u32(eventUIDAt, 1000)
	u32(eventZoneAt, 4026531840)
	u64(eventFlagsAt, 2) // a FIN came
	copy(b[eventLocalAt:], []byte{192, 0, 2, 1})
	copy(b[eventRemoteAt:], []byte{198, 51, 100, 7})
	binary.NativeEndian.PutUint16(b[eventFamilyAt:], linuxAFInet)
	binary.BigEndian.PutUint16(b[eventLocalPort:], 5000)
	binary.BigEndian.PutUint16(b[eventRemotePort:], 443)
	b[eventKindAt], b[eventStateAt] = uint8(mib2.Disconnected), linuxLastAck
	if change != nil {
		change(b)
	}
	return b
}

func TestEventRecord(t *testing.T) {
	boot := time.Unix(1000, 0)
	d := eventDecoder{boot: boot, ownZone: 4026531840}
	events, err := d.append(nil, eventRecord(nil))
	if err != nil || len(events) != 1 {
		t.Fatal(events, err)
	}
	e := events[0]
	at := netip.MustParseAddrPort
	want := mib2.Event{Kind: mib2.Disconnected, Time: boot.Add(5 * time.Second), PID: 42, Command: "curl",
		Opening: mib2.ByConnect, Ending: mib2.Orderly, Duration: 2 * time.Second, BytesSent: 100, BytesReceived: 200, HasBytes: true, HasUID: true}
	want.Socket = mib2.Socket{Proto: mib2.TCP, Family: mib2.Inet, State: mib2.LastAck, Local: at("192.0.2.1:5000"),
		Remote: at("198.51.100.7:443"), UID: 1000, Cookie: 7}
	if e != want {
		t.Errorf("got\n%+v\nwant\n%+v", e, want)
	}
	for what, change := range map[string]func(b []byte){
		"another family":  func(b []byte) { binary.NativeEndian.PutUint16(b[eventFamilyAt:], 1) },
		"another kind":    func(b []byte) { b[eventKindAt] = 200 },
		"a kind of none":  func(b []byte) { b[eventKindAt] = uint8(mib2.Refused) }, // the program does not say so
		"no kind":         func(b []byte) { b[eventKindAt] = 0 },
		"a family of all": func(b []byte) { binary.NativeEndian.PutUint16(b[eventFamilyAt:], math.MaxUint16) },
	} {
		if events, err := d.append(nil, eventRecord(change)); err != nil || len(events) != 0 {
			t.Errorf("%s: %+v, %v", what, events, err)
		}
	}
	if _, err := d.append(nil, eventRecord(nil)[1:]); err == nil {
		t.Error("a record that is too short")
	}
	events, _ = d.append(nil, eventRecord(func(b []byte) {
		binary.NativeEndian.PutUint64(b[eventBeganAt:], 6e9) // later
		binary.NativeEndian.PutUint32(b[eventZoneAt:], 5)
		copy(b[eventCommandAt:], "sixteen bytes yo")
		b[eventOpeningAt] = 9
	}))
	if e := events[0]; e.Duration >= 0 || e.Zone != 5 || e.Command != "sixteen bytes yo" || e.Opening != 0 {
		t.Errorf("%+v", e)
	}
}

func TestEndOf(t *testing.T) {
	for _, c := range []struct {
		state uint8
		err   uint32
		want  string
	}{
		{linuxSynSent, linuxECONNREFUSED, "refused: refused"},
		{linuxSynSent, linuxETIMEDOUT, "failed: timed_out"},
		{linuxSynSent, linuxEHOSTUNREACH, "failed: unreachable"},
		{linuxSynSent, linuxENETUNREACH, "failed: unreachable"},
		{linuxSynSent, linuxECONNABORTED, "failed: aborted"},
		{linuxSynSent | eventByCaller, 0, "failed: aborted"},
		{linuxSynSent, 0, "failed: failed"}, // no port was free
		{linuxSynSent, 71, "failed: failed"},
		{linuxFinWait2, 0, "closed: closed"},
		{linuxLastAck, 0, "closed: closed"},
		{linuxClosing, 0, "closed: closed"},
		{linuxLastAck, linuxETIMEDOUT, "closed: timed_out"},
		{linuxFinWait1, 0, "closed: aborted"},
		{linuxEstablished, linuxECONNRESET, "closed: reset"},
		{linuxCloseWait, linuxEPIPE, "closed: reset"},
		{linuxEstablished, linuxETIMEDOUT, "closed: timed_out"},
		{linuxEstablished, linuxEHOSTUNREACH, "closed: unreachable"},
		{linuxEstablished, linuxECONNABORTED, "closed: aborted"},
		{linuxEstablished | eventByCaller, 0, "closed: aborted"},
		{linuxCloseWait | eventByCaller, 0, "closed: aborted"},
		{linuxEstablished, 0, "closed: aborted"}, // connect(2) with AF_UNSPEC
	} {
		kind, ending := endOf(c.state, c.err)
		if got := fmt.Sprintf("%v: %v", kind, ending); got != c.want {
			t.Errorf("%#x, error %d: %s instead of %s", c.state, c.err, got, c.want)
		}
	}
}

// Names of commands do not pile up.
func TestCommandsOfEvents(t *testing.T) {
	var d eventDecoder
	for n := range 100_000 {
		if want := fmt.Sprint("p", n); d.command([]byte(want+"\x00")) != want {
			t.Fatal(want)
		}
	}
	if len(d.commands) > 4096 {
		t.Error(len(d.commands))
	}
}

func FuzzEventRecords(f *testing.F) {
	f.Add(eventRecord(nil))
	f.Add(eventRecord(func(b []byte) {
		binary.NativeEndian.PutUint16(b[eventFamilyAt:], linuxAFInet6)
		b[eventKindAt], b[eventStateAt] = uint8(mib2.Accepted), linuxSynRecv
	}))
	f.Fuzz(func(t *testing.T, b []byte) {
		d := eventDecoder{boot: time.Unix(0, 0)}
		events, err := d.append(nil, b)
		if err != nil && len(events) > 0 {
			t.Errorf("half-read: %+v", events)
		}
		for _, e := range events {
			checkRow(t, e.Socket)
			if e.PID < 0 || strings.ContainsRune(e.Command, 0) || e.HasBytes != (e.Ending != 0) {
				t.Errorf("%+v", e)
			}
		}
	})
}

func FuzzDestroyed(f *testing.F) {
	for dump := testdata(f, "tcp.dump"); len(dump) > 0; {
		_, rest, err := nextMessage(dump)
		if err != nil {
			f.Fatal(err)
		}
		message := append([]byte{}, dump[:len(dump)-len(rest)]...)
		clear(message[8:12]) // messages to a group answer no request
		f.Add(message)
		dump = rest
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		events, _ := newDestroyedDecoder(true).append(nil, b, time.Unix(1, 0))
		for _, e := range events {
			checkRow(t, e.Socket)
			if e.Remote.Port() == 0 || e.Kind != mib2.Disconnected && e.BytesReceived > 0 && e.Info != nil {
				t.Errorf("%+v", e)
			}
		}
	})
}

// likeEvents describes the types that a program that watches sockets looks at.
func likeEvents(inumSize uint32, tracepoint string) []byte {
	var b bpftest.Image
	word := b.Add(bpftest.Int, "unsigned int", 0, 4, 32)
	half := b.Add(bpftest.Int, "short unsigned int", 0, 2, 16)
	byte1 := b.Add(bpftest.Int, "unsigned char", 0, 1, 8)
	long := b.Add(bpftest.Int, "long unsigned int", 0, 8, 64)
	number := b.Add(bpftest.Int, "inode", 0, inumSize, 8*inumSize)
	common := b.Add(bpftest.Struct, "ns_common", 1, 32, b.Name("inum"), number, 8*24)
	namespace := b.Add(bpftest.Struct, "net", 1, 4000, b.Name("ns"), common, 8*120)
	possible := b.Add(bpftest.Struct, "", 1, 8, b.Name("net"), b.Add(bpftest.Pointer, "", 0, namespace), 0)
	address := b.Add(bpftest.Struct, "in6_addr", 1, 16, b.Name("a"), long, 0)
	ports := b.Add(bpftest.Struct, "", 2, 4, b.Name("skc_dport"), half, 0, b.Name("skc_num"), half, 16)
	either := b.Add(bpftest.Union, "", 2, 4, b.Name("skc_portpair"), word, 0, 0, ports, 0)
	sockCommon := b.Add(bpftest.Struct, "sock_common", 9, 136, b.Name("skc_daddr"), word, 0, b.Name("skc_rcv_saddr"), word, 32,
		0, either, 8*12, b.Name("skc_family"), half, 8*16, b.Name("skc_bound_dev_if"), word, 8*20, b.Name("skc_net"), possible, 8*48,
		b.Name("skc_v6_daddr"), address, 8*56, b.Name("skc_v6_rcv_saddr"), address, 8*72, b.Name("skc_flags"), long, 8*96)
	uid := b.Add(bpftest.Typedef, "kuid_t", 0, b.Add(bpftest.Struct, "", 1, 4, b.Name("val"), word, 0))
	sock := b.Add(bpftest.Struct, "sock", 4, 700, b.Name("__sk_common"), sockCommon, 0, b.Name("sk_err"), word, 8*400,
		b.Name("sk_shutdown"), byte1, 8*410, b.Name("sk_uid"), uid, 8*420)
	inet := b.Add(bpftest.Struct, "inet_sock", 2, 900, b.Name("sk"), sock, 0, b.Name("inet_sport"), half, 8*800)
	connection := b.Add(bpftest.Struct, "inet_connection_sock", 1, 1300, b.Name("icsk_inet"), inet, 0)
	b.Add(bpftest.Struct, "tcp_sock", 3, 2200, b.Name("inet_conn"), connection, 0, b.Name("bytes_sent"), long, 8*1400,
		b.Name("bytes_received"), long, 8*1500)
	pointer := b.Add(bpftest.Pointer, "", 0, b.Add(bpftest.Const, "", 0, sock))
	proto := b.Add(bpftest.FuncProto, "", 4, 0, 0, pointer, 0, pointer, 0, word, 0, word)
	b.Add(bpftest.Typedef, "btf_trace_"+tracepoint, 0, b.Add(bpftest.Pointer, "", 0, proto))
	return b.Bytes()
}

// eventTypesIn finds the types in an image.
func eventTypesIn(image []byte) (eventTypes, error) {
	b, err := bpf.ParseTypes(image)
	if err != nil {
		return eventTypes{}, err
	}
	return findEventTypes(b)
}

func TestEventTypes(t *testing.T) {
	got, err := eventTypesIn(likeEvents(4, "inet_sock_set_state"))
	want := eventTypes{tracepoint: got.tracepoint, net: 48, inum: 144, family: 16, remotePort: 12, remoteAddress: 0, localAddress: 4,
		remoteAddress6: 56, localAddress6: 72, boundDevice: 20, flags: 96, localPort: 800, shutdown: 410, err: 400, uid: 420, bytesSent: 1400, bytesReceived: 1500}
	if err != nil || got != want || got.tracepoint == 0 {
		t.Errorf("%+v, %v", got, err)
	}
	for want, image := range map[string][]byte{
		"inum with another type":            likeEvents(8, "inet_sock_set_state"),
		"no tracepoint inet_sock_set_state": likeEvents(4, "inet_sock_set_stat"),
		"ends early":                        nil,
	} {
		if got, err := eventTypesIn(image); err == nil || !strings.Contains(err.Error(), want) || got != (eventTypes{}) {
			t.Errorf("%+v, %v instead of %q", got, err, want)
		}
	}
}

func FuzzEventTypes(f *testing.F) {
	f.Add(likeEvents(4, "inet_sock_set_state"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if types, err := eventTypesIn(b); err != nil && types != (eventTypes{}) {
			t.Errorf("half-read types: %+v", types)
		}
	})
}
