package vtab

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sockstat/mib2"
	"sockstat/proc"
)

// saved runs a saved query with a value for its parameter and returns some columns.
func saved(t *testing.T, m *Machine, name, columns string, parameter ...string) []string {
	t.Helper()
	sql, err := os.ReadFile(filepath.Join("..", "queries", name+".sql"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(parameter...).Replace(string(sql))
	return query(t, openMachine(t, m), "%s", "SELECT "+columns+" FROM (\n"+text+"\n)")
}

// connection returns the two ends of a TCP connection, with inodes from the given one on.
func connection(client, server string, inode uint64, iface uint32) []mib2.Socket {
	a, b := netip.MustParseAddrPort(client), netip.MustParseAddrPort(server)
	s := mib2.Socket{Proto: mib2.TCP, State: mib2.Established, Interface: iface}
	s.SetAddresses(familyOf(a), a, b)
	s.Inode, s.Cookie = inode, inode
	peer := s
	peer.SetAddresses(familyOf(a), b, a)
	peer.Inode, peer.Cookie = inode+1, inode+1
	return []mib2.Socket{s, peer}
}

func familyOf(a netip.AddrPort) mib2.Family {
	if a.Addr().Is4() {
		return mib2.Inet
	}
	return mib2.Inet6
}

func listener(at string, inode uint64, iface uint32) mib2.Socket {
	s := mib2.Socket{Proto: mib2.TCP, State: mib2.Listen, Interface: iface, Inode: inode, Cookie: inode, RecvQ: 3, SendQ: 2}
	s.SetAddresses(familyOf(netip.MustParseAddrPort(at)), netip.MustParseAddrPort(at), netip.AddrPort{})
	return s
}

// savedMachine returns a machine with sockets of some processes, by their PIDs.
func savedMachine(sockets []mib2.Socket, held map[uint64][]int32) *Machine {
	p := &rowProcesses{all: []proc.Zone{{ID: 1, Name: "here"}}}
	for inode, pids := range held {
		for _, pid := range pids {
			p.found = append(p.found, proc.Held{Inode: inode, Holder: proc.Holder{PID: pid, FD: 3}})
			if !slices.ContainsFunc(p.processes, func(p proc.Process) bool { return p.PID == pid }) {
				p.processes = append(p.processes, proc.Process{PID: pid, Name: fmt.Sprint("p", pid), Zone: 1, Has: everything})
			}
		}
	}
	return &Machine{Sockets: &rowTables{rows: sockets}, Processes: p, Holders: p, Zones: p, Users: p,
		Interfaces: func() map[uint32]string { return map[uint32]string{1: "lo", 2: "a0", 3: "b0"} }}
}

// The same link-local addresses and ports on two links are two connections, and how many
// processes hold an end makes no more of them.
func TestSavedLoopbackPairs(t *testing.T) {
	const client, server = "[fe80::1]:5555", "[fe80::1]:80"
	m := savedMachine(slices.Concat(connection(client, server, 10, 2), connection(client, server, 20, 3),
		connection("127.0.0.1:6000", "127.0.0.1:80", 30, 0), connection("127.0.0.1:6001", "127.0.0.1:80", 40, 0)[:1],
		[]mib2.Socket{listener("0.0.0.0:80", 50, 0), listener("[::]:80", 51, 0), listener("127.0.0.1:80", 52, 0)}),
		map[uint64][]int32{10: {1}, 11: {2}, 20: {1}, 21: {2}, 30: {7, 5, 6}, 31: {9, 8, 7}, 50: {4}, 51: {3}, 52: {6}})
	const columns = "client_pid, client, client_address, server_pid, server, server_address, client_holders, server_holders"
	want := []string{
		"1 p1 fe80::1%a0:5555 2 p2 fe80::1%a0:80 1 1",
		"1 p1 fe80::1%b0:5555 2 p2 fe80::1%b0:80 1 1",
		"5 p5 127.0.0.1:6000 7 p7 127.0.0.1:80 3 3",
	}
	equal(t, saved(t, m, "loopback-pairs", columns), want...)

	waiting := connection("127.0.0.1:6002", "127.0.0.1:80", 60, 0)
	waiting[1].Inode = 0 // was not accepted
	m.Sockets.(*rowTables).rows = append(m.Sockets.(*rowTables).rows, waiting...)
	m.Holders.(*rowProcesses).found = append(m.Holders.(*rowProcesses).found, proc.Held{Inode: 60, Holder: proc.Holder{PID: 1, FD: 4}})
	equal(t, saved(t, m, "loopback-pairs", columns), append(want, "1 p1 127.0.0.1:6002 6 p6 127.0.0.1:80 1 0")...)
}

// Connections that nobody accepted are those of the process that listens for them: of the
// listener that fits best.
func TestSavedUnaccepted(t *testing.T) {
	var sockets []mib2.Socket
	for i, to := range []string{"192.0.2.1:80", "192.0.2.1:80", "[fe80::1]:80", "192.0.2.2:81", "192.0.2.2:82"} {
		ends := connection(fmt.Sprintf("198.51.100.1:%d", 5000+i), to, 0, 0)
		if strings.HasPrefix(to, "[") {
			ends = connection(fmt.Sprintf("[fe80::2]:%d", 5000+i), to, 0, 2)
		}
		s := ends[1]
		s.State, s.RecvQ, s.Inode, s.Cookie = mib2.CloseWait, 5, 0, uint64(100+i)
		sockets = append(sockets, s)
	}
	sockets[1].Inode = 1 // was accepted
	dual := listener("[::]:81", 13, 0)
	dual.Dual = true
	sockets = append(sockets, listener("0.0.0.0:80", 10, 0), listener("192.0.2.1:80", 11, 0), listener("[fe80::1]:80", 12, 3), listener("[fe80::1]:80", 14, 2),
		dual, listener("[::]:82", 15, 0))
	m := savedMachine(sockets, map[uint64][]int32{1: {9}, 10: {4}, 11: {6, 5}, 12: {1}, 13: {7}, 14: {2}, 15: {3}})
	equal(t, saved(t, m, "close-wait", "pid, command, close_wait, unaccepted, unread_bytes", ":least", "1"),
		"5 p5 1 1 5", "9 p9 1 0 5", "2 p2 1 1 5", "7 p7 1 1 5")
	equal(t, saved(t, m, "queues", "local_address, local_port, interface, recv_q, pid, command, owner_status", ":least", "5"),
		"192.0.2.1 80 - 5 5 p5 unaccepted", "192.0.2.1 80 - 5 9 p9 ok", "fe80::1 80 a0 5 2 p2 unaccepted",
		"192.0.2.2 81 - 5 7 p7 unaccepted", "192.0.2.2 82 - 5 - - unaccepted") // [::]:82 takes no IPv4
	equal(t, saved(t, m, "port", "local_address, remote_port, pid, command, owner_status", ":port", "81"),
		"192.0.2.2 5003 7 p7 unaccepted", ":: - 7 p7 ok")
}

// A queue is as full as what the kernel lets in allows: one connection more than the limit.
func TestSavedBacklog(t *testing.T) {
	m := savedMachine([]mib2.Socket{listener("0.0.0.0:80", 10, 0)}, map[uint64][]int32{10: {4}})
	equal(t, saved(t, m, "backlog", "backlog, backlog_max, percent"), "3 2 100.0")
}

// All that is not loopback may be reached from elsewhere.
func TestSavedExposed(t *testing.T) {
	var sockets []mib2.Socket
	for i, at := range []string{"0.0.0.0:1", "127.0.0.1:2", "127.9.9.9:3", "[::1]:4", "169.254.7.1:5", "[fe80::1]:6", "[::]:7", "192.0.2.1:8", "224.0.0.251:9", "[ff02::fb]:10", "[ff01::1]:11"} {
		sockets = append(sockets, listener(at, uint64(i+1), 0))
	}
	sockets = append(sockets, listener("0.0.0.0:12", 12, 1), listener("0.0.0.0:13", 13, 2))
	equal(t, saved(t, savedMachine(sockets, nil), "exposed", "local_port, interface"), "1 -", "5 -", "6 -", "7 -", "8 -", "9 -", "10 -", "13 a0")
}

// Packets of UDP that wait are shown by the memory they take.
func TestSavedQueuesOfDatagrams(t *testing.T) {
	u := mib2.Socket{Proto: mib2.UDP, State: mib2.Idle, RecvQ: 2496, RecvMeasure: mib2.MeasureMemory, SendMeasure: mib2.MeasureMemory, Inode: 1}
	u.SetAddresses(mib2.Inet, netip.MustParseAddrPort("127.0.0.1:53"), netip.AddrPort{})
	x := mib2.Socket{Proto: mib2.Unix, Family: mib2.Local, State: mib2.Connected, RecvQ: 9, SendQ: 768, Inode: 2,
		RecvMeasure: mib2.MeasureNext, SendMeasure: mib2.MeasureMemory, Unix: &mib2.UnixInfo{Type: mib2.Datagram}}
	other := []mib2.Socket{ // of other families, which the kernel itself has too
		{Proto: mib2.Netlink, Family: mib2.NetlinkFamily, State: mib2.Bound, RecvQ: 832, RecvMeasure: mib2.MeasureMemory, Inode: 3, Special: &mib2.Special{Netlink: &mib2.NetlinkInfo{}}},
		{Proto: mib2.Packet, Family: mib2.Link, State: mib2.Bound, RecvQ: 768, RecvMeasure: mib2.MeasureMemory, Inode: 4, Special: &mib2.Special{Packet: &mib2.PacketInfo{}}},
	}
	m := savedMachine(append(other, u, x), map[uint64][]int32{1: {4}, 2: {4}, 4: {4}})
	equal(t, saved(t, m, "queues", "label, recv_q, send_q, rmem_alloc, wmem_alloc", ":least", "1"), "udp4 - - 2496 0", "dgram - - - 768")
	db := openMachine(t, m)
	equal(t, query(t, db, "SELECT recv_q, send_q, rmem_alloc, wmem_alloc FROM udp"), "- - 2496 0")
	equal(t, query(t, db, "SELECT recv_q, send_q, next_datagram, wmem_alloc FROM unix"), "- - 9 768")
}

// The peers of links, and what listens in TIME_WAIT's place, are told apart by interface.
func TestSavedLinks(t *testing.T) {
	a, b := connection("[fe80::1]:80", "[fe80::2]:6000", 0, 2)[0], connection("[fe80::1]:80", "[fe80::2]:6000", 0, 3)[0]
	a.State, b.State = mib2.TimeWait, mib2.TimeWait
	m := savedMachine([]mib2.Socket{a, b, listener("[fe80::1]:80", 1, 2)}, nil)
	equal(t, saved(t, m, "remotes", "remote_address, interface, connections", ":limit", "9"), "fe80::2 a0 1", "fe80::2 b0 1")
	equal(t, saved(t, m, "time-wait", "interface, direction, service_port", ":limit", "9"), "a0 in 80", "b0 out 6000")
}

// An edge leads from the client to the server, wherever they are; a connection that nobody accepted leads to the
// listener; a connection within the machine is one.
func TestSavedTopology(t *testing.T) {
	here := func(client, server string, inode uint64) mib2.Socket { // our end is the client
		return connection(client, server, inode, 0)[0]
	}
	waiting := connection("203.0.113.9:1003", "10.0.0.1:80", 0, 0)[1]
	waiting.Inode, waiting.Cookie = 0, 99
	m := savedMachine(slices.Concat(
		[]mib2.Socket{listener("0.0.0.0:80", 1, 0), listener("127.0.0.1:5432", 2, 0), waiting},
		connection("203.0.113.7:1001", "10.0.0.1:80", 10, 0)[1:], connection("203.0.113.8:1002", "10.0.0.1:80", 20, 0)[1:],
		connection("127.0.0.1:2000", "127.0.0.1:5432", 30, 0), connection("127.0.0.1:2001", "127.0.0.1:5432", 40, 0),
		connection("10.0.0.1:2002", "10.0.0.1:80", 50, 0),
		[]mib2.Socket{here("10.0.0.1:3000", "192.0.2.1:25", 60), here("10.0.0.1:3001", "[2001:db8:1:2::5]:443", 70), here("10.0.0.1:3002", "[2001:db8:1:2::6]:443", 71)}),
		map[uint64][]int32{1: {8}, 2: {5}, 11: {8}, 21: {8, 9}, 30: {8}, 31: {5}, 40: {8}, 41: {5}, 50: {7}, 51: {8}, 60: {7}, 70: {7}, 71: {7}})
	const columns = `"from", "to", replace(label, ' ', '_'), "group", to_group`
	want := []string{
		"203.0.113.0/24 p8 80_×3 - here", "203.0.113.0/24 p9 80 - here",
		"p7 192.0.2.1 25 here -", "p7 2001:db8:1:2::/64 443_×2 here -", "p7 p8 80 here here", "p8 p5 5432_×2 here here",
	}
	equal(t, saved(t, m, "topology", columns, ":programs", "9", ":networks", "9", "service(t.port, t.proto)", "NULL"), want...)
	few := saved(t, m, "topology", `"from", "to"`, ":programs", "1", ":networks", "1", "service(t.port, t.proto)", "NULL")
	equal(t, few, "203.0.113.0/24 (other programs)", "203.0.113.0/24 p8", "(other programs) p8", "(other programs) servers elsewhere", "p8 (other programs)")
}

// Metrics beyond the limit are one series, whose value is that of all of them.
func TestSavedMetrics(t *testing.T) {
	var sockets []mib2.Socket
	held := map[uint64][]int32{}
	for i := range 9 {
		sockets = append(sockets, listener(fmt.Sprintf("0.0.0.0:%d", 100+i), uint64(i+1), 0))
		held[uint64(i+1)] = []int32{int32(i + 1)}
	}
	m := savedMachine(sockets, held)
	m.Network = &rowNetwork{counters: []mib2.Counter{{Protocol: "Tcp", Name: "RetransSegs", Value: 12}, {Protocol: "Tcp", Name: "InSegs", Value: 13}}}
	equal(t, saved(t, m, "metrics", "name, labels, value", ":limit", "2", "service(port, proto)", "NULL"),
		`sockstat_accept_queue_connections {"port":"(other)"} 21`, `sockstat_accept_queue_connections {"port":100} 3`, `sockstat_accept_queue_connections {"port":101} 3`,
		`sockstat_accept_queue_limit {"port":"(other)"} 14`, `sockstat_accept_queue_limit {"port":100} 2`, `sockstat_accept_queue_limit {"port":101} 2`,
		`sockstat_command_sockets {"command":"(other)"} 7`, `sockstat_command_sockets {"command":"p1"} 1`, `sockstat_command_sockets {"command":"p2"} 1`,
		`sockstat_port_sockets {"proto":"(other)","port":"(other)","service":null} 7`,
		`sockstat_port_sockets {"proto":"tcp","port":100,"service":null} 1`, `sockstat_port_sockets {"proto":"tcp","port":101,"service":null} 1`,
		`sockstat_sockets {"proto":"tcp","state":"LISTEN"} 9`, `sockstat_tcp_retransmitted_segments_total {} 12`, `sockstat_zone_sockets {"zone":"here"} 9`)
}
