package vtab

import (
	"math"
	"net/netip"
	"strings"
	"testing"

	"sockstat/mib2"
	"sockstat/proc"
	"sockstat/vtab/engine"
)

// fields reads what a test expects of a row: name=value for every column, in any order. NULL

// is "-", a blank in a value "+".
func fields(text string) map[string]string {
	want := map[string]string{}
	for _, field := range strings.Fields(text) {
		name, value, _ := strings.Cut(field, "=")
		want[name] = value
	}
	return want
}

// checkRow compares all columns of the one row of a table that a condition leaves. Whoever

// declares a column has to say here what it shows.
func checkRow(t *testing.T, db *engine.DB, name, condition, want string) {
	t.Helper()
	expected := fields(want)
	for _, info := range db.Tables() {
		if info.Name != name {
			continue
		}
		for _, c := range info.Columns {
			rows := query(t, db, `SELECT replace(coalesce(%s, '-'), ' ', '+') FROM %s WHERE %s`, c.Name, name, condition)
			value, known := expected[c.Name]
			switch {
			case !known:
				t.Errorf("nothing says what %s.%s shows where %s: %q", name, c.Name, condition, rows)
			case len(rows) != 1 || rows[0] != value:
				t.Errorf("%s.%s where %s: %q instead of %q", name, c.Name, condition, rows, value)
			}
			delete(expected, c.Name)
		}
	}
	for column := range expected {
		t.Errorf("%s has no column %s", name, column)
	}
}

// attributes returns a set of them.
func attributes(list ...mib2.Attr) (set mib2.AttrSet) {
	for _, a := range list {
		set |= 1 << a
	}
	return set
}

// fullInfo has a value of its own in every field, so that no two can be mistaken.
func fullInfo() *mib2.Info {
	return &mib2.Info{
		Attrs: attributes(mib2.AttrTCPInfo, mib2.AttrCongestion, mib2.AttrTOS, mib2.AttrTClass, mib2.AttrMem,
			mib2.AttrShutdown, mib2.AttrMark, mib2.AttrClassID, mib2.AttrCgroupID, mib2.AttrOptions, mib2.AttrVegas, mib2.AttrDCTCP,
			mib2.AttrBBR, mib2.AttrULP, mib2.AttrMD5),
		Options: mib2.OptionFreebind | mib2.OptionConnection, MD5: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::/32")},
		Control: &mib2.CongestionInfo{
			BBR:   mib2.BBRInfo{Bandwidth: 111, MinRTT: 112, PacingGain: 739, CwndGain: 512},
			DCTCP: mib2.DCTCPInfo{Enabled: true, Alpha: 113, AckedECN: 114, AckedAll: 115},
			Vegas: mib2.VegasInfo{Enabled: true, RTTs: 116, RTT: 117, MinRTT: 118},
		},
		// No socket has both, and each attribute is one of them.
		ULP: &mib2.ULPInfo{Name: "tls", TLS: &mib2.TLSInfo{Version: 0x304, Cipher: 52, Tx: 2, Rx: 1, ZeroCopy: true},
			Subflow: &mib2.SubflowInfo{LocalToken: 121, RemoteToken: 122, LocalID: 123, RemoteID: 124, Flags: 1<<0 | 1<<7, MapSeq: 1<<64 - 1,
				MapSubflowSeq: 125, MapLen: 126, SSNOffset: 127}},
		Congestion: "cubic", TOS: 91, TClass: 92, Shutdown: mib2.ShutdownSend, Mark: 93, ClassID: 94, CgroupID: 95,
		Mem: mib2.SocketMem{RmemAlloc: 101, RcvBuf: 102, WmemAlloc: 103, SndBuf: 104, FwdAlloc: 105, WmemQueued: 106,
			OptMem: 107, Backlog: 108, Drops: 109},
		TCP: mib2.TCPInfo{
			Size: mib2.TCPInfo7_0, State: 1, CAState: 2, Retransmits: 3, Probes: 4, Backoff: 5, Options: 1 | 4 | 16,
			SndWscale: 7, RcvWscale: 8, RTO: 201000, ATO: 40000, SndMSS: 1448, RcvMSS: 1449, Unacked: 11, Sacked: 12,
			Lost: 13, Retrans: 14, Fackets: 15, LastDataSent: 16, LastAckSent: 17, LastDataRecv: 18, LastAckRecv: 19,
			PMTU: 1500, RcvSsthresh: 21, RTT: 22, RTTVar: 23, SndSsthresh: 24, SndCwnd: 25, AdvMSS: 26, Reordering: 27,
			RcvRTT: 28, RcvSpace: 29, TotalRetrans: 30, PacingRate: 31, MaxPacingRate: 32, BytesAcked: 33,
			BytesReceived: 34, SegsOut: 35, SegsIn: 36, NotsentBytes: 37, MinRTT: 38, DataSegsIn: 39, DataSegsOut: 40,
			DeliveryRate: 41, DeliveryRateAppLimited: true, BusyTime: 43, RwndLimited: 44, SndbufLimited: 45,
			Delivered: 46, DeliveredCE: 47, BytesSent: 48, BytesRetrans: 49, DSACKDups: 50, ReordSeen: 51,
			RcvOOOPack: 52, SndWnd: 53, FastopenClientFail: 54, RcvWnd: 55, Rehash: 56, TotalRTO: 57,
			TotalRTORecoveries: 58, TotalRTOTime: 59, ReceivedCE: 60, DeliveredE1Bytes: 61, DeliveredE0Bytes: 62,
			DeliveredCEBytes: 63, ReceivedE1Bytes: 64, ReceivedE0Bytes: 65, ReceivedCEBytes: 66, AccECNOptSeen: 67,
			AccECNFailMode: 68,
		},
	}
}

