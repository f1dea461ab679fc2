package vtab

import (
	"net/netip"
	"testing"
	"time"

	"sockstat/mib2"
	"sockstat/proc"
)

// tcpSocket returns a TCP socket with its inode as its cookie.
func tcpSocket(state mib2.State, local, remote string, inode uint64) mib2.Socket {
	s := mib2.Socket{Proto: mib2.TCP, State: state, Inode: inode, Cookie: inode}
	at, to := netip.MustParseAddrPort(local), netip.AddrPort{}
	if remote != "" {
		to = netip.MustParseAddrPort(remote)
	}
	s.SetAddresses(familyOf(at), at, to)
	return s
}

// udpSocket returns a UDP socket.
func udpSocket(local string, inode uint64) mib2.Socket {
	s := mib2.Socket{Proto: mib2.UDP, State: mib2.Idle, Inode: inode, Cookie: inode, RecvMeasure: mib2.MeasureMemory, SendMeasure: mib2.MeasureMemory}
	at := netip.MustParseAddrPort(local)
	s.SetAddresses(familyOf(at), at, netip.AddrPort{})
	return s
}

// with adds what the kernel tells of a connection.
func with(s mib2.Socket, congestion string, info mib2.TCPInfo) mib2.Socket {
	info.Size, info.State = mib2.TCPInfo6_7, 1
	s.Info = &mib2.Info{Attrs: attributes(mib2.AttrTCPInfo, mib2.AttrCongestion), Congestion: congestion, TCP: info}
	s.Timer = &mib2.Timer{Kind: mib2.TimerOff}
	return s
}

// withMemory adds what the kernel tells of memory.
func withMemory(s mib2.Socket, mem mib2.SocketMem) mib2.Socket {
	s.Info = &mib2.Info{Attrs: attributes(mib2.AttrMem), Mem: mem}
	return s
}

// described has the processes of a machine be more than a name.
func described(m *Machine, describe func(p *proc.Process)) *Machine {
	processes := m.Processes.(*rowProcesses).processes
	for i := range processes {
		describe(&processes[i])
	}
	return m
}

func TestSavedProcessAndHost(t *testing.T) {
	sockets := append(connection("192.0.2.1:5000", "198.51.100.7:80", 1, 0), listener("0.0.0.0:80", 3, 0), udpSocket("127.0.0.1:53", 4))
	m := savedMachine(sockets, map[uint64][]int32{1: {7}, 2: {8}, 3: {8}, 4: {7}})
	equal(t, saved(t, m, "process", "proto, state, local, remote, fd", ":pid", "7"), "tcp ESTABLISHED 192.0.2.1:5000 198.51.100.7:80 3", "udp IDLE 127.0.0.1:53 - 3")
	equal(t, saved(t, m, "host", "local, remote, pid, command", ":network", "'198.51.100.0/24'"), "192.0.2.1:5000 198.51.100.7:80 7 p7")
	equal(t, saved(t, m, "host", "local, pid", ":network", "'192.0.2.1'"), "198.51.100.7:80 8")
}

func TestSavedBytes(t *testing.T) {
	a := with(tcpSocket(mib2.Established, "192.0.2.1:5000", "198.51.100.7:80", 1), "cubic", mib2.TCPInfo{BytesAcked: 1000, BytesReceived: 24})
	b := with(tcpSocket(mib2.Established, "192.0.2.1:5001", "198.51.100.7:80", 2), "cubic", mib2.TCPInfo{BytesAcked: 1, BytesReceived: 2})
	c := with(tcpSocket(mib2.CloseWait, "192.0.2.1:5002", "198.51.100.8:80", 3), "cubic", mib2.TCPInfo{BytesReceived: 5})
	m := savedMachine([]mib2.Socket{a, b, c, listener("0.0.0.0:80", 9, 0)}, map[uint64][]int32{1: {7}, 2: {7}, 3: {8}, 9: {7}})
	equal(t, saved(t, m, "bytes-per-process", `pid, connections, sent, received, "all"`, ":limit", "9"), "7 2 1001 26 1.0 KiB", "8 1 0 5 5 B")
	equal(t, saved(t, m, "bytes-per-peer", "peer, connections, sent, received", ":limit", "9"), "198.51.100.7 2 1001 26", "198.51.100.8 1 0 5")
}

func TestSavedExposedZones(t *testing.T) {
	sockets := []mib2.Socket{listener("0.0.0.0:80", 1, 0), listener("127.0.0.1:81", 2, 0), listener("[2001:db8::1]:82", 3, 0), udpSocket("0.0.0.0:53", 4)}
	m := savedMachine(sockets, map[uint64][]int32{1: {7, 8}, 2: {9}, 3: {7}, 4: {7}})
	equal(t, saved(t, m, "exposed-zones", "zone, listeners, processes, ports"), "here 3 2 udp4:53,tcp4:80,tcp6:82")
}

