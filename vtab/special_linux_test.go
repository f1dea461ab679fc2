package vtab

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// special is a socket of one of the less common protocols.
type special struct {
	proto string
	fd    int
	inode uint64
}

// openSpecial opens sockets of every less common protocol that the kernel has, as root.
func openSpecial(t *testing.T) map[string]special {
	t.Helper()
	opened := map[string]special{}
	add := func(name, proto string, domain, kind, protocol int, more func(fd int) error) {
		fd, err := unix.Socket(domain, kind|unix.SOCK_CLOEXEC, protocol)
		if err != nil {
			t.Logf("%s: %v", name, err)
			return
		}
		t.Cleanup(func() { unix.Close(fd) })
		var st unix.Stat_t
		if err := unix.Fstat(fd, &st); err != nil {
			t.Fatal(err)
		}
		if more != nil {
			if err := more(fd); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		opened[name] = special{proto, fd, st.Ino}
	}
	in4 := func(port int) unix.Sockaddr { return &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}} }
	in6 := func(port int) unix.Sockaddr { return &unix.SockaddrInet6{Port: port, Addr: [16]byte{15: 1}} }
	bind := func(a unix.Sockaddr) func(int) error { return func(fd int) error { return unix.Bind(fd, a) } }
	connect := func(a unix.Sockaddr) func(int) error { return func(fd int) error { return unix.Connect(fd, a) } }
	listening := func(a unix.Sockaddr) func(int) error {
		return func(fd int) error {
			if err := unix.Bind(fd, a); err != nil {
				return err
			}
			return unix.Listen(fd, 7)
		}
	}
	if err := os.WriteFile("/proc/sys/net/ipv4/ping_group_range", []byte("0 2147483647"), 0); err != nil {
		t.Log(err)
	}
	add("raw icmp", "raw", unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP, nil)
	add("raw bound", "raw", unix.AF_INET, unix.SOCK_RAW, 132, bind(in4(0)))
	add("raw connected", "raw", unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_UDP, connect(in4(0)))
	add("raw send only", "raw", unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_RAW, nil)
	add("raw icmp6", "raw", unix.AF_INET6, unix.SOCK_RAW, unix.IPPROTO_ICMPV6, nil)
	add("ping", "icmp", unix.AF_INET, unix.SOCK_DGRAM, unix.IPPROTO_ICMP, bind(in4(4242)))
	add("ping6 connected", "icmp", unix.AF_INET6, unix.SOCK_DGRAM, unix.IPPROTO_ICMPV6, connect(in6(0)))
	add("udplite", "udplite", unix.AF_INET, unix.SOCK_DGRAM, 136, bind(in4(0)))
	add("udplite6", "udplite", unix.AF_INET6, unix.SOCK_DGRAM, 136, bind(in6(0)))
	add("packet all", "packet", unix.AF_PACKET, unix.SOCK_RAW, htons(unix.ETH_P_ALL), func(fd int) error {
		mreq := unix.PacketMreq{Ifindex: 1, Type: unix.PACKET_MR_PROMISC}
		return unix.SetsockoptPacketMreq(fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP, &mreq)
	})
	add("packet arp on lo", "packet", unix.AF_PACKET, unix.SOCK_DGRAM, htons(unix.ETH_P_ARP), func(fd int) error {
		if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: uint16(htons(unix.ETH_P_ARP)), Ifindex: 1}); err != nil {
			return err
		}
		return unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_FANOUT, 77|unix.PACKET_FANOUT_LB<<16)
	})
	add("packet ring", "packet", unix.AF_PACKET, unix.SOCK_RAW, htons(unix.ETH_P_IP), func(fd int) error {
		ring := unix.TpacketReq{Block_size: 4096, Block_nr: 2, Frame_size: 2048, Frame_nr: 4}
		if err := unix.SetsockoptTpacketReq(fd, unix.SOL_PACKET, unix.PACKET_RX_RING, &ring); err != nil {
			return err
		}
		code := []unix.SockFilter{{Code: 6, K: 0}} // accepts nothing
		return unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: 1, Filter: &code[0]})
	})
	add("packet idle", "packet", unix.AF_PACKET, unix.SOCK_RAW, 0, nil)
	add("netlink route", "netlink", unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE, func(fd int) error {
		if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: 0x11}); err != nil {
			return err
		}
		return unix.SetsockoptInt(fd, unix.SOL_NETLINK, unix.NETLINK_ADD_MEMBERSHIP, 32) // RTNLGRP_NEXTHOP
	})
	add("netlink uevent", "netlink", unix.AF_NETLINK, unix.SOCK_DGRAM, unix.NETLINK_KOBJECT_UEVENT, bind(&unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: 1}))
	add("mptcp listener", "mptcp", unix.AF_INET, unix.SOCK_STREAM, 262, listening(in4(0)))
	add("mptcp6 listener", "mptcp", unix.AF_INET6, unix.SOCK_STREAM, 262, listening(&unix.SockaddrInet6{}))
	return opened
}

