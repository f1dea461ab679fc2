package vtab

import (
	"strings"

	"sockstat/mib2"
	"sockstat/vtab/engine"
)

// infoColumns are struct tcp_info, the more asked-for fields first: SQLite tells the
// columns from the 64th on not apart when it says which are read.
var infoColumns = tcpInfo([]tcpInfoColumn{
	{"rtt_us", engine.Integer, mib2.TCPInfo2_6, "Smoothed round-trip time, in microseconds; NULL if not measured",
		func(t *mib2.TCPInfo) engine.Value { return engine.NonZero(t.RTT) }},
	{"rttvar_us", engine.Integer, mib2.TCPInfo2_6, "Variation of the round-trip time, in microseconds; NULL if not measured",
		func(t *mib2.TCPInfo) engine.Value { return unless(t.RTT == 0, t.RTTVar) }},
	{"min_rtt_us", engine.Integer, mib2.TCPInfo4_6, "Least round-trip time of late, in microseconds; NULL if not measured",
		func(t *mib2.TCPInfo) engine.Value { return known(uint64(t.MinRTT), allOnes32) }},
	{"rto_us", engine.Integer, mib2.TCPInfo2_6, "Retransmission timeout, in microseconds",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.RTO) }},
	{"snd_cwnd", engine.Integer, mib2.TCPInfo2_6, "Congestion window, in segments",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.SndCwnd) }},
	{"snd_ssthresh", engine.Integer, mib2.TCPInfo2_6, "Slow start threshold, in segments; NULL while there is none",
		func(t *mib2.TCPInfo) engine.Value { return known(uint64(t.SndSsthresh), infiniteSsthresh) }},
	{"unacked", engine.Integer, mib2.TCPInfo2_6, "Segments in flight",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.Unacked) }},
	{"lost", engine.Integer, mib2.TCPInfo2_6, "Segments thought lost",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.Lost) }},
	{"retrans", engine.Integer, mib2.TCPInfo2_6, "Segments retransmitted and in flight",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.Retrans) }},
	{"total_retrans", engine.Integer, mib2.TCPInfo2_6, "Segments retransmitted since the beginning",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.TotalRetrans) }},
	{"bytes_sent", engine.Integer, mib2.TCPInfo4_19, "Bytes sent, retransmissions included",
		func(t *mib2.TCPInfo) engine.Value { return engine.Uint(t.BytesSent) }},
	{"bytes_acked", engine.Integer, mib2.TCPInfo4_1, "Bytes sent and acknowledged",
		func(t *mib2.TCPInfo) engine.Value { return engine.Uint(t.BytesAcked) }},
	{"bytes_received", engine.Integer, mib2.TCPInfo4_1, "Bytes received",
		func(t *mib2.TCPInfo) engine.Value { return engine.Uint(t.BytesReceived) }},
	{"bytes_retrans", engine.Integer, mib2.TCPInfo4_19, "Bytes retransmitted",
		func(t *mib2.TCPInfo) engine.Value { return engine.Uint(t.BytesRetrans) }},
	{"notsent_bytes", engine.Integer, mib2.TCPInfo4_6, "Bytes queued that were not sent yet",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.NotsentBytes) }},
	{"delivery_rate", engine.Integer, mib2.TCPInfo4_9, "Latest rate of delivery, in bytes per second",
		func(t *mib2.TCPInfo) engine.Value { return engine.Uint(t.DeliveryRate) }},
	{"last_data_sent_ms", engine.Integer, mib2.TCPInfo2_6, "Time since data were sent, in milliseconds; NULL before it was connected",
		func(t *mib2.TCPInfo) engine.Value { return unless(unconnected(t), t.LastDataSent) }},
	{"last_data_recv_ms", engine.Integer, mib2.TCPInfo2_6, "Time since data were received, in milliseconds; NULL before it was connected",
		func(t *mib2.TCPInfo) engine.Value { return unless(unconnected(t), t.LastDataRecv) }},
	{"last_ack_recv_ms", engine.Integer, mib2.TCPInfo2_6, "Time since an acknowledgement was received, in milliseconds; NULL before it was connected",
		func(t *mib2.TCPInfo) engine.Value { return unless(unconnected(t), t.LastAckRecv) }},
	{"snd_mss", engine.Integer, mib2.TCPInfo2_6, "Maximum segment size to send, in bytes",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.SndMSS) }},
	{"rcv_mss", engine.Integer, mib2.TCPInfo2_6, "Maximum segment size received, estimated, in bytes",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.RcvMSS) }},
	{"pmtu", engine.Integer, mib2.TCPInfo2_6, "Path MTU, in bytes",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.PMTU) }},
	{"advmss", engine.Integer, mib2.TCPInfo2_6, "Maximum segment size offered to the peer, in bytes",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.AdvMSS) }},
	{"rcv_space", engine.Integer, mib2.TCPInfo2_6, "Receive buffer the process makes use of, in bytes",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.RcvSpace) }},
	{"rcv_ssthresh", engine.Integer, mib2.TCPInfo2_6, "Limit of the window offered, in bytes",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.RcvSsthresh) }},
	{"rcv_rtt_us", engine.Integer, mib2.TCPInfo2_6, "Round-trip time seen from the receiver, in microseconds; NULL if not measured",
		func(t *mib2.TCPInfo) engine.Value { return engine.NonZero(t.RcvRTT) }},
	{"snd_wnd", engine.Integer, mib2.TCPInfo5_4, "Window of the peer, in bytes",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.SndWnd) }},
	{"rcv_wnd", engine.Integer, mib2.TCPInfo6_2, "Window offered to the peer, in bytes",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.RcvWnd) }},
	{"snd_wscale", engine.Integer, mib2.TCPInfo2_6, "Window scale of the peer, a shift count",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.SndWscale) }},
	{"rcv_wscale", engine.Integer, mib2.TCPInfo2_6, "Window scale offered to the peer, a shift count",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.RcvWscale) }},
	{"ato_us", engine.Integer, mib2.TCPInfo2_6, "Delayed acknowledgement timeout, in microseconds",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.ATO) }},
	{"ca_state", engine.Text, mib2.TCPInfo2_6, "Congestion avoidance: open, disorder, cwr, recovery or loss",
		func(t *mib2.TCPInfo) engine.Value { return caState(t.CAState) }},
	{"tcpi_retransmits", engine.Integer, mib2.TCPInfo2_6, "Retransmissions of the segment that is unanswered",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.Retransmits) }},
	{"probes", engine.Integer, mib2.TCPInfo2_6, "Window or keepalive probes that are unanswered",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.Probes) }},
	{"backoff", engine.Integer, mib2.TCPInfo2_6, "How often the timer was doubled",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.Backoff) }},
	{"tcpi_options", engine.Text, mib2.TCPInfo2_6, "Options in use, blank-separated: timestamps sack wscale ecn ecn_seen syn_data",
		func(t *mib2.TCPInfo) engine.Value { return tcpOptions(t.Options) }},
	{"sacked", engine.Integer, mib2.TCPInfo2_6, "Segments selectively acknowledged",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.Sacked) }},
	{"fackets", engine.Integer, mib2.TCPInfo2_6, "Forward-acknowledged segments; 0 since Linux 4.15",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.Fackets) }},
	{"last_ack_sent_ms", engine.Integer, mib2.TCPInfo2_6, "Not recorded by Linux: 0",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.LastAckSent) }},
	{"reordering", engine.Integer, mib2.TCPInfo2_6, "Segments that may be reordered before one counts as lost",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.Reordering) }},
	{"pacing_rate", engine.Integer, mib2.TCPInfo3_15, "Rate of pacing, in bytes per second; NULL if unlimited",
		func(t *mib2.TCPInfo) engine.Value { return known(t.PacingRate, allOnes64) }},
	{"max_pacing_rate", engine.Integer, mib2.TCPInfo3_15, "Limit of the rate of pacing, in bytes per second; NULL if unlimited",
		func(t *mib2.TCPInfo) engine.Value { return known(t.MaxPacingRate, allOnes64) }},
	{"segs_out", engine.Integer, mib2.TCPInfo4_2, "Segments sent",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.SegsOut) }},
	{"segs_in", engine.Integer, mib2.TCPInfo4_2, "Segments received",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.SegsIn) }},
	{"data_segs_out", engine.Integer, mib2.TCPInfo4_6, "Segments with data sent",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.DataSegsOut) }},
	{"data_segs_in", engine.Integer, mib2.TCPInfo4_6, "Segments with data received",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.DataSegsIn) }},
	{"delivery_rate_app_limited", engine.Integer, mib2.TCPInfo4_9, "1 if the process sent too little for the delivery rate to show more",
		func(t *mib2.TCPInfo) engine.Value { return engine.Bool(t.DeliveryRateAppLimited) }},
	{"busy_time_us", engine.Integer, mib2.TCPInfo4_10, "Time spent sending, in microseconds",
		func(t *mib2.TCPInfo) engine.Value { return engine.Uint(t.BusyTime) }},
	{"rwnd_limited_us", engine.Integer, mib2.TCPInfo4_10, "Of it, limited by the window of the peer, in microseconds",
		func(t *mib2.TCPInfo) engine.Value { return engine.Uint(t.RwndLimited) }},
	{"sndbuf_limited_us", engine.Integer, mib2.TCPInfo4_10, "Of it, limited by the send buffer, in microseconds",
		func(t *mib2.TCPInfo) engine.Value { return engine.Uint(t.SndbufLimited) }},
	{"delivered", engine.Integer, mib2.TCPInfo4_18, "Segments delivered",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.Delivered) }},
	{"delivered_ce", engine.Integer, mib2.TCPInfo4_18, "Segments delivered with a congestion mark (ECN)",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.DeliveredCE) }},
	{"dsack_dups", engine.Integer, mib2.TCPInfo4_19, "Duplicates the peer reported (DSACK)",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.DSACKDups) }},
	{"reord_seen", engine.Integer, mib2.TCPInfo4_19, "Reorderings seen",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.ReordSeen) }},
	{"rcv_ooopack", engine.Integer, mib2.TCPInfo5_4, "Segments received out of order",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.RcvOOOPack) }},
	{"fastopen_client_fail", engine.Integer, mib2.TCPInfo6_2, "Why TCP Fast Open failed: 0 not, 1 no cookie, 2 data not acknowledged, 3 SYN repeated",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.FastopenClientFail) }},
	{"rehash", engine.Integer, mib2.TCPInfo6_2, "Changes of the flow hash",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.Rehash) }},
	{"total_rto", engine.Integer, mib2.TCPInfo6_7, "Retransmission timeouts",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.TotalRTO) }},
	{"total_rto_recoveries", engine.Integer, mib2.TCPInfo6_7, "Recoveries from retransmission timeouts",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.TotalRTORecoveries) }},
	{"total_rto_time_ms", engine.Integer, mib2.TCPInfo6_7, "Time spent in retransmission timeouts, in milliseconds",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.TotalRTOTime) }},
	{"received_ce", engine.Integer, mib2.TCPInfo6_18, "Segments received with a congestion mark (AccECN, RFC 9768)",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.ReceivedCE) }},
	{"delivered_e1_bytes", engine.Integer, mib2.TCPInfo6_18, "Bytes delivered with ECT(1)",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.DeliveredE1Bytes) }},
	{"delivered_e0_bytes", engine.Integer, mib2.TCPInfo6_18, "Bytes delivered with ECT(0)",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.DeliveredE0Bytes) }},
	{"delivered_ce_bytes", engine.Integer, mib2.TCPInfo6_18, "Bytes delivered with a congestion mark",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.DeliveredCEBytes) }},
	{"received_e1_bytes", engine.Integer, mib2.TCPInfo6_18, "Bytes received with ECT(1)",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.ReceivedE1Bytes) }},
	{"received_e0_bytes", engine.Integer, mib2.TCPInfo6_18, "Bytes received with ECT(0)",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.ReceivedE0Bytes) }},
	{"received_ce_bytes", engine.Integer, mib2.TCPInfo6_18, "Bytes received with a congestion mark",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.ReceivedCEBytes) }},
	{"accecn_opt_seen", engine.Integer, mib2.TCPInfo6_18, "AccECN option of the peer: 0 not seen, 1 empty, 2 with counters, 3 failed",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.AccECNOptSeen) }},
	{"accecn_fail_mode", engine.Integer, mib2.TCPInfo6_18, "Failures of AccECN: 1 ACE sent, 2 received, 4 option sent, 8 received, added up",
		func(t *mib2.TCPInfo) engine.Value { return engine.Int(t.AccECNFailMode) }},
})

