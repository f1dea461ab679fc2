package mib2_test

import (
	"context"
	"fmt"
	"net/netip"

	"sockstat/mib2"
)

// Sockets of a machine that there is not: whoever takes Tables can be tested with Rows.
func Example() {
	tables := mib2.Rows{
		{Proto: mib2.TCP, Family: mib2.Inet, State: mib2.Listen, Local: netip.MustParseAddrPort("127.0.0.1:22")},
		{Proto: mib2.UDP, Family: mib2.Inet6, State: mib2.Idle, Local: netip.MustParseAddrPort("[::1]:53")},
		{Proto: mib2.Unix, Family: mib2.Local, State: mib2.Listen, Unix: &mib2.UnixInfo{Type: mib2.Stream, Path: "/run/a"}},
	}
	filter := mib2.Filter{States: []mib2.State{mib2.Listen}}
	sockets, err := mib2.ReadAll(context.Background(), tables, mib2.Protocols, filter)
	if err != nil {
		fmt.Println(err)
	}
	for i := range sockets {
		s := &sockets[i]
		if s.Unix != nil {
			fmt.Println(s.Label(), s.State, s.Unix.Path)
			continue
		}
		fmt.Println(s.Label(), s.State, s.Local)
	}
	// Output:
	// tcp4 LISTEN 127.0.0.1:22
	// stream LISTEN /run/a
}

func ExampleFilter_String() {
	fmt.Println(mib2.Filter{
		States:     []mib2.State{mib2.Listen},
		LocalPorts: []mib2.PortRange{{Lo: 22, Hi: 22}, {Lo: 8000, Hi: 8099}},
		Families:   []mib2.Family{mib2.Inet6},
		Parts:      mib2.PartTimer,
	})
	// Output: LISTEN, local ports 22,8000-8099, inet6, with timers
}

func ExampleProtocol() {
	for _, p := range mib2.Protocols {
		fmt.Println(p, p.Labels(), p.Doc())
	}
	// Output:
	// udp [udp4 udp6 udp46] User Datagram Protocol, RFC 768
	// tcp [tcp4 tcp6 tcp46] Transmission Control Protocol, RFC 9293
	// unix [stream dgram seqpac] Unix sockets, between processes of one machine
	// udplite [udplite4 udplite6 udplite46] Lightweight User Datagram Protocol, RFC 3828
	// sctp [sctp4 sctp6 sctp46] Stream Control Transmission Protocol, RFC 9260
	// mptcp [mptcp4 mptcp6 mptcp46] Multipath TCP, RFC 8684
	// smc [smc4 smc6] Shared Memory Communications, RFC 7609
	// raw [raw4 raw6] Raw sockets, which take every packet of a protocol above IP
	// icmp [icmp4 icmp6] Echo requests (ping) without privileges; the port is their identifier
	// packet [packet] Packet sockets, which capture and send the frames of interfaces
	// netlink [netlink] Netlink sockets, between processes and the kernel
	// vsock [vsock] Sockets between a virtual machine and its host
	// xdp [xdp] Express data path sockets, which share rings of packets with a queue of an interface
}
