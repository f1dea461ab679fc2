package vtab

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"sockstat/mib2"
)

// setAll gives every number of a structure its largest value.
func setAll(v reflect.Value) {
	for i := range v.NumField() {
		switch f := v.Field(i); f.Kind() {
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Struct:
			setAll(f)
		case reflect.String, reflect.Pointer, reflect.Slice:
		default:
			f.SetUint(math.MaxUint64 >> (64 - f.Type().Bits()))
		}
	}
}

// The largest numbers that the kernel can say are shown as such, or as no limit.
func TestLargestNumbers(t *testing.T) {
	m, tables, _ := rowMachine()
	info := &mib2.Info{}
	setAll(reflect.ValueOf(info).Elem())
	info.TCP.Figures = mib2.FiguresLinux
	info.Congestion = ""
	tables.rows = mib2.Rows{{Proto: mib2.TCP, Family: mib2.Inet, State: mib2.Established, Inode: 1, Info: info,
		Timer: &mib2.Timer{Kind: mib2.TimerPersist, Expires: math.MaxUint32, Retransmits: math.MaxUint32}}}
	db := openMachine(t, m)
	want := map[string]string{
		"-":       "min_rtt_us pacing_rate max_pacing_rate ca_state cgroup",
		"pending": "ecn_mode",
		"63":      "dscp",
		"recverr freebind hdrincl mc_loop transparent mc_all nodefrag bind_address_no_port recverr_rfc4884 defer_connect": "sockopts",
		"4292967296": "send_rate", // the window times the segment, a million times in as many microseconds

		"1":       "delivery_rate_app_limited",
		"255":     "tcpi_retransmits probes backoff snd_wscale rcv_wscale fastopen_client_fail accecn_opt_seen accecn_fail_mode tos tclass",
		"65535":   "total_rto total_rto_recoveries",
		"cubic":   "",
		"":        "congestion",
		"both":    "shutdown",
		"persist": "timer",
		"timestamps sack wscale ecn ecn_seen syn_data": "tcpi_options",
		"1.8446744073709552e+19":                       "bytes_sent bytes_acked bytes_received bytes_retrans delivery_rate busy_time_us rwnd_limited_us sndbuf_limited_us cgroup_id",
	}
	seen := map[string]string{}
	for value, columns := range want {
		for _, column := range strings.Fields(columns) {
			seen[column] = value
		}
	}
	for _, c := range slices.Concat(timerColumns, congestionColumns, infoColumns(), memColumns()) {
		value, special := seen[c.Name]
		if !special {
			value = "4294967295"
		}
		equal(t, query(t, db, "SELECT %s FROM tcp", c.Name), value)
	}
}

// Fields of struct tcp_info are NULL of a kernel that is too old to have them.
func TestTCPInfoOfOldKernels(t *testing.T) {
	added := []struct {
		size    mib2.TCPInfoSize
		columns string
	}{
		{mib2.TCPInfo2_6 - 1, ""},
		{mib2.TCPInfo2_6, `rtt_us rttvar_us rto_us snd_cwnd snd_ssthresh unacked lost retrans total_retrans last_data_sent_ms
			last_data_recv_ms last_ack_recv_ms snd_mss rcv_mss pmtu advmss rcv_space rcv_ssthresh rcv_rtt_us snd_wscale rcv_wscale
			ato_us ca_state tcpi_retransmits probes backoff tcpi_options sacked fackets last_ack_sent_ms reordering send_rate`},
		{mib2.TCPInfo3_15, "pacing_rate max_pacing_rate"},
		{mib2.TCPInfo4_1, "bytes_acked bytes_received"},
		{mib2.TCPInfo4_2, "segs_out segs_in"},
		{mib2.TCPInfo4_6, "notsent_bytes min_rtt_us data_segs_in data_segs_out"},
		{mib2.TCPInfo4_9, "delivery_rate delivery_rate_app_limited"},
		{mib2.TCPInfo4_10, "busy_time_us rwnd_limited_us sndbuf_limited_us"},
		{mib2.TCPInfo4_18, "delivered delivered_ce"},
		{mib2.TCPInfo4_19, "bytes_sent bytes_retrans dsack_dups reord_seen"},
		{mib2.TCPInfo5_4, "rcv_ooopack snd_wnd"},
		{mib2.TCPInfo6_2, "fastopen_client_fail rcv_wnd rehash"},
		{mib2.TCPInfo6_7, "total_rto total_rto_recoveries total_rto_time_ms"},
		{mib2.TCPInfo6_18, `received_ce delivered_e1_bytes delivered_e0_bytes delivered_ce_bytes received_e1_bytes received_e0_bytes
			received_ce_bytes accecn_opt_seen accecn_fail_mode`},
		{mib2.TCPInfo7_0, "ecn_mode"},
	}
	var known []string
	for _, step := range added {
		known = append(known, strings.Fields(step.columns)...)
		s := &socket{Socket: &mib2.Socket{Proto: mib2.TCP, State: mib2.Established, Info: fullInfo()}}
		s.Info.TCP.Size = step.size
		var got []string
		for _, c := range infoColumns() {
			if !c.Get(s).IsNull() {
				got = append(got, c.Name)
			}
		}
		equal(t, got, slices.Clone(known)...)
	}
	if len(known) != len(infoColumns()) {
		t.Errorf("%d columns of %d", len(known), len(infoColumns()))
	}
}

