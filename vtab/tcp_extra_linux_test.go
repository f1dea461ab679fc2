package vtab

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// connected returns both ends of a TCP or MPTCP connection, whose client has an algorithm.
func connected(t *testing.T, protocol int, algorithm string) (client, server int) {
	t.Helper()
	check := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Skipf("%s: %v", what, err)
		}
	}
	l, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, protocol)
	check("socket", err)
	defer unix.Close(l)
	check("bind", unix.Bind(l, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	check("listen", unix.Listen(l, 1))
	at, err := unix.Getsockname(l)
	check("getsockname", err)
	client, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, protocol)
	check("socket", err)
	t.Cleanup(func() { unix.Close(client) })
	check(algorithm, unix.SetsockoptString(client, unix.IPPROTO_TCP, unix.TCP_CONGESTION, algorithm))
	check("connect", unix.Connect(client, at))
	server, _, err = unix.Accept(l)
	check("accept", err)
	t.Cleanup(func() { unix.Close(server) })
	for range 20 {
		unix.Write(client, make([]byte, 1000))
		unix.Read(server, make([]byte, 1000))
	}
	return client, server
}

func inodeOf(t *testing.T, fd int) uint64 {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		t.Fatal(err)
	}
	return st.Ino
}

// ss shows the same of BBR.
func TestBBRLikeSS(t *testing.T) {
	db := openDB(t)
	client, _ := connected(t, 0, "bbr")
	inode := inodeOf(t, client)
	m := regexp.MustCompile(`bbr:\(bw:(\d+)bps,mrtt:([\d.]+)(?:,pacing_gain:([\d.]+))?(?:,cwnd_gain:([\d.]+))?\)`).
		FindStringSubmatch(line(t, ss(t, "-t", "-e", "-i"), inode))
	if m == nil {
		t.Fatal("ss shows nothing of bbr")
	}
	bits, _ := strconv.ParseUint(m[1], 10, 64)
	rtt, _ := strconv.ParseFloat(m[2], 64)
	equal(t, query(t, db, "SELECT congestion, bbr_bandwidth, bbr_min_rtt_us, printf('%%.3g', bbr_pacing_gain), printf('%%.3g', bbr_cwnd_gain), vegas_enabled, dctcp_alpha FROM tcp WHERE inode = %d", inode),
		fmt.Sprintf("bbr %d %.0f %s %s - -", bits/8, rtt*1000, short3(m[3]), short3(m[4])))
	other, _ := connected(t, 0, "reno")
	equal(t, query(t, db, "SELECT congestion, bbr_bandwidth, ulp, mptcp_token FROM tcp WHERE inode = %d", inodeOf(t, other)), "reno - - -")
}

// short3 returns a number of ss with three digits; a gain that ss leaves out is 0.
func short3(s string) string {
	f, _ := strconv.ParseFloat(s, 64)
	return fmt.Sprintf("%.3g", f)
}

// ss shows the same of a subflow of Multipath TCP; it joins its socket by the inode and by the
// token.
func TestSubflowLikeSS(t *testing.T) {
	db := openDB(t)
	client, _ := connected(t, 262, "cubic")
	inode := inodeOf(t, client)
	l := line(t, ss(t, "-t", "-e", "-i"), inode)
	m := regexp.MustCompile(`tcp-ulp-mptcp flags:(\w+) token:([0-9a-f]+)\(id:(\d+)\)/([0-9a-f]+)\(id:(\d+)\)(?: seq:([0-9a-f]+) sfseq:([0-9a-f]+) ssnoff:([0-9a-f]+) maplen:([0-9a-f]+))?`).FindStringSubmatch(l)
	if m == nil {
		t.Fatalf("ss shows nothing of mptcp: %s", l)
	}
	letters := ""
	flags := query(t, db, "SELECT mptcp_flags FROM tcp WHERE inode = %d", inode)
	for _, word := range strings.Fields(flags[0]) {
		letters += map[string]string{"mcap_rem": "M", "mcap_loc": "m", "join_rem": "J", "join_loc": "j", "bkup_rem": "B",
			"bkup_loc": "b", "fully_established": "e", "connected": "c", "mapvalid": "v"}[word]
	}
	equal(t, query(t, db, `SELECT ulp, printf('%%04x', coalesce(mptcp_remote_token, 0)), mptcp_remote_id, printf('%%04x', mptcp_token), mptcp_local_id
		FROM tcp WHERE inode = %d`, inode), "mptcp "+strings.Join(m[2:6], " "))
	if m[6] != "" { // else no mapping is valid at the moment
		equal(t, query(t, db, `SELECT mptcp_map_seq, printf('%%x', mptcp_map_ssn), printf('%%x', mptcp_ssn_offset), printf('%%x', mptcp_map_len)
			FROM tcp WHERE inode = %d`, inode), strings.Join(m[6:], " "))
	}
	equal(t, []string{letters}, m[1])
	equal(t, query(t, db, "SELECT count(*) FROM tcp JOIN mptcp ON mptcp.token = tcp.mptcp_token AND mptcp.inode = tcp.inode WHERE tcp.inode = %d", inode), "1")
}

// ss shows the same options, mark and class of service.
func TestOptionsLikeSS(t *testing.T) {
	db := openDB(t)
	client, _ := connected(t, 0, "cubic")
	for _, o := range [][3]int{{unix.IPPROTO_IP, unix.IP_TOS, 0xb8}, {unix.IPPROTO_IP, unix.IP_RECVERR, 1}, {unix.IPPROTO_IP, unix.IP_FREEBIND, 1},
		{unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1}, {unix.IPPROTO_IP, unix.IP_MULTICAST_ALL, 0}} {
		if err := unix.SetsockoptInt(client, o[0], o[1], o[2]); err != nil {
			t.Fatal(err)
		}
	}
	inode := inodeOf(t, client)
	l := line(t, ss(t, "-t", "-e", "--tos", "--inet-sockopt"), inode)
	m := regexp.MustCompile(`inet-sockopt: \(([^)]*)\)`).FindStringSubmatch(l)
	if m == nil || !strings.Contains(l, "tos:0xb8") {
		t.Skipf("ss shows no options: %s", l)
	}
	var words []string
	for _, word := range strings.Fields(m[1]) {
		if word = strings.ReplaceAll(word, "-", "_"); word != "is_icsk" {
			words = append(words, word)
		}
	}
	text := strings.NewReplacer("bind_addr_no_port", "bind_address_no_port", "mc_loop", "mc_loop").Replace(strings.Join(words, " "))
	equal(t, query(t, db, "SELECT tos, dscp, sockopts FROM tcp WHERE inode = %d", inode), "184 46 "+text)
}

// Of what ss computes, the rate at which a connection may send.
func TestSendRateLikeSS(t *testing.T) {
	db := openDB(t)
	client, _ := connected(t, 0, "reno")
	inode := inodeOf(t, client)
	m := regexp.MustCompile(` send (\d+)bps`).FindStringSubmatch(line(t, ss(t, "-t", "-e", "-i"), inode))
	if m == nil {
		t.Skip("ss shows no rate")
	}
	want, _ := strconv.ParseFloat(m[1], 64)
	got, _ := strconv.ParseFloat(query(t, db, "SELECT send_rate FROM tcp WHERE inode = %d", inode)[0], 64)
	if ratio := got * 8 / want; ratio < 0.99 || ratio > 1.01 { // ss has the round-trip time in whole microseconds as well, but rounds otherwise
		t.Errorf("%v bytes per second, ss has %v bits", got, want)
	}
}