const (
	fullMemory = ` drops=109 rmem_alloc=101 rcvbuf=102 wmem_alloc=103 sndbuf=104 fwd_alloc=105 wmem_queued=106 optmem=107
		mem_backlog=108 tos=91 tclass=92 mark=93 class_id=94 cgroup_id=95 shutdown=send sockopts=freebind cgroup=/system.slice/web.service`
	// fullExtra is of congestion control and of protocols within TCP.
	fullExtra = ` bbr_bandwidth=111 bbr_min_rtt_us=112 bbr_pacing_gain=2.88671875 bbr_cwnd_gain=2.0 dctcp_enabled=1 dctcp_ce_state=0 dctcp_alpha=113
		dctcp_acked_ecn=114 dctcp_acked=115 vegas_enabled=1 vegas_rtt_count=116 vegas_rtt_us=117 vegas_min_rtt_us=118 ulp=tls
		tls_version=1.3 tls_cipher=aes-gcm-256 tls_tx=sw tls_rx=base tls_zerocopy=1 tls_no_pad=0 mptcp_token=121
		mptcp_remote_token=122 mptcp_local_id=123 mptcp_remote_id=124 mptcp_flags=mcap_rem+connected mptcp_map_seq=ffffffffffffffff
		mptcp_map_ssn=125 mptcp_map_len=126 mptcp_ssn_offset=127 md5_peers=192.0.2.0/24+2001:db8::/32`
	noExtra = ` bbr_bandwidth=- bbr_min_rtt_us=- bbr_pacing_gain=- bbr_cwnd_gain=- dctcp_enabled=- dctcp_ce_state=- dctcp_alpha=-
		dctcp_acked_ecn=- dctcp_acked=- vegas_enabled=- vegas_rtt_count=- vegas_rtt_us=- vegas_min_rtt_us=- ulp=-
		tls_version=- tls_cipher=- tls_tx=- tls_rx=- tls_zerocopy=- tls_no_pad=- mptcp_token=- mptcp_remote_token=- mptcp_local_id=-
		mptcp_remote_id=- mptcp_flags=- mptcp_map_seq=- mptcp_map_ssn=- mptcp_map_len=- mptcp_ssn_offset=- md5_peers=-`
	noMemory = ` drops=- rmem_alloc=- rcvbuf=- wmem_alloc=- sndbuf=- fwd_alloc=- wmem_queued=- optmem=- mem_backlog=- tos=-
		tclass=- mark=- class_id=- cgroup_id=- shutdown=- dscp=- sockopts=- cgroup=-`
	noInfo = ` rtt_us=- rttvar_us=- min_rtt_us=- rto_us=- snd_cwnd=- snd_ssthresh=- unacked=- lost=- retrans=- total_retrans=-
		bytes_sent=- bytes_acked=- bytes_received=- bytes_retrans=- notsent_bytes=- delivery_rate=- last_data_sent_ms=-
		last_data_recv_ms=- last_ack_recv_ms=- snd_mss=- rcv_mss=- pmtu=- advmss=- rcv_space=- rcv_ssthresh=- rcv_rtt_us=-
		snd_wnd=- rcv_wnd=- snd_wscale=- rcv_wscale=- ato_us=- ca_state=- tcpi_retransmits=- probes=- backoff=-
		tcpi_options=- sacked=- fackets=- last_ack_sent_ms=- reordering=- pacing_rate=- max_pacing_rate=- segs_out=-
		segs_in=- data_segs_out=- data_segs_in=- delivery_rate_app_limited=- busy_time_us=- rwnd_limited_us=-
		sndbuf_limited_us=- delivered=- delivered_ce=- dsack_dups=- reord_seen=- rcv_ooopack=- fastopen_client_fail=-
		rehash=- total_rto=- total_rto_recoveries=- total_rto_time_ms=- received_ce=- delivered_e1_bytes=-
		delivered_e0_bytes=- delivered_ce_bytes=- received_e1_bytes=- received_e0_bytes=- received_ce_bytes=-
		accecn_opt_seen=- accecn_fail_mode=- ecn_mode=- send_rate=-`
)

