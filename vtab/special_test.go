package vtab

import (
	"errors"
	"io/fs"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"sockstat/mib2"
)

// specialMachine is a machine with a socket of every less common protocol: what this kernel
// may not be able to open too.
func specialMachine() (*Machine, *rowTables, *rowProcesses) {
	m, tables, processes := rowMachine()
	at := netip.MustParseAddrPort
	mem := func(rmem uint32) *mib2.Info {
		return &mib2.Info{Attrs: 1 << mib2.AttrMem, Mem: mib2.SocketMem{RmemAlloc: rmem, Drops: 3}}
	}
	tables.rows = mib2.Rows{
		{Proto: mib2.Raw, Family: mib2.Inet, State: mib2.Idle, Local: at("0.0.0.0:0"), Inode: 51, Special: &mib2.Special{Raw: &mib2.RawInfo{Protocol: 1}}},
		{Proto: mib2.Raw, Family: mib2.Inet6, State: mib2.Connected, Local: at("[2001:db8::1]:0"), Remote: at("[2001:db8::2]:0"), Inode: 52,
			Special: &mib2.Special{Raw: &mib2.RawInfo{Protocol: 200}}},
		{Proto: mib2.ICMP, Family: mib2.Inet, State: mib2.Idle, Local: at("127.0.0.1:22"), Inode: 53},
		{Proto: mib2.ICMP, Family: mib2.Inet, State: mib2.Connected, Local: at("127.0.0.1:23"), Remote: at("127.0.0.1:0"), Inode: 54},
		{Proto: mib2.Packet, Family: mib2.Link, State: mib2.Bound, Interface: 2, Inode: 55, RecvQ: 7, Info: mem(7), Special: &mib2.Special{Type: mib2.TypeRaw,
			Packet: &mib2.PacketInfo{Ethertype: 3, Running: true, Details: true, Promiscuous: true, Fanout: &mib2.Fanout{ID: 9, Type: 7}, Flags: 3}}},
		{Proto: mib2.Packet, Family: mib2.Link, State: mib2.Bound, Inode: 56, RecvMeasure: mib2.MeasureMemory, Special: &mib2.Special{NoUID: true, Packet: &mib2.PacketInfo{Ethertype: 0x88cd}}},
		{Proto: mib2.Netlink, Family: mib2.NetlinkFamily, State: mib2.Connected, Inode: 57, Special: &mib2.Special{Type: mib2.TypeDatagram, NoUID: true,
			Netlink: &mib2.NetlinkInfo{Protocol: 30, PortID: 4000000000, DstPortID: 5, DstGroup: 2, Groups: []uint32{1, 40}, Flags: 9, FlagsKnown: true}}},
		{Proto: mib2.Netlink, Family: mib2.NetlinkFamily, State: mib2.Bound, Inode: 58, Special: &mib2.Special{NoUID: true, Netlink: &mib2.NetlinkInfo{Groups: []uint32{1, 99}}}},
		{Proto: mib2.Vsock, Family: mib2.VsockFamily, State: mib2.Listen, Inode: 59, Special: &mib2.Special{Type: mib2.TypeStream, NoUID: true,
			Vsock: &mib2.VsockInfo{CID: mib2.AnyVsock, Port: 100000, PeerCID: mib2.AnyVsock, PeerPort: mib2.AnyVsock}}},
		{Proto: mib2.Vsock, Family: mib2.VsockFamily, State: mib2.Established, Inode: 60, Special: &mib2.Special{Type: mib2.TypeSeqPacket, NoUID: true,
			Vsock: &mib2.VsockInfo{CID: 3, Port: 22, PeerCID: 2, PeerPort: 5000, Shutdown: 3}}},
		{Proto: mib2.Vsock, Family: mib2.VsockFamily, State: mib2.Unbound, Inode: 61, Special: &mib2.Special{Type: mib2.TypeStream, NoUID: true,
			Vsock: &mib2.VsockInfo{CID: mib2.AnyVsock, Port: mib2.AnyVsock, PeerCID: mib2.AnyVsock, PeerPort: mib2.AnyVsock}}},
		{Proto: mib2.XDP, Family: mib2.XDPFamily, State: mib2.Bound, Interface: 2, UID: 33, Inode: 62, Special: &mib2.Special{Type: mib2.TypeRaw,
			XDP: &mib2.XDPInfo{Queue: 4, RxRing: 2048, Umem: &mib2.XDPUmem{Size: 1 << 24, ID: 1, Chunk: 4096, Shared: 2, ZeroCopy: true}, Stats: &mib2.XDPStats{RxFull: 6}}}},
		{Proto: mib2.XDP, Family: mib2.XDPFamily, State: mib2.Unbound, Inode: 63, Special: &mib2.Special{NoUID: true, XDP: &mib2.XDPInfo{}}},
		{Proto: mib2.SCTP, Family: mib2.Inet, State: mib2.CookieWait, Local: at("192.0.2.1:5000"), Remote: at("198.51.100.1:6000"), Inode: 64, RecvQ: 1,
			Special: &mib2.Special{SCTP: &mib2.SCTPInfo{Locals: []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")}}}},
		{Proto: mib2.SMC, Family: mib2.Inet, State: mib2.Listen, Local: at("192.0.2.1:443"), Inode: 65, Special: &mib2.Special{Type: mib2.TypeStream}},
		{Proto: mib2.UDPLite, Family: mib2.Inet6, Dual: true, State: mib2.Idle, Local: at("[::]:99"), Inode: 66},
		{Proto: mib2.MPTCP, Family: mib2.Inet, State: mib2.Listen, Local: at("0.0.0.0:80"), Inode: 67, SendQ: 5},
		{Proto: mib2.MPTCP, Family: mib2.Inet, State: mib2.Established, Local: at("192.0.2.1:80"), Remote: at("198.51.100.1:5"), Info: &mib2.Info{},
			Special: &mib2.Special{MPTCP: &mib2.MPTCPInfo{Size: mib2.MPTCPInfo5_9, Token: 4000000000, WriteSeq: 1<<64 - 1, RemoteKey: true}}},
		{Proto: mib2.TCP, Family: mib2.Inet, State: mib2.Listen, Local: at("0.0.0.0:80"), Inode: 67, SendQ: 5},
		{Proto: mib2.TCP, Family: mib2.Inet, State: mib2.Established, Local: at("192.0.2.1:80"), Remote: at("198.51.100.1:5")},
		{Proto: mib2.TCP, Family: mib2.Inet, State: mib2.Established, Local: at("192.0.2.1:80"), Remote: at("198.51.100.1:6"), Inode: 68},
	}
	return m, tables, processes
}

// What each socket looks like in the table of all, and what columns of its own say.
func TestSpecialRows(t *testing.T) {
	m, _, _ := specialMachine()
	db := openMachine(t, m)
	equal(t, query(t, db, "SELECT inode, label, family, local_address, local_port, local, remote, coalesce(uid, '-') FROM sockets WHERE proto <> 'tcp'"),
		"51 raw4 inet 0.0.0.0 - 0.0.0.0:icmp - 0", "52 raw6 inet6 2001:db8::1 - 2001:db8::1:200 2001:db8::2:* 0",
		"53 icmp4 inet 127.0.0.1 22 127.0.0.1:22 - 0", "54 icmp4 inet 127.0.0.1 23 127.0.0.1:23 127.0.0.1:* 0",
		"55 packet packet - - *:lo - 0", "56 packet packet - - 0x88cd:* - -",
		"57 netlink netlink - - 30:4000000000 30:5 -", "58 netlink netlink - - ROUTE:0 - -",
		"59 vsock vsock * 100000 *:100000 - -", "60 vsock vsock 3 22 3:22 2:5000 -", "61 vsock vsock - - - - -",
		"62 xdp xdp - - lo:q4 - 33", "63 xdp xdp - - - - -",
		"64 sctp4 inet 192.0.2.1 5000 192.0.2.1:5000 198.51.100.1:6000 0", "65 smc4 inet 192.0.2.1 443 192.0.2.1:443 - 0",
		"66 udplite46 inet6 :: 99 :::99 - 0")
	for sql, want := range map[string][]string{
		"SELECT inode, ethertype, ethertype_name, running, promiscuous, fanout_id, fanout_type, flags, rmem_alloc, drops FROM packet": {
			"55 3 all 1 1 9 ebpf running auxdata 7 3", "56 35021 0x88cd 0 - - - - 0 -"},
		"SELECT inode, type, protocol_name, portid, groups, group_names, dst_portid, dst_group, flags FROM netlink": {
			"57 dgram 30 4000000000 1 40 - 5 2 dumping no_enobufs", "58 - ROUTE 0 1 99 LINK 99 - - -"},
		"SELECT inode, type, local_cid, local_port, remote_cid, remote_port, shutdown FROM vsock": {
			"59 stream - 100000 - - -", "60 seqpacket 3 22 2 5000 both", "61 stream - - - - -"},
		"SELECT inode, interface, queue, rx_ring, tx_ring, umem_bytes, umem_users, zerocopy, rx_full FROM xdp": {
			"62 lo 4 2048 - 16777216 2 1 6", "63 - - - - - - - -"},
		"SELECT inode, state, local_addresses, remote_addresses FROM sctp":             {"64 COOKIE_WAIT 192.0.2.1 192.0.2.2 -"},
		"SELECT inode, backlog_max, token, remote_key, write_seq, subflows FROM mptcp": {"67 5 - - - -", "- - 4000000000 1 ffffffffffffffff -"},
		"SELECT inode, owner_status FROM sockets WHERE proto = 'netlink'":              {"57 unheld", "58 kernel"},
	} {
		equal(t, query(t, db, "%s", sql), want...)
	}
}

// Conditions find the same sockets whether the table knows of them or not.
func TestSpecialConditions(t *testing.T) {
	m, _, _ := specialMachine()
	db := openMachine(t, m)
	for where, want := range map[string]string{
		"local_port = 22": "53 60", "local_port > 65535": "59", "local_port IS NULL": "51 52 55 56 57 58 61 62 63", "remote_port = 5000": "60",
		"family = 'inet6'": "52 66", "family = 'vsock'": "59 60 61", "label = 'raw4'": "51", "state = 'COOKIE_WAIT'": "64",
		"state = 'LISTEN'": "59 65 67", "proto IN ('raw', 'xdp')": "51 52 62 63", "local_port > 0 AND proto IN ('tcp', 'udp')": "67 68",
	} {
		got := strings.Join(query(t, db, "SELECT inode FROM sockets WHERE inode > 0 AND %s ORDER BY inode", where), " ")
		also := strings.Join(query(t, db, "SELECT inode FROM (SELECT *, family FROM sockets LIMIT 1000) WHERE inode > 0 AND %s ORDER BY inode", where), " ")
		if got != want || also != want {
			t.Errorf("%s: %s, read at once %s, want %s", where, got, also, want)
		}
	}
}

// A Multipath TCP socket is listed once, by the TCP socket it has, which is told by the inode,
// and without one by its ends.
func TestSubflowRows(t *testing.T) {
	m, tables, _ := specialMachine()
	db := openMachine(t, m)
	equal(t, query(t, db, "SELECT proto, local, coalesce(remote, '*'), mptcp FROM sockets WHERE local_port = 80"),
		"tcp 0.0.0.0:80 * 1", "tcp 192.0.2.1:80 198.51.100.1:5 1", "tcp 192.0.2.1:80 198.51.100.1:6 0")
	equal(t, query(t, db, "SELECT DISTINCT mptcp FROM sockets WHERE proto <> 'tcp'"), "-")
	tables.fails = map[mib2.Protocol]error{mib2.MPTCP: fs.ErrPermission}
	equal(t, query(t, openMachine(t, m), "SELECT DISTINCT mptcp FROM sockets WHERE proto = 'tcp'"), "-")
}

// What a system does not tell of is left out where there is more, and said; what it refuses is
// said once for all.
func TestLeftOut(t *testing.T) {
	m, tables, _ := specialMachine()
	tables.fails = map[mib2.Protocol]error{mib2.Raw: mib2.ErrNoProtocol, mib2.SCTP: fs.ErrPermission, mib2.Vsock: fs.ErrPermission}
	db := openMachine(t, m)
	notices := warnings(db)
	equal(t, query(t, db, "SELECT DISTINCT proto FROM sockets"), "icmp", "netlink", "packet", "smc", "tcp", "udplite", "xdp")
	if want := []string{"sctp, vsock sockets are not shown: permission denied"}; !slices.Equal(*notices, want) {
		t.Errorf("noted %q", *notices)
	}
	*notices = nil
	equal(t, query(t, db, "SELECT * FROM raw"))
	if want := []string{"raw sockets are not shown: " + mib2.ErrNoProtocol.Error()}; !slices.Equal(*notices, want) {
		t.Errorf("noted %q", *notices)
	}
	if err := fails(t, db, "SELECT * FROM sctp"); !errors.Is(err, fs.ErrPermission) {
		t.Error(err)
	}
}