func htons(n uint16) int { return int(n<<8 | n>>8) }

// ss returns the lines of ss, without the heading, each with its details on it.
func ss(t *testing.T, args ...string) []string {
	t.Helper()
	out, err := exec.Command("ss", append([]string{"-HOna"}, args...)...).Output()
	if err != nil {
		t.Skip("ss: ", err)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

// line returns the one line of ss that has an inode.
func line(t *testing.T, lines []string, inode uint64) string {
	t.Helper()
	for _, l := range lines {
		if slices.Contains(strings.Fields(l), fmt.Sprint("ino:", inode)) {
			return l
		}
	}
	t.Fatalf("ss shows no inode %d among %q", inode, lines)
	return ""
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root can open such sockets")
	}
}

// Each socket of the less common protocols is in sockets once, with its process. One of MPTCP
// is there as the TCP socket that it has.
func TestSpecialSockets(t *testing.T) {
	needRoot(t)
	db := openDB(t)
	for name, s := range openSpecial(t) {
		proto, mptcp := s.proto, "-"
		if proto == "mptcp" {
			proto, mptcp = "tcp", "1"
			equal(t, query(t, db, "SELECT proto, state FROM mptcp WHERE inode = %d", s.inode), "mptcp LISTEN")
		}
		want := fmt.Sprintf("%s %d %d ok %s", proto, syscall.Getpid(), s.fd, mptcp)
		if got := query(t, db, "SELECT proto, pid, fd, owner_status, mptcp FROM sockets WHERE inode = %d", s.inode); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
		// However it is asked for.
		if got := query(t, db, "SELECT count(*) FROM sockets WHERE inode = %d AND proto = '%s'", s.inode, proto); got[0] != "1" {
			t.Errorf("%s: %s sockets by protocol", name, got)
		}
	}
	if got := query(t, db, "SELECT count(*) FROM netlink WHERE protocol_name = 'SOCK_DIAG' AND portid = %d", syscall.Getpid()); got[0] != "0" {
		t.Error("the socket by which netlink sockets are read is shown")
	}
	if got := query(t, db, "SELECT DISTINCT pid, owner_status FROM sockets WHERE proto = 'netlink' AND local LIKE '%%:0'"); !slices.Equal(got, []string{"- kernel"}) {
		t.Errorf("the kernel's own: %q", got)
	}
}

// Netlink sockets that listen to groups are told twice by the kernel, and shown once.
func TestNetlinkOnce(t *testing.T) {
	db := openDB(t)
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: 0x11}); err != nil {
		t.Fatal(err)
	}
	a, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	port := a.(*unix.SockaddrNetlink).Pid
	for _, way := range []string{"", "proc"} {
		t.Setenv("SOCKSTAT_TABLES", way)
		equal(t, query(t, openDB(t), "SELECT protocol_name, portid, groups, group_names FROM netlink WHERE portid = %d", port),
			fmt.Sprintf("ROUTE %d 1 5 LINK IPV4_IFADDR", port))
	}
	equal(t, query(t, db, "SELECT count(*) FROM sockets WHERE local = 'ROUTE:%d'", port), "1")
}