// Every column of tcp, of a socket of which all is known, of one of which nothing is, and of a

// listener.
func TestColumnsOfTCP(t *testing.T) {
	m, tables, _ := rowMachine()
	tables.rows = mib2.Rows{
		{Proto: mib2.TCP, Family: mib2.Inet, V4Mapped: true, State: mib2.Established, Local: netip.MustParseAddrPort("10.0.0.1:80"),
			Remote: netip.MustParseAddrPort("198.51.100.7:65535"), Interface: 2, UID: 1000, Inode: 70001, Cookie: 1, RecvQ: 71, SendQ: 72,
			Timer: &mib2.Timer{Kind: mib2.TimerKeepalive, Expires: 81, Retransmits: 82}, Info: fullInfo()},
		{Proto: mib2.TCP, Family: mib2.Inet6, State: mib2.Unknown, Cookie: 2},
		{Proto: mib2.TCP, Family: mib2.Inet6, Dual: true, State: mib2.Listen, Local: netip.MustParseAddrPort("[::]:443"), Interface: 9,
			Inode: 70003, Cookie: 3, RecvQ: 0, SendQ: 4096, Timer: &mib2.Timer{Kind: mib2.TimerOff}, Info: fullInfo()},
	}
	db := openMachine(t, m)
	checkRow(t, db, "tcp", "cookie = 1", `proto=tcp family=inet label=tcp4 state=ESTABLISHED local_address=10.0.0.1 local_port=80
		remote_address=198.51.100.7 remote_port=65535 local=10.0.0.1%lo:80 remote=198.51.100.7:65535 interface=lo uid=1000
		zone=here recv_q=71 send_q=72 backlog=- backlog_max=- inode=70001 cookie=1 v4mapped=1 scope=private
		remote_scope=public creator=- created_ticks=- timer=keepalive timer_ms=81 retransmits=82 congestion=cubic
		rtt_us=22 rttvar_us=23 min_rtt_us=38 rto_us=201000 snd_cwnd=25 snd_ssthresh=24 unacked=11 lost=13 retrans=14
		total_retrans=30 bytes_sent=48 bytes_acked=33 bytes_received=34 bytes_retrans=49 notsent_bytes=37 delivery_rate=41
		last_data_sent_ms=16 last_data_recv_ms=18 last_ack_recv_ms=19 snd_mss=1448 rcv_mss=1449 pmtu=1500 advmss=26
		rcv_space=29 rcv_ssthresh=21 rcv_rtt_us=28 snd_wnd=53 rcv_wnd=55 snd_wscale=7 rcv_wscale=8 ato_us=40000 ca_state=cwr
		tcpi_retransmits=3 probes=4 backoff=5 tcpi_options=timestamps+wscale+ecn_seen sacked=12 fackets=15
		last_ack_sent_ms=17 reordering=27 pacing_rate=31 max_pacing_rate=32 segs_out=35 segs_in=36 data_segs_out=40
		data_segs_in=39 delivery_rate_app_limited=1 busy_time_us=43 rwnd_limited_us=44 sndbuf_limited_us=45 delivered=46
		delivered_ce=47 dsack_dups=50 reord_seen=51 rcv_ooopack=52 fastopen_client_fail=54 rehash=56 total_rto=57
		total_rto_recoveries=58 total_rto_time_ms=59 received_ce=60 delivered_e1_bytes=61 delivered_e0_bytes=62
		delivered_ce_bytes=63 received_e1_bytes=64 received_e0_bytes=65 received_ce_bytes=66 accecn_opt_seen=67
		accecn_fail_mode=68 ecn_mode=disabled send_rate=1645454545 dscp=22`+fullMemory+fullExtra)
	checkRow(t, db, "tcp", "cookie = 2", `proto=tcp family=inet6 label=tcp6 state=UNKNOWN local_address=- local_port=-
		remote_address=- remote_port=- local=- remote=- interface=- uid=- zone=here recv_q=0 send_q=0 backlog=- backlog_max=-
		inode=- cookie=2 v4mapped=0 scope=- remote_scope=- creator=- created_ticks=- timer=- timer_ms=- retransmits=-
		congestion=-`+noInfo+noMemory+noExtra)
	checkRow(t, db, "tcp", "cookie = 3", `proto=tcp family=inet6 label=tcp46 state=LISTEN local_address=:: local_port=443
		remote_address=- remote_port=- local=::%9:443 remote=- interface=9 uid=0 zone=here recv_q=- send_q=- backlog=0
		backlog_max=4096 inode=70003 cookie=3 v4mapped=0 scope=any remote_scope=- creator=- created_ticks=- timer=-
		timer_ms=- retransmits=- congestion=cubic dscp=23`+noInfo+fullMemory+fullExtra)
}

