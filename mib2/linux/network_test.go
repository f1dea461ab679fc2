package linux

import (
	"encoding/binary"
	"io"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"sockstat/mib2"
)

// routeMessage makes a message of a reply: what follows its header, then attributes.
func routeMessage(kind uint16, fixed []byte, attrs ...[]byte) []byte {
	b := make([]byte, nlmsgHeaderLen, 256)
	b = append(b, fixed...)
	for _, a := range attrs {
		b = append(b, a...)
	}
	binary.NativeEndian.PutUint32(b, uint32(len(b)))
	binary.NativeEndian.PutUint16(b[4:], kind)
	binary.NativeEndian.PutUint32(b[8:], 1)
	return b
}

// attribute makes an attribute, padded.
func attribute(kind uint16, data ...byte) []byte {
	b := binary.NativeEndian.AppendUint16(nil, uint16(nlaHeaderLen+len(data)))
	b = append(binary.NativeEndian.AppendUint16(b, kind), data...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func native32(n uint32) []byte { return binary.NativeEndian.AppendUint32(nil, n) }

// decodeAll takes a reply apart.
func decodeAll[R any](t *testing.T, reply []byte, kind uint16, decode func([]R, []byte) ([]R, error)) []R {
	t.Helper()
	reply = append(reply, routeMessage(nlmsgDone, native32(0))...)
	rows, err := appendRouteReply(&routeDecoder{seq: 1, answer: kind}, nil, reply, decode)
	if err != io.EOF {
		t.Fatal(err)
	}
	return rows
}

func TestLinks(t *testing.T) {
	fixed := make([]byte, ifinfomsgLen)
	binary.NativeEndian.PutUint16(fixed[2:], 1)
	binary.NativeEndian.PutUint32(fixed[4:], 7)
	binary.NativeEndian.PutUint32(fixed[8:], 0x11143)
	stats := make([]byte, 24*8)
	for i := range 10 {
		binary.NativeEndian.PutUint64(stats[8*i:], uint64(i+1)<<40)
	}
	veth := routeMessage(16, fixed, attribute(iflaName, []byte("veth0\x00")...), attribute(iflaAddress, 2, 0, 0, 0, 0, 0x1f),
		attribute(iflaMTU, native32(1500)...), attribute(iflaLink, native32(7)...), attribute(iflaLinkNetNSID, native32(0)...),
		attribute(iflaMaster, native32(3)...), attribute(iflaOperState, 6), attribute(iflaStats64, stats...),
		attribute(iflaLinkInfo, attribute(iflaInfoKind, []byte("veth\x00")...)...), attribute(iflaAlias, []byte("to web\x00")...),
		attribute(iflaPromiscuity, native32(2)...), attribute(iflaQdisc, []byte("noqueue\x00")...))
	binary.NativeEndian.PutUint16(fixed[2:], 776)
	sit := routeMessage(16, fixed, attribute(iflaName, []byte("sit0\x00")...), attribute(iflaAddress, 192, 0, 2, 1), attribute(iflaLink, native32(7)...), attribute(iflaOperState, 77))
	bridge := routeMessage(16, append([]byte{7}, fixed[1:]...), attribute(iflaName, []byte("port\x00")...))
	got := decodeAll(t, append(append(veth, sit...), bridge...), 16, appendLink)
	want := []mib2.Interface{
		{Index: 7, Name: "veth0", Alias: "to web", Type: "ether", Kind: "veth", MAC: "02:00:00:00:00:1f", MTU: 1500, State: "UP",
			Flags: "UP,BROADCAST,RUNNING,PROMISC,MULTICAST,LOWER_UP", Master: 3, Link: 7, LinkOutside: true, Promiscuity: 2, Qdisc: "noqueue",
			HasStats: true, Stats: mib2.InterfaceStats{RxPackets: 1 << 40, TxPackets: 2 << 40, RxBytes: 3 << 40, TxBytes: 4 << 40, RxErrors: 5 << 40,
				TxErrors: 6 << 40, RxDropped: 7 << 40, TxDropped: 8 << 40, Multicast: 9 << 40, Collisions: 10 << 40}},
		{Index: 7, Name: "sit0", Type: "sit", Flags: "UP,BROADCAST,RUNNING,PROMISC,MULTICAST,LOWER_UP"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestAddresses(t *testing.T) {
	fixed := func(family, bits, flags byte) []byte { return append([]byte{family, bits, flags, 0}, native32(2)...) }
	lifetimes := append(native32(300), native32(600)...)
	reply := routeMessage(20, fixed(linuxAFInet, 24, 0x80), attribute(ifaAddress, 192, 0, 2, 1), attribute(ifaLocal, 192, 0, 2, 1),
		attribute(ifaBroadcast, 192, 0, 2, 255), attribute(ifaLabel, []byte("eth0:1\x00")...))
	reply = append(reply, routeMessage(20, fixed(linuxAFInet, 32, 0x80), attribute(ifaAddress, 198, 51, 100, 2), attribute(ifaLocal, 198, 51, 100, 1))...)
	reply = append(reply, routeMessage(20, fixed(linuxAFInet6, 64, 0), attribute(ifaAddress, netip.MustParseAddr("2001:db8::1").AsSlice()...),
		attribute(ifaCacheInfo, lifetimes...), attribute(ifaFlags, native32(0x321)...))...)
	reply = append(reply, routeMessage(20, fixed(1, 8, 0), attribute(ifaAddress, 1))...)                   // of another family
	reply = append(reply, routeMessage(20, fixed(linuxAFInet, 99, 0), attribute(ifaLocal, 1, 2, 3, 4))...) // no such length
	got := decodeAll(t, reply, 20, appendAddress)
	want := []mib2.Address{
		{Interface: 2, Prefix: netip.MustParsePrefix("192.0.2.1/24"), Broadcast: netip.MustParseAddr("192.0.2.255"), Flags: "permanent", Label: "eth0:1",
			Valid: mib2.Forever, Preferred: mib2.Forever},
		{Interface: 2, Prefix: netip.MustParsePrefix("198.51.100.1/32"), Peer: netip.MustParseAddr("198.51.100.2"), Flags: "permanent", Valid: mib2.Forever, Preferred: mib2.Forever},
		{Interface: 2, Prefix: netip.MustParsePrefix("2001:db8::1/64"), Flags: "dynamic,temporary,deprecated,mngtmpaddr,noprefixroute", Valid: 600, Preferred: 300},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestRoutes(t *testing.T) {
	fixed := func(family, bits, table, protocol, scope, kind byte, flags uint32) []byte {
		return append([]byte{family, bits, 0, 0, table, protocol, scope, kind}, native32(flags)...)
	}
	hop := func(index uint32, weight byte, attrs ...byte) []byte {
		b := binary.NativeEndian.AppendUint16(nil, uint16(rtnexthopLen+len(attrs)))
		return append(append(append(b, 16, weight-1), native32(index)...), attrs...)
	}
	ip := netip.MustParseAddr
	gateway := attribute(rtaGateway, 192, 0, 2, 254)
	via := attribute(rtaVia, append([]byte{linuxAFInet6, 0}, ip("fe80::1").AsSlice()...)...)
	reply := routeMessage(24, fixed(linuxAFInet, 0, 254, 16, 0, 1, 0), gateway, attribute(rtaOIF, native32(2)...), attribute(rtaPriority, native32(100)...),
		attribute(rtaPrefSrc, 192, 0, 2, 1), attribute(rtaTable, native32(254)...), attribute(rtaMetrics, attribute(rtaxMTU, native32(1400)...)...))
	reply = append(reply, routeMessage(24, fixed(linuxAFInet, 24, 0, 77, 253, 1, 0), attribute(rtaDst, 198, 51, 100, 0), attribute(rtaTable, native32(1000)...),
		attribute(rtaMultipath, append(hop(3, 1, gateway...), hop(4, 5, via...)...)...))...)
	reply = append(reply, routeMessage(24, fixed(linuxAFInet6, 64, 255, 2, 0, 6, 4), attribute(rtaDst, ip("2001:db8::").AsSlice()...))...)
	reply = append(reply, routeMessage(24, fixed(28, 20, 254, 2, 0, 1, 0))...)                      // MPLS
	reply = append(reply, routeMessage(24, fixed(linuxAFInet6, 0, 254, 2, 0, 1, rtmFlagCloned))...) // just remembered
	got := decodeAll(t, reply, 24, appendRoute)
	net := netip.MustParsePrefix
	want := []mib2.Route{
		{Destination: net("0.0.0.0/0"), Gateway: ip("192.0.2.254"), Interface: 2, Source: ip("192.0.2.1"), Metric: 100, Table: "main", Type: "unicast", Protocol: "dhcp", Scope: "global", MTU: 1400},
		{Destination: net("198.51.100.0/24"), Gateway: ip("192.0.2.254"), Interface: 3, Table: "1000", Type: "unicast", Protocol: "77", Scope: "link", Flags: "linkdown", Weight: 1},
		{Destination: net("198.51.100.0/24"), Gateway: ip("fe80::1"), Interface: 4, Table: "1000", Type: "unicast", Protocol: "77", Scope: "link", Flags: "linkdown", Weight: 5},
		{Destination: net("2001:db8::/64"), Table: "local", Type: "blackhole", Protocol: "kernel", Scope: "global", Flags: "onlink"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestCounters(t *testing.T) {
	got := appendTitled(nil, "Tcp: MaxConn InSegs\nTcp: -1 18446\nUdp: A B\nUdp: 1\nIp: A\nIcmp: 3\nEmpty:\nEmpty:\nUdp: A B\nUdp: 1 x\n")
	want := []mib2.Counter{{Protocol: "Tcp", Name: "MaxConn", Value: -1}, {Protocol: "Tcp", Name: "InSegs", Value: 18446}, {Protocol: "Udp", Name: "A", Value: 1}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	got = appendNamed(nil, "Ip6InReceives   \t5\nUdpLite6InErrors 6\nUdp6InErrors 7\nSctpCurrEstab\t8\nother 9\nbad\nIp6X y\n")
	want = []mib2.Counter{{Protocol: "Ip6", Name: "InReceives", Value: 5}, {Protocol: "UdpLite6", Name: "InErrors", Value: 6},
		{Protocol: "Udp6", Name: "InErrors", Value: 7}, {Protocol: "Sctp", Name: "CurrEstab", Value: 8}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}

// What is cut off anywhere is an error, not a row.
func TestRouteRepliesThatAreCut(t *testing.T) {
	route := routeMessage(24, make([]byte, rtmsgLen), attribute(rtaOIF, native32(2)...))
	for n := 1; n < len(route); n++ {
		if _, err := appendRouteReply(&routeDecoder{seq: 1, answer: 24}, nil, route[:n], appendRoute); err == nil || err == io.EOF {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	if _, err := appendRouteReply(&routeDecoder{seq: 2, answer: 24}, nil, route, appendRoute); err == nil || !strings.Contains(err.Error(), "request") {
		t.Errorf("another request: %v", err)
	}
	refused := routeMessage(nlmsgError, native32(^uint32(0)))
	if _, err := appendRouteReply(&routeDecoder{seq: 1, answer: 24}, nil, refused, appendRoute); err == nil {
		t.Error("refused, and no error")
	}
}

func FuzzRouteReplies(f *testing.F) {
	f.Add(routeMessage(24, make([]byte, rtmsgLen), attribute(rtaMultipath, 8, 0, 0, 0, 1, 0, 0, 0)))
	f.Add(routeMessage(16, make([]byte, ifinfomsgLen), attribute(iflaLinkInfo, attribute(iflaInfoKind, 'a', 0)...)))
	f.Add(routeMessage(20, append([]byte{2, 8, 0, 0}, native32(1)...), attribute(ifaLocal, 127, 0, 0, 1)))
	f.Fuzz(func(t *testing.T, b []byte) {
		routes, _ := appendRouteReply(&routeDecoder{seq: 1, answer: 24}, nil, b, appendRoute)
		for _, r := range routes {
			if !r.Destination.IsValid() {
				t.Errorf("%+v", r)
			}
		}
		addresses, _ := appendRouteReply(&routeDecoder{seq: 1, answer: 20}, nil, b, appendAddress)
		for _, a := range addresses {
			if !a.Prefix.IsValid() {
				t.Errorf("%+v", a)
			}
		}
		appendRouteReply(&routeDecoder{seq: 1, answer: 16}, nil, b, appendLink)
	})
}

func FuzzCounters(f *testing.F) {
	f.Add("Tcp: MaxConn\nTcp: -1\nIp6In 5\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, c := range appendNamed(appendTitled(nil, text), text) {
			if strings.ContainsAny(c.Name, " \n") {
				t.Errorf("%+v", c)
			}
		}
	})
}