// networkOf gives a machine some settings and counters.
func networkOf(m *Machine) *Machine {
	m.Network = &rowNetwork{
		settings: []mib2.Setting{{Name: "net.ipv4.ip_local_port_range", Value: "5000 5099"}, {Name: "net.ipv4.tcp_congestion_control", Value: "cubic"}},
		counters: []mib2.Counter{{Protocol: "TcpExt", Name: "ListenOverflows", Value: 12}, {Protocol: "TcpExt", Name: "TCPRcvQDrop", Value: 0},
			{Protocol: "Udp", Name: "NoPorts", Value: 3}, {Protocol: "Ip", Name: "InReceives", Value: 9}},
	}
	return m
}

func TestSavedPorts(t *testing.T) {
	sockets := []mib2.Socket{
		tcpSocket(mib2.Established, "192.0.2.1:5000", "198.51.100.7:80", 1), tcpSocket(mib2.TimeWait, "192.0.2.1:5000", "198.51.100.8:80", 0),
		tcpSocket(mib2.TimeWait, "192.0.2.1:5001", "198.51.100.8:80", 0), tcpSocket(mib2.Established, "192.0.2.1:80", "198.51.100.8:5000", 2),
		listener("0.0.0.0:5002", 3, 0), udpSocket("0.0.0.0:5099", 4),
	}
	for i := range sockets {
		sockets[i].Cookie = uint64(i + 1)
	}
	m := networkOf(savedMachine(sockets, map[uint64][]int32{1: {7}}))
	equal(t, saved(t, m, "ephemeral-ports", "zone, proto, range, used, of, percent, sockets, time_wait"), "here tcp 5000-5099 2 100 2.0 3 2", "here udp 5000-5099 1 100 1.0 1 0")
	equal(t, saved(t, m, "time-wait-ports", `"to", port, used, time_wait, of, percent`, ":limit", "9"), "198.51.100.8 80 2 2 100 2.0", "198.51.100.7 80 1 0 100 1.0")
}

func TestSavedAcceptQueues(t *testing.T) {
	quiet := listener("0.0.0.0:81", 11, 0)
	quiet.RecvQ, quiet.SendQ = 1, 128
	m := networkOf(savedMachine([]mib2.Socket{listener("0.0.0.0:80", 10, 0), quiet}, map[uint64][]int32{10: {4}}))
	equal(t, saved(t, m, "accept-queues", `listener, waiting, "limit", percent, pid, overflows`, ":percent", "10"), "0.0.0.0:80 3 2 100.0 4 12")
	equal(t, saved(t, m, "refused", "protocol, name, value, meaning"), "TcpExt ListenOverflows 12 connections for which an accept queue was full",
		"Udp NoPorts 3 datagrams to ports where nobody was")
}

func TestSavedHalfOpen(t *testing.T) {
	in := func(from string, retransmits uint32) mib2.Socket {
		s := tcpSocket(mib2.SynRcvd, "192.0.2.1:80", from, 0)
		s.Timer = &mib2.Timer{Kind: mib2.TimerOn, Retransmits: retransmits}
		return s
	}
	out := tcpSocket(mib2.SynSent, "192.0.2.1:5000", "203.0.113.5:443", 3)
	m := savedMachine([]mib2.Socket{in("198.51.100.7:1", 1), in("198.51.100.7:2", 4), in("198.51.100.8:3", 0), out}, nil)
	equal(t, saved(t, m, "half-open", "direction, port, connections, peers, a_peer"), "in 80 3 2 198.51.100.7", "out 443 1 1 203.0.113.5")
	equal(t, saved(t, m, "half-open", "max(retransmits)"), "4")
}

func TestSavedIdle(t *testing.T) {
	idle := func(inode uint64, local string, sent, received uint32, timer mib2.TimerKind) mib2.Socket {
		s := with(tcpSocket(mib2.Established, local, "198.51.100.7:80", inode), "cubic", mib2.TCPInfo{LastDataSent: sent, LastDataRecv: received})
		s.Timer = &mib2.Timer{Kind: timer}
		return s
	}
	m := savedMachine([]mib2.Socket{idle(1, "192.0.2.1:5000", 90_000, 100_000, mib2.TimerOff), idle(2, "192.0.2.1:5001", 500_000, 400_000, mib2.TimerKeepalive),
		idle(3, "192.0.2.1:5002", 200_000, 1000, mib2.TimerOff)}, map[uint64][]int32{1: {7}, 2: {7}, 3: {8}})
	equal(t, saved(t, m, "oldest-idle", "idle_s, local, keepalive, pid", ":limit", "2"), "400 192.0.2.1:5001 1 7", "90 192.0.2.1:5000 0 7")
	equal(t, saved(t, m, "no-keepalive", "pid, connections, peers, longest_idle_s", ":seconds", "60"), "7 1 1 90")
}