// Every column of udp. A UDP socket has no listeners' queues, whatever its state.
func TestColumnsOfUDP(t *testing.T) {
	m, tables, _ := rowMachine()
	tables.rows = mib2.Rows{
		{Proto: mib2.UDP, Family: mib2.Inet6, State: mib2.Connected, Local: netip.MustParseAddrPort("[fe80::1]:53"),
			Remote: netip.MustParseAddrPort("[fd00::2]:1"), Interface: math.MaxUint32, UID: math.MaxUint32, Inode: math.MaxInt64, Cookie: 1,
			RecvQ: math.MaxUint32, SendQ: math.MaxUint32, Info: fullInfo()},
		{Proto: mib2.UDP, Family: mib2.Inet, State: mib2.Unbound, Cookie: 2, Inode: 5},
	}
	db := openMachine(t, m)
	checkRow(t, db, "udp", "cookie = 1", `proto=udp family=inet6 label=udp6 state=CONNECTED local_address=fe80::1 local_port=53
		remote_address=fd00::2 remote_port=1 local=fe80::1%4294967295:53 remote=fd00::2:1 interface=4294967295 uid=4294967295 zone=here
		recv_q=4294967295 send_q=4294967295 backlog=- backlog_max=- inode=9223372036854775807 cookie=1 v4mapped=0
		scope=link remote_scope=private creator=- created_ticks=- dscp=23`+fullMemory)
	checkRow(t, db, "udp", "cookie = 2", `proto=udp family=inet label=udp4 state=UNBOUND local_address=- local_port=-
		remote_address=- remote_port=- local=- remote=- interface=- uid=0 zone=here recv_q=0 send_q=0 backlog=- backlog_max=-
		inode=5 cookie=2 v4mapped=0 scope=- remote_scope=- creator=- created_ticks=-`+noMemory)
}