// ss shows the same of raw sockets, column by column.
func TestRawLikeSS(t *testing.T) {
	needRoot(t)
	db, opened := openDB(t), openSpecial(t)
	var want []string
	for _, l := range ss(t, "-w") {
		f := strings.Fields(l)
		i := strings.LastIndexByte(f[3], ':')
		state := map[string]string{"UNCONN": "IDLE", "ESTAB": "CONNECTED"}[f[0]]
		want = append(want, strings.Join([]string{state, f[1], f[2], strings.Replace(f[3][:i], "*", "::", 1), f[3][i+1:]}, " "))
	}
	equal(t, query(t, db, "SELECT state, rmem_alloc, wmem_alloc, local_address, protocol FROM raw"), want...)
	for name, protocol := range map[string]string{"raw icmp": "1 icmp 0.0.0.0:icmp - -", "raw bound": "132 sctp 127.0.0.1:sctp - -",
		"raw connected": "17 udp 127.0.0.1:udp 127.0.0.1:* 127.0.0.1", "raw send only": "255 raw 0.0.0.0:raw - -", "raw icmp6": "58 ipv6-icmp :::ipv6-icmp - -"} {
		equal(t, query(t, db, "SELECT protocol, protocol_name, local, remote, remote_address FROM raw WHERE inode = %d", opened[name].inode), protocol)
	}
	equal(t, query(t, db, "SELECT count(*) FROM raw WHERE local_port IS NOT NULL OR remote_port IS NOT NULL"), "0")
}

// ss shows the same of packet sockets, column by column.
func TestPacketLikeSS(t *testing.T) {
	needRoot(t)
	db, opened := openDB(t), openSpecial(t)
	lines := ss(t, "-0", "-e", "-m", "-b")
	skmem := regexp.MustCompile(`skmem:\(r(\d+),rb(\d+),t(\d+),tb(\d+),f(\d+),w(\d+),o(\d+),bl(\d+),d(\d+)\)`)
	for name, s := range opened {
		if s.proto != "packet" {
			continue
		}
		l := line(t, lines, s.inode)
		f := strings.Fields(l)
		local := f[4]
		if i := strings.LastIndexByte(local, ':'); strings.HasPrefix(local, "[") { // a number, as names are not asked for
			n, _ := strconv.Atoi(strings.Trim(local[:i], "[]"))
			local = ethertypes[uint16(n)] + local[i:]
		}
		kind := map[string]string{"p_raw": "raw", "p_dgr": "dgram"}[f[0]]
		got := query(t, db, "SELECT type, rmem_alloc, local, uid FROM packet WHERE inode = %d", s.inode)
		if want := strings.Join([]string{kind, f[2], local, "0"}, " "); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: got %q, want %q of %s", name, got, want, l)
		}
		got = query(t, db, "SELECT rmem_alloc, rcvbuf, wmem_alloc, sndbuf, fwd_alloc, wmem_queued, optmem, mem_backlog, drops FROM packet WHERE inode = %d", s.inode)
		if m := skmem.FindStringSubmatch(l); m == nil || !slices.Equal(got, []string{strings.Join(m[1:], " ")}) {
			t.Errorf("%s: memory %q in %s", name, got, l)
		}
	}
	for name, want := range map[string]string{
		"packet all":       "3 all - 1 1 - - 0 0 *:*",
		"packet arp on lo": "2054 arp lo 1 0 77 lb 0 0 arp:lo",
		"packet ring":      "2048 ip - 1 0 - - 8192 4 ip:*",
		"packet idle":      "- - - 0 0 - - 0 0 0:*",
	} {
		equal(t, query(t, db, `SELECT ethertype, ethertype_name, interface, running, promiscuous, fanout_id, fanout_type, rx_ring_bytes, rx_ring_frames, local
			FROM packet WHERE inode = %d`, opened[name].inode), want)
	}
	equal(t, query(t, db, "SELECT filter_length FROM packet WHERE inode IN (%d, %d)", opened["packet ring"].inode, opened["packet idle"].inode), "0", "1")
}