func TestSavedFiguresOfPeers(t *testing.T) {
	sockets := []mib2.Socket{
		with(tcpSocket(mib2.Established, "192.0.2.1:5000", "198.51.100.7:80", 1), "cubic", mib2.TCPInfo{RTT: 1000, MinRTT: 500, RTTVar: 100, SegsOut: 100, TotalRetrans: 5}),
		with(tcpSocket(mib2.Established, "192.0.2.1:5001", "198.51.100.7:80", 2), "bbr", mib2.TCPInfo{RTT: 3000, MinRTT: 700, RTTVar: 300, SegsOut: 100, TotalRetrans: 5}),
		with(tcpSocket(mib2.Established, "192.0.2.1:5002", "198.51.100.8:80", 3), "cubic", mib2.TCPInfo{RTT: 9000, MinRTT: 9000, RTTVar: 1, SegsOut: 50}),
	}
	m := networkOf(savedMachine(sockets, nil))
	equal(t, saved(t, m, "congestion", "congestion, is_default, connections, rtt_ms, segments, resent, percent, zone"),
		"cubic 1 2 5.0 150 5 3.33 here", "bbr 0 1 3.0 100 5 5.0 here")
	equal(t, saved(t, m, "retransmits-per-peer", "peer, connections, segments, resent, percent, rtt_ms", ":limit", "9"), "198.51.100.7 2 200 10 5.0 2.0")
	got := saved(t, m, "slowest-peers", "peer, connections, least_ms, median_ms, most_ms, varies_ms", ":limit", "9")
	if len(got) != 2 || got[0] != "198.51.100.8 1 9.0 9.0 9.0 0.0" || got[1] != "198.51.100.7 2 0.5 2.0 3.0 0.2" {
		t.Errorf("%q", got)
	}
}

func TestSavedSocketMemory(t *testing.T) {
	a := withMemory(tcpSocket(mib2.Established, "192.0.2.1:5000", "198.51.100.7:80", 1), mib2.SocketMem{RmemAlloc: 1000, Backlog: 24, WmemQueued: 10, FwdAlloc: 5, OptMem: 1})
	b := withMemory(udpSocket("0.0.0.0:53", 2), mib2.SocketMem{RmemAlloc: 7, WmemAlloc: 3, FwdAlloc: 2})
	m := savedMachine([]mib2.Socket{a, b}, map[uint64][]int32{1: {7}, 2: {7, 8}})
	equal(t, saved(t, m, "socket-memory", `pid, sockets, received, to_send, reserved`, ":limit", "9"), "7 2 1031 13 7", "8 1 7 3 2")
}

func TestSavedListeners(t *testing.T) {
	sockets := []mib2.Socket{listener("0.0.0.0:80", 1, 0), listener("192.0.2.1:81", 2, 0), listener("[::]:82", 3, 0), udpSocket("0.0.0.0:53", 4)}
	m := described(savedMachine(sockets, map[uint64][]int32{1: {7, 8}, 2: {7}, 3: {8}, 4: {9}}), func(p *proc.Process) {
		p.Exe, p.ExeDeleted, p.Start = "/sbin/web (deleted)", p.PID == 8, time.Unix(1_700_000_000, 0)
		if p.PID == 9 {
			p.EUID = 33
		}
	})
	equal(t, saved(t, m, "deleted-executables", "label, local, pid, exe, length(started)"), "tcp4 0.0.0.0:80 8 /sbin/web (deleted) 19", "tcp6 :::82 8 /sbin/web (deleted) 19")
	equal(t, saved(t, m, "shared-listeners", "label, local, processes, commands, lowest_pid"), "tcp4 0.0.0.0:80 2 p7,p8 7")
	equal(t, saved(t, m, "root-listeners", "label, port, pid"), "tcp4 80 7", "tcp4 80 8", "tcp6 82 8")
}

func TestSavedOutbound(t *testing.T) {
	sockets := []mib2.Socket{
		listener("0.0.0.0:443", 1, 0), tcpSocket(mib2.Established, "192.0.2.1:443", "8.8.8.8:5000", 2), // came from there
		tcpSocket(mib2.Established, "192.0.2.1:5000", "8.8.8.8:443", 3), tcpSocket(mib2.SynSent, "192.0.2.1:5001", "8.8.8.8:443", 4),
		tcpSocket(mib2.Established, "192.0.2.1:5002", "10.0.0.1:443", 5), tcpSocket(mib2.TimeWait, "192.0.2.1:5003", "8.8.8.8:443", 0),
	}
	m := savedMachine(sockets, map[uint64][]int32{1: {6}, 2: {6}, 3: {7}, 4: {7}, 5: {7}})
	equal(t, saved(t, m, "outbound", "pid, command, remote_address, port, connections", ":limit", "9"), "7 p7 8.8.8.8 443 2")
}