// Every column of unix: a listener of which all is known, and one end of a pair of which the

// kernel tells nothing.
func TestColumnsOfUnix(t *testing.T) {
	m, tables, _ := rowMachine()
	tables.rows = mib2.Rows{
		{Proto: mib2.Unix, Family: mib2.Local, State: mib2.Listen, UID: 7, Inode: 70001, Cookie: 1, RecvQ: 71, SendQ: 72,
			Unix: &mib2.UnixInfo{Type: mib2.Stream, Path: "/run/a\x01b", BoundInode: 73}},
		{Proto: mib2.Unix, Family: mib2.Local, State: mib2.Unbound, Cookie: 2, RecvQ: 8, SendQ: 9,
			RecvMeasure: mib2.MeasureUnknown, SendMeasure: mib2.MeasureUnknown, Unix: &mib2.UnixInfo{Type: mib2.Datagram, NoUID: true, NoInode: true}},
		{Proto: mib2.Unix, Family: mib2.Local, State: mib2.Connected, Inode: 70003, Cookie: 3, RecvQ: 8, SendQ: 9,
			Unix: &mib2.UnixInfo{Type: mib2.SeqPacket, Path: "@", PeerPath: "@peer", PeerInode: math.MaxUint64}},
		{Proto: mib2.Unix, Family: mib2.Local, State: mib2.Listen, Inode: 70004, Cookie: 4, RecvQ: 8, SendQ: 9, SendMeasure: mib2.MeasureUnknown,
			Unix: &mib2.UnixInfo{Type: mib2.SeqPacket, Path: "@x"}},
	}
	db := openMachine(t, m)
	checkRow(t, db, "unix", "cookie = 1", `proto=unix family=unix label=stream state=LISTEN type=stream path=/run/a`+"\x01"+`b
		local_address=/run/a`+"\x01"+`b local=/run/a`+"\x01"+`b remote_address=- remote=- bound_inode=73 peer_inode=- peer_path=- uid=7
		zone=here recv_q=- send_q=- backlog=71 backlog_max=72 inode=70001 cookie=1
		abstract=0 peer_abstract=- next_datagram=- wmem_alloc=-`)
	checkRow(t, db, "unix", "cookie = 2", `proto=unix family=unix label=dgram state=UNBOUND type=dgram path=-
		local_address=- local=- remote_address=- remote=- bound_inode=- peer_inode=- peer_path=- uid=- zone=here recv_q=-
		send_q=- backlog=- backlog_max=- inode=- cookie=2
		abstract=- peer_abstract=- next_datagram=- wmem_alloc=-`)
	checkRow(t, db, "unix", "cookie = 3", `proto=unix family=unix label=seqpac state=CONNECTED type=seqpacket path=@
		local_address=@ local=@ remote_address=@peer remote=@peer bound_inode=- peer_inode=1.8446744073709552e+19
		peer_path=@peer uid=0 zone=here recv_q=8 send_q=9 backlog=- backlog_max=- inode=70003 cookie=3
		abstract=0 peer_abstract=0 next_datagram=- wmem_alloc=-`)
	equal(t, query(t, db, "SELECT backlog, backlog_max, recv_q, send_q FROM unix WHERE cookie = 4"), "8 - - -")
}