// tcpInfoColumn declares a column over struct tcp_info.
type tcpInfoColumn struct {
	name  string
	typ   engine.Type
	since mib2.TCPInfoSize // NULL on kernels before
	doc   string
	get   func(*mib2.TCPInfo) engine.Value
}

// tcpInfo makes columns of a socket of them.
func tcpInfo(declared []tcpInfoColumn) []engine.Column[socket] {
	columns := make([]engine.Column[socket], len(declared))
	for i, d := range declared {
		columns[i] = engine.Column[socket]{
			Name: d.name, Type: d.typ, Doc: d.doc, Part: uint64(mib2.PartInfo),
			Get: func(s *socket) engine.Value {
				if !s.Info.Has(mib2.AttrTCPInfo) || !s.Info.TCP.Has(d.since) || s.Listening() {
					return engine.Null() // of a listener, all but the backlog is 0
				}
				return d.get(&s.Info.TCP)
			},
		}
	}
	return columns
}

// What the kernel says for "no limit" or "not measured".
const (
	allOnes32        = 1<<32 - 1
	allOnes64        = 1<<64 - 1
	infiniteSsthresh = 1<<31 - 1 // TCP_INFINITE_SSTHRESH, include/net/tcp.h
)

// unconnected reports whether a socket never had a connection: the times since its events
// are then counted from the moment that the kernel calls 0.
func unconnected(t *mib2.TCPInfo) bool {
	const established = 1 // include/net/tcp_states.h
	return t.RTT == 0 && t.State != established
}

// known returns n unless it stands for an unknown value.
func known(n, unknown uint64) engine.Value {
	if n == unknown {
		return engine.Null()
	}
	return engine.Uint(n)
}

// caStates are the values of enum tcp_ca_state, include/uapi/linux/tcp.h.
var caStates = []string{"open", "disorder", "cwr", "recovery", "loss"}

func caState(n uint8) engine.Value {
	if int(n) >= len(caStates) {
		return engine.Null()
	}
	return engine.String(caStates[n])
}

// tcpOptionNames are the bits TCPI_OPT_* of include/uapi/linux/tcp.h.
var tcpOptionNames = []string{"timestamps", "sack", "wscale", "ecn", "ecn_seen", "syn_data"}

func tcpOptions(bits uint8) engine.Value {
	var set []string
	for i, name := range tcpOptionNames {
		if bits&(1<<i) != 0 {
			set = append(set, name)
		}
	}
	return engine.NonEmpty(strings.Join(set, " "))
}