// ss shows the same of netlink sockets.
func TestNetlinkLikeSS(t *testing.T) {
	db := openDB(t)
	groups := regexp.MustCompile(`groups=0x([0-9a-f]+)`)
	own := fmt.Sprintf("4:%d", os.Getpid())
	seen := map[string]bool{}
	var want []string
	for _, l := range ss(t, "-A", "netlink", "-e") {
		f := strings.Fields(l)
		protocol, port, _ := strings.Cut(f[3], ":")
		m := groups.FindStringSubmatch(l)
		if m == nil || seen[f[3]+m[1]] || f[3] == own || protocol == "4" && port != "0" {
			continue // twice, or of who reads
		}
		seen[f[3]+m[1]] = true
		mask, _ := strconv.ParseUint(m[1], 16, 64)
		want = append(want, fmt.Sprintf("%s %s %d", protocol, port, mask))
	}
	sum := "0"
	for g := 1; g <= 32; g++ {
		sum += fmt.Sprintf(" | ((' ' || coalesce(groups, '') || ' ' LIKE '%% %d %%')) << %d", g, g-1)
	}
	equal(t, query(t, db, "SELECT protocol, portid, %s FROM netlink WHERE NOT (protocol = 4 AND portid > 0)", sum), want...)
}

// ss shows the same of MPTCP sockets.
func TestMPTCPLikeSS(t *testing.T) {
	db := openDB(t)
	l, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 262)
	if err != nil {
		t.Skip("no MPTCP: ", err)
	}
	defer unix.Close(l)
	if err := unix.Bind(l, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	unix.Listen(l, 9)
	at, _ := unix.Getsockname(l)
	c, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 262)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(c)
	if err := unix.Connect(c, at); err != nil {
		t.Fatal(err)
	}
	a, _, err := unix.Accept(l)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(a)
	unix.Write(c, []byte("hello"))
	inode := func(fd int) uint64 {
		var st unix.Stat_t
		unix.Fstat(fd, &st)
		return st.Ino
	}
	lines := ss(t, "-M", "-e", "-i")
	value := func(l, name string) string {
		m := regexp.MustCompile(` ` + name + `:(\S+)`).FindStringSubmatch(l)
		if m == nil {
			return "-"
		}
		return m[1]
	}
	for _, fd := range []int{c, a} {
		l := line(t, lines, inode(fd))
		f := strings.Fields(l)
		want := strings.Join([]string{f[3], f[4], value(l, "token"), value(l, "write_seq"), value(l, "snd_una"), value(l, "rcv_nxt"), "1"}, " ")
		equal(t, query(t, db, "SELECT local, remote, printf('%%x', token), ltrim(write_seq, '0'), ltrim(snd_una, '0'), ltrim(rcv_nxt, '0'), subflows FROM mptcp WHERE inode = %d", inode(fd)), want)
		equal(t, query(t, db, "SELECT count(*) FROM tcp WHERE inode = %d", inode(fd)), "1")
	}
	f := strings.Fields(line(t, lines, inode(l)))
	equal(t, query(t, db, "SELECT state, backlog, backlog_max, local, token FROM mptcp WHERE inode = %d", inode(l)),
		strings.Join([]string{f[0], f[1], f[2], f[3], "-"}, " "))
	// One row for each descriptor, of which sockets knows the process.
	equal(t, query(t, db, "SELECT count(*) FROM sockets WHERE pid = %d AND inode IN (%d, %d, %d)", os.Getpid(), inode(l), inode(c), inode(a)), "3")
	equal(t, query(t, db, "SELECT DISTINCT mptcp FROM sockets WHERE inode IN (%d, %d, %d)", inode(l), inode(c), inode(a)), "1")
}