// Every column of sockets, and the same of creators: a socket that is held, and one that is not.
func TestColumnsOfSockets(t *testing.T) {
	m, tables, processes := rowMachine()
	m.Creators = true
	tables.rows = mib2.Rows{
		{Proto: mib2.TCP, Family: mib2.Inet6, State: mib2.Closed, Local: netip.MustParseAddrPort("[2001:db8::1]:65535"), Inode: 1, Cookie: 1},
		{Proto: mib2.UDP, Family: mib2.Inet6, Dual: true, State: mib2.Idle, Local: netip.MustParseAddrPort("[::]:9"), Inode: 2, Cookie: 2,
			Origin: &mib2.Origin{PID: math.MaxInt32, Created: math.MaxUint64, Queues: true}, RecvQ: 3, SendQ: 4},
	}
	processes.processes = []proc.Process{{PID: math.MaxInt32, Name: "a b", UID: math.MaxUint32, Has: everything}}
	processes.found = []proc.Held{{Inode: 1, Holder: proc.Holder{PID: math.MaxInt32, FD: math.MaxInt32}}}
	db := openMachine(t, m)
	const held = `proto=tcp family=inet6 label=tcp6 state=CLOSED local_address=2001:db8::1 local_port=65535 remote_address=-
		remote_port=- local=2001:db8::1:65535 remote=- interface=- zone=here recv_q=0 send_q=0 backlog=- backlog_max=- inode=1
		cookie=1 v4mapped=0 scope=public remote_scope=- creator=- created_ticks=- uid=0
		rmem_alloc=- wmem_alloc=- abstract=- peer_abstract=- mptcp=0`
	const created = `proto=udp family=inet6 label=udp46 state=IDLE local_address=:: local_port=9 remote_address=- remote_port=- local=:::9
		remote=- interface=- zone=here recv_q=3 send_q=4 backlog=- backlog_max=- inode=2 cookie=2 v4mapped=0 scope=any
		remote_scope=- creator=2147483647 created_ticks=1.8446744073709552e+19 uid=- pid=2147483647 user=4294967295
		command=a+b args=- fd=- owner_status=creator
		rmem_alloc=- wmem_alloc=- abstract=- peer_abstract=- mptcp=-`
	checkRow(t, db, "sockets", "cookie = 1", held+" pid=2147483647 fd=2147483647 user=4294967295 command=a+b args=- owner_status=ok")
	checkRow(t, db, "sockets", "cookie = 2", created)
	checkRow(t, db, "creators", "cookie = 2", created)
}

// Every column of zones and users, with empty values and without.
func TestColumnsOfZonesAndUsers(t *testing.T) {
	m, _, processes := rowMachine()
	processes.all = []proc.Zone{{ID: math.MaxUint32, Name: "a", Kind: "ipkg", Path: "/zones/a", Processes: 3}, {Name: "b"}}
	processes.passwd = []proc.User{{Name: "a", UID: math.MaxUint32, GID: math.MaxUint32, Comment: "A,,", Home: "/a", Shell: "/bin/a"}, {Name: "b"}}
	db := openMachine(t, m)
	checkRow(t, db, "zones", "name = 'a'", "id=4294967295 cookie=- name=a kind=ipkg path=/zones/a container=- pod=- runtime=- unit=- processes=3 sockets=- status=-")
	checkRow(t, db, "zones", "name = 'b'", "id=0 cookie=- name=b kind=- path=- container=- pod=- runtime=- unit=- processes=0 sockets=- status=-")
	checkRow(t, db, "users", "name = 'a'", "name=a uid=4294967295 gid=4294967295 comment=A,, home=/a shell=/bin/a")
	checkRow(t, db, "users", "name = 'b'", "name=b uid=0 gid=0 comment=- home=- shell=-")
}

// The types of values are those that columns declare: no engine converts them.
func TestTypesOfValues(t *testing.T) {
	m, tables, _ := rowMachine()
	for i := range tables.rows {
		tables.rows[i].Info, tables.rows[i].Timer = fullInfo(), &mib2.Timer{Kind: mib2.TimerOn}
	}
	m.Creators, m.Events = true, sampleEvents()
	db := openMachine(t, m)
	for _, info := range db.Tables() {
		for _, c := range info.Columns {
			for _, kind := range query(t, db, "SELECT DISTINCT typeof(%s) FROM %s", c.Name, from(info)) {
				if want := strings.ToLower(string(c.Type)); kind != want && kind != "null" {
					t.Errorf("%s.%s is %s, not %s", info.Name, c.Name, kind, want)
				}
			}
		}
	}
}