// Of the figures of illumos those are shown that its structure has, and no others.
func TestFiguresOfIllumos(t *testing.T) {
	for figures, want := range map[mib2.TCPFigures]string{
		mib2.FiguresMIBShort: "rto_us snd_mss snd_wnd rcv_wnd",
		mib2.FiguresMIBLong:  "rto_us snd_mss snd_wnd rcv_wnd rtt_us snd_cwnd send_rate notsent_bytes total_retrans bytes_retrans data_segs_in data_segs_out rcv_ooopack",
	} {
		s := &socket{Socket: &mib2.Socket{Proto: mib2.TCP, State: mib2.Established, Info: fullInfo()}}
		s.Info.TCP.Size, s.Info.TCP.Figures = mib2.TCPInfo7_0, figures
		var got []string
		for _, c := range infoColumns() {
			if !c.Get(s).IsNull() {
				got = append(got, c.Name)
			}
		}
		equal(t, got, strings.Fields(want)...)
	}
}

// Numbers of tcp_info that stand for none are NULL, their neighbours are numbers.
func TestTCPInfoWithoutValue(t *testing.T) {
	for _, test := range []struct {
		change func(*mib2.TCPInfo)
		want   string // of rtt_us rttvar_us rcv_rtt_us min_rtt_us snd_ssthresh pacing_rate last_data_sent_ms last_ack_recv_ms ca_state tcpi_options
	}{
		{func(i *mib2.TCPInfo) {}, "22 23 28 38 24 31 16 19 cwr timestamps+wscale+ecn_seen"},
		{func(i *mib2.TCPInfo) { i.RTT = 0 }, "- - 28 38 24 31 16 19 cwr timestamps+wscale+ecn_seen"},
		{func(i *mib2.TCPInfo) { i.RTT, i.State = 0, 2 }, "- - 28 38 24 31 - - cwr timestamps+wscale+ecn_seen"},
		{func(i *mib2.TCPInfo) { i.State, i.RTTVar = 2, 0 }, "22 0 28 38 24 31 16 19 cwr timestamps+wscale+ecn_seen"},
		{func(i *mib2.TCPInfo) { i.RcvRTT, i.MinRTT = 0, 0 }, "22 23 - 0 24 31 16 19 cwr timestamps+wscale+ecn_seen"},
		{func(i *mib2.TCPInfo) { i.MinRTT, i.SndSsthresh = math.MaxUint32, math.MaxInt32 }, "22 23 28 - - 31 16 19 cwr timestamps+wscale+ecn_seen"},
		{func(i *mib2.TCPInfo) { i.PacingRate, i.SndSsthresh = math.MaxUint32, math.MaxInt32-1 }, "22 23 28 38 2147483646 4294967295 16 19 cwr timestamps+wscale+ecn_seen"},
		{func(i *mib2.TCPInfo) { i.CAState, i.Options = 4, 0 }, "22 23 28 38 24 31 16 19 loss -"},
		{func(i *mib2.TCPInfo) { i.CAState, i.Options = 5, 2|8|32 }, "22 23 28 38 24 31 16 19 - sack+ecn+syn_data"},
		{func(i *mib2.TCPInfo) { i.CAState, i.Options = 0, 64|128 }, "22 23 28 38 24 31 16 19 open -"},
	} {
		m, tables, _ := rowMachine()
		info := fullInfo()
		test.change(&info.TCP)
		tables.rows = mib2.Rows{{Proto: mib2.TCP, Family: mib2.Inet, State: mib2.Established, Inode: 1, Info: info}}
		equal(t, query(t, openMachine(t, m), `SELECT rtt_us, rttvar_us, rcv_rtt_us, min_rtt_us, snd_ssthresh, pacing_rate,
			last_data_sent_ms, last_ack_recv_ms, ca_state, replace(tcpi_options, ' ', '+') FROM tcp`), test.want)
	}
}

// somewhere is a place that knows the control groups.
func somewhere() *place {
	return &place{cgroups: func() map[uint64]string { return map[uint64]string{95: "/system.slice"} }}
}

// Each attribute that the kernel left out makes NULL of its columns and of no others.
func TestAttributesThatAreMissing(t *testing.T) {
	ofMem := strings.Fields("drops rmem_alloc rcvbuf wmem_alloc sndbuf fwd_alloc wmem_queued optmem mem_backlog")
	for attribute, want := range map[mib2.Attr][]string{
		mib2.AttrMem: ofMem, mib2.AttrTOS: {"tos", "dscp"}, mib2.AttrTClass: {"tclass"}, mib2.AttrMark: {"mark"}, mib2.AttrClassID: {"class_id"},
		mib2.AttrCgroupID: {"cgroup_id", "cgroup"}, mib2.AttrOptions: {"sockopts"}, mib2.AttrShutdown: {"shutdown"}, mib2.AttrCongestion: {"congestion"}, mib2.AttrV6Only: nil,
	} {
		s := &socket{Socket: &mib2.Socket{Family: mib2.Inet, State: mib2.Established, Info: fullInfo()}, where: somewhere()}
		s.Info.Attrs &^= 1 << attribute
		var null []string
		for _, c := range slices.Concat(memColumns(), congestionColumns, infoColumns()) {
			if c.Get(s).IsNull() {
				null = append(null, c.Name)
			}
		}
		equal(t, null, want...)
	}
	for bits, want := range map[mib2.Shutdown]string{0: "", 1: "recv", 2: "send", 3: "both", 7: "both", 4: ""} {
		s := &socket{Socket: &mib2.Socket{Info: &mib2.Info{Attrs: attributes(mib2.AttrShutdown), Shutdown: bits}}}
		if got := memColumns()[len(memColumns())-1].Get(s); got.String() != want || got.IsNull() != (want == "") {
			t.Errorf("shutdown %d: %q", bits, got)
		}
	}
}