func TestSavedUnixPairs(t *testing.T) {
	end := func(inode, peer uint64, path string) mib2.Socket {
		return mib2.Socket{Proto: mib2.Unix, Family: mib2.Local, State: mib2.Connected, Inode: inode, Cookie: inode,
			Unix: &mib2.UnixInfo{Type: mib2.Stream, Path: path, PeerInode: peer}}
	}
	m := savedMachine([]mib2.Socket{end(1, 2, "/run/web"), end(2, 1, ""), end(3, 4, ""), end(4, 3, ""), end(5, 0, "/run/other")},
		map[uint64][]int32{1: {70}, 2: {80, 81}, 3: {90}, 4: {91}, 5: {70}})
	equal(t, saved(t, m, "unix-pairs", "type, path, server_pid, server, client_pid, client"), "stream /run/web 70 p70 80 p80", "stream - 90 p90 91 p91")
}

func TestSavedCaptures(t *testing.T) {
	capture := mib2.Socket{Proto: mib2.Packet, Family: mib2.Link, State: mib2.Bound, Inode: 1, Cookie: 1, Interface: 2,
		Special: &mib2.Special{Packet: &mib2.PacketInfo{Ethertype: 3, Promiscuous: true}}}
	watch := mib2.Socket{Proto: mib2.Netlink, Family: mib2.NetlinkFamily, Inode: 2, Cookie: 2,
		Special: &mib2.Special{Netlink: &mib2.NetlinkInfo{Protocol: 15, Groups: []uint32{1}}}}
	talk := mib2.Socket{Proto: mib2.Netlink, Family: mib2.NetlinkFamily, Inode: 3, Cookie: 3, Special: &mib2.Special{Netlink: &mib2.NetlinkInfo{}}}
	m := savedMachine([]mib2.Socket{capture, watch, talk}, map[uint64][]int32{1: {7}, 2: {8}, 3: {8}})
	equal(t, saved(t, m, "captures", "interface, frames, pid, command, owner_status"), "a0 all 7 p7 ok")
	equal(t, saved(t, m, "netlink-listeners", "protocol, groups, pid, command"), "KOBJECT_UEVENT 1 8 p8")
}

func TestSavedPerGroup(t *testing.T) {
	sockets := append(connection("192.0.2.1:5000", "198.51.100.7:80", 1, 0), listener("0.0.0.0:80", 3, 0), udpSocket("0.0.0.0:53", 4))
	m := described(savedMachine(sockets, map[uint64][]int32{1: {7}, 2: {8}, 3: {8, 9}, 4: {10}}), func(p *proc.Process) {
		if p.PID == 8 || p.PID == 9 {
			p.Cgroup, p.Container = "/system.slice/web.service", proc.Container{Name: "web", Runtime: "docker", Pod: "7e0b-1"}
		}
	})
	equal(t, saved(t, m, "per-container", "container, runtime, processes, sockets, listening, established, close_wait"), "web docker 2 2 1 1 0", "- - 2 2 0 1 0")
	equal(t, saved(t, m, "per-pod", "pod, containers, processes, sockets, established, ports"), "7e0b-1 1 2 2 1 80")
	equal(t, saved(t, m, "per-unit", "unit, processes, sockets, listening, established, close_wait"), "web.service 2 2 1 1 0", "- 2 2 0 1 0")
}

func TestSavedPortConflicts(t *testing.T) {
	dual := listener("[::]:82", 5, 0)
	dual.Dual = true
	sockets := []mib2.Socket{
		listener("0.0.0.0:80", 1, 0), listener("0.0.0.0:80", 2, 0), // they share
		listener("0.0.0.0:81", 3, 0), listener("192.0.2.1:81", 4, 0), // one is more specific
		dual, listener("192.0.2.1:82", 6, 0), // so it is here
		listener("0.0.0.0:83", 7, 0), listener("[::]:83", 8, 0), // each has an IP version
		listener("192.0.2.1:84", 9, 0), listener("192.0.2.2:84", 10, 0), // and an address
		listener("192.0.2.1:85", 11, 2), listener("192.0.2.1:85", 12, 3), // and an interface
		udpSocket("0.0.0.0:80", 13), listener("0.0.0.0:86", 14, 0),
	}
	held := map[uint64][]int32{}
	for i := range 14 {
		held[uint64(i+1)] = []int32{int32(i + 1)}
	}
	held[14] = []int32{14, 15} // one socket of two processes
	m := savedMachine(sockets, held)
	equal(t, saved(t, m, "port-conflicts", "proto, port, sockets, processes, how"), "tcp 80 2 2 shared", "tcp 81 2 2 specific first", "tcp 82 2 2 specific first")
}
