package vtab

import (
	"strings"

	"sockstat/mib2"
	"sockstat/vtab/table"
)

// infoColumns are struct tcp_info. The fields that are asked for more often come first: which
// columns from the 64th on a statement reads, SQLite does not say one by one.
func infoColumns() []table.Column[socket] {
	return tcpInfo([]tcpInfoColumn{
		{"rtt_us", table.Integer, mib2.TCPInfo2_6, "Smoothed round-trip time, in microseconds; NULL if not measured",
			func(t *mib2.TCPInfo) table.Value { return table.NonZero(t.RTT) }},
		{"rttvar_us", table.Integer, mib2.TCPInfo2_6, "Variation of the round-trip time, in microseconds; NULL if not measured",
			func(t *mib2.TCPInfo) table.Value { return unless(t.RTT == 0, t.RTTVar) }},
		{"min_rtt_us", table.Integer, mib2.TCPInfo4_6, "Least round-trip time of late, in microseconds; NULL if not measured",
			func(t *mib2.TCPInfo) table.Value { return known(uint64(t.MinRTT), allOnes32) }},
		{"rto_us", table.Integer, mib2.TCPInfo2_6, "Retransmission timeout, in microseconds",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.RTO) }},
		{"snd_cwnd", table.Integer, mib2.TCPInfo2_6, "Congestion window, in segments",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.SndCwnd) }},
		{"snd_ssthresh", table.Integer, mib2.TCPInfo2_6, "Slow start threshold, in segments; NULL while there is none",
			func(t *mib2.TCPInfo) table.Value { return known(uint64(t.SndSsthresh), infiniteSsthresh) }},
		{"unacked", table.Integer, mib2.TCPInfo2_6, "Segments in flight",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.Unacked) }},
		{"lost", table.Integer, mib2.TCPInfo2_6, "Segments thought lost",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.Lost) }},
		{"retrans", table.Integer, mib2.TCPInfo2_6, "Segments retransmitted and in flight",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.Retrans) }},
		{"total_retrans", table.Integer, mib2.TCPInfo2_6, "Segments retransmitted since the beginning",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.TotalRetrans) }},
		{"bytes_sent", table.Integer, mib2.TCPInfo4_19, "Bytes sent, retransmissions included",
			func(t *mib2.TCPInfo) table.Value { return table.Uint(t.BytesSent) }},
		{"bytes_acked", table.Integer, mib2.TCPInfo4_1, "Bytes sent and acknowledged; SYN and FIN count as one each",
			func(t *mib2.TCPInfo) table.Value { return table.Uint(t.BytesAcked) }},
		{"bytes_received", table.Integer, mib2.TCPInfo4_1, "Bytes received; the FIN counts as one",
			func(t *mib2.TCPInfo) table.Value { return table.Uint(t.BytesReceived) }},
		{"bytes_retrans", table.Integer, mib2.TCPInfo4_19, "Bytes retransmitted",
			func(t *mib2.TCPInfo) table.Value { return table.Uint(t.BytesRetrans) }},
		{"notsent_bytes", table.Integer, mib2.TCPInfo4_6, "Bytes queued that were not sent yet; a FIN counts as one",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.NotsentBytes) }},
		{"delivery_rate", table.Integer, mib2.TCPInfo4_9, "Latest rate of delivery, in bytes per second",
			func(t *mib2.TCPInfo) table.Value { return table.Uint(t.DeliveryRate) }},
		{"last_data_sent_ms", table.Integer, mib2.TCPInfo2_6, "Time since data were sent, in milliseconds; NULL before it was connected",
			func(t *mib2.TCPInfo) table.Value { return unless(unconnected(t), t.LastDataSent) }},
		{"last_data_recv_ms", table.Integer, mib2.TCPInfo2_6, "Time since data were received, in milliseconds; NULL before it was connected",
			func(t *mib2.TCPInfo) table.Value { return unless(unconnected(t), t.LastDataRecv) }},
		{"last_ack_recv_ms", table.Integer, mib2.TCPInfo2_6, "Time since an acknowledgement was received, in milliseconds; NULL before it was connected",
			func(t *mib2.TCPInfo) table.Value { return unless(unconnected(t), t.LastAckRecv) }},
		{"snd_mss", table.Integer, mib2.TCPInfo2_6, "Maximum segment size to send, in bytes",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.SndMSS) }},
		{"rcv_mss", table.Integer, mib2.TCPInfo2_6, "Maximum segment size received, estimated, in bytes",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.RcvMSS) }},
		{"pmtu", table.Integer, mib2.TCPInfo2_6, "Path MTU, in bytes",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.PMTU) }},
		{"advmss", table.Integer, mib2.TCPInfo2_6, "Maximum segment size offered to the peer, in bytes",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.AdvMSS) }},
		{"rcv_space", table.Integer, mib2.TCPInfo2_6, "Receive buffer the process makes use of, in bytes",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.RcvSpace) }},
		{"rcv_ssthresh", table.Integer, mib2.TCPInfo2_6, "Limit of the window offered, in bytes",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.RcvSsthresh) }},
		{"rcv_rtt_us", table.Integer, mib2.TCPInfo2_6, "Round-trip time seen from the receiver, in microseconds; NULL if not measured",
			func(t *mib2.TCPInfo) table.Value { return table.NonZero(t.RcvRTT) }},
		{"snd_wnd", table.Integer, mib2.TCPInfo5_4, "Window of the peer, in bytes",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.SndWnd) }},
		{"rcv_wnd", table.Integer, mib2.TCPInfo6_2, "Window offered to the peer, in bytes",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.RcvWnd) }},
		{"snd_wscale", table.Integer, mib2.TCPInfo2_6, "Window scale of the peer, a shift count",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.SndWscale) }},
		{"rcv_wscale", table.Integer, mib2.TCPInfo2_6, "Window scale offered to the peer, a shift count",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.RcvWscale) }},
		{"ato_us", table.Integer, mib2.TCPInfo2_6, "Delayed acknowledgement timeout, in microseconds",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.ATO) }},
		{"ca_state", table.Text, mib2.TCPInfo2_6, "Congestion avoidance: open, disorder, cwr, recovery or loss",
			func(t *mib2.TCPInfo) table.Value { return caState(t.CAState) }},
		{"tcpi_retransmits", table.Integer, mib2.TCPInfo2_6, "Retransmissions of the segment that is unanswered",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.Retransmits) }},
		{"probes", table.Integer, mib2.TCPInfo2_6, "Window or keepalive probes that are unanswered",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.Probes) }},
		{"backoff", table.Integer, mib2.TCPInfo2_6, "How often the timer was doubled",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.Backoff) }},
		{"tcpi_options", table.Text, mib2.TCPInfo2_6, "Options in use, blank-separated: timestamps sack wscale ecn ecn_seen syn_data",
			func(t *mib2.TCPInfo) table.Value { return tcpOptions(t.Options) }},
		{"sacked", table.Integer, mib2.TCPInfo2_6, "Segments selectively acknowledged",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.Sacked) }},
		{"fackets", table.Integer, mib2.TCPInfo2_6, "Forward-acknowledged segments; 0 since Linux 4.15",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.Fackets) }},
		{"last_ack_sent_ms", table.Integer, mib2.TCPInfo2_6, "Not recorded by Linux: 0",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.LastAckSent) }},
		{"reordering", table.Integer, mib2.TCPInfo2_6, "Segments that may be reordered before one counts as lost",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.Reordering) }},
		{"pacing_rate", table.Integer, mib2.TCPInfo3_15, "Rate of pacing, in bytes per second; NULL if unlimited",
			func(t *mib2.TCPInfo) table.Value { return known(t.PacingRate, allOnes64) }},
		{"max_pacing_rate", table.Integer, mib2.TCPInfo3_15, "Limit of the rate of pacing, in bytes per second; NULL if unlimited",
			func(t *mib2.TCPInfo) table.Value { return known(t.MaxPacingRate, allOnes64) }},
		{"segs_out", table.Integer, mib2.TCPInfo4_2, "Segments sent",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.SegsOut) }},
		{"segs_in", table.Integer, mib2.TCPInfo4_2, "Segments received",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.SegsIn) }},
		{"data_segs_out", table.Integer, mib2.TCPInfo4_6, "Segments with data sent",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.DataSegsOut) }},
		{"data_segs_in", table.Integer, mib2.TCPInfo4_6, "Segments with data received",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.DataSegsIn) }},
		{"delivery_rate_app_limited", table.Integer, mib2.TCPInfo4_9, "1 if the process sent too little for the delivery rate to show more",
			func(t *mib2.TCPInfo) table.Value { return table.Bool(t.DeliveryRateAppLimited) }},
		{"busy_time_us", table.Integer, mib2.TCPInfo4_10, "Time spent sending, in microseconds",
			func(t *mib2.TCPInfo) table.Value { return table.Uint(t.BusyTime) }},
		{"rwnd_limited_us", table.Integer, mib2.TCPInfo4_10, "Of it, limited by the window of the peer, in microseconds",
			func(t *mib2.TCPInfo) table.Value { return table.Uint(t.RwndLimited) }},
		{"sndbuf_limited_us", table.Integer, mib2.TCPInfo4_10, "Of it, limited by the send buffer, in microseconds",
			func(t *mib2.TCPInfo) table.Value { return table.Uint(t.SndbufLimited) }},
		{"delivered", table.Integer, mib2.TCPInfo4_18, "Segments delivered",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.Delivered) }},
		{"delivered_ce", table.Integer, mib2.TCPInfo4_18, "Segments delivered with a congestion mark (ECN)",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.DeliveredCE) }},
		{"dsack_dups", table.Integer, mib2.TCPInfo4_19, "Duplicates the peer reported (DSACK)",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.DSACKDups) }},
		{"reord_seen", table.Integer, mib2.TCPInfo4_19, "Reorderings seen",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.ReordSeen) }},
		{"rcv_ooopack", table.Integer, mib2.TCPInfo5_4, "Segments received out of order",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.RcvOOOPack) }},
		{"fastopen_client_fail", table.Integer, mib2.TCPInfo6_2, "Why TCP Fast Open failed: 0 not, 1 no cookie, 2 data not acknowledged, 3 SYN repeated",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.FastopenClientFail) }},
		{"rehash", table.Integer, mib2.TCPInfo6_2, "Changes of the flow hash",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.Rehash) }},
		{"total_rto", table.Integer, mib2.TCPInfo6_7, "Retransmission timeouts",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.TotalRTO) }},
		{"total_rto_recoveries", table.Integer, mib2.TCPInfo6_7, "Recoveries from retransmission timeouts",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.TotalRTORecoveries) }},
		{"total_rto_time_ms", table.Integer, mib2.TCPInfo6_7, "Time spent in retransmission timeouts, in milliseconds",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.TotalRTOTime) }},
		{"received_ce", table.Integer, mib2.TCPInfo6_18, "Segments received with a congestion mark (AccECN, RFC 9768)",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.ReceivedCE) }},
		{"delivered_e1_bytes", table.Integer, mib2.TCPInfo6_18, "Bytes delivered with ECT(1)",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.DeliveredE1Bytes) }},
		{"delivered_e0_bytes", table.Integer, mib2.TCPInfo6_18, "Bytes delivered with ECT(0)",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.DeliveredE0Bytes) }},
		{"delivered_ce_bytes", table.Integer, mib2.TCPInfo6_18, "Bytes delivered with a congestion mark",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.DeliveredCEBytes) }},
		{"received_e1_bytes", table.Integer, mib2.TCPInfo6_18, "Bytes received with ECT(1)",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.ReceivedE1Bytes) }},
		{"received_e0_bytes", table.Integer, mib2.TCPInfo6_18, "Bytes received with ECT(0)",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.ReceivedE0Bytes) }},
		{"received_ce_bytes", table.Integer, mib2.TCPInfo6_18, "Bytes received with a congestion mark",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.ReceivedCEBytes) }},
		{"ecn_mode", table.Text, mib2.TCPInfo7_0, "Explicit congestion notification: disabled, rfc3168, accecn or pending",
			func(t *mib2.TCPInfo) table.Value { return table.Static(ecnModes[t.ECNMode&3]) }},
		{"send_rate", table.Integer, mib2.TCPInfo2_6, "What the window allows in a round-trip time, in bytes per second; NULL if that is not measured",
			func(t *mib2.TCPInfo) table.Value {
				if t.RTT == 0 {
					return table.Null()
				}
				return table.Uint(uint64(t.SndMSS) * uint64(t.SndCwnd) * 1e6 / uint64(t.RTT))
			}},
		{"accecn_opt_seen", table.Integer, mib2.TCPInfo6_18, "AccECN option of the peer: 0 not seen, 1 empty, 2 with counters, 3 failed",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.AccECNOptSeen) }},
		{"accecn_fail_mode", table.Integer, mib2.TCPInfo6_18, "Failures of AccECN: 1 ACE sent, 2 received, 4 option sent, 8 received, added up",
			func(t *mib2.TCPInfo) table.Value { return table.Int(t.AccECNFailMode) }},
	})
}

// tcpInfoColumn declares a column over struct tcp_info.
type tcpInfoColumn struct {
	name  string
	typ   table.Type
	since mib2.TCPInfoSize // NULL on kernels before
	doc   string
	get   func(*mib2.TCPInfo) table.Value
}

// tcpInfo makes columns of a socket of them.
func tcpInfo(declared []tcpInfoColumn) []table.Column[socket] {
	columns := make([]table.Column[socket], len(declared))
	for i, d := range declared {
		of := mibFigures[d.name]
		columns[i] = table.Column[socket]{
			Name: d.name, Type: d.typ, Doc: d.doc, Part: partInfo,
			Get: func(s *socket) table.Value {
				if !s.Info.Has(mib2.AttrTCPInfo) || !s.Info.TCP.Has(d.since) || s.Listening() {
					return table.Null() // of a listener, all but the backlog is 0
				}
				if f := s.Info.TCP.Figures; f != mib2.FiguresLinux && (of == 0 || f < of) {
					return table.Null()
				}
				return d.get(&s.Info.TCP)
			},
		}
	}
	return columns
}

// mibFigures are the columns that illumos fills too, with the structure from which on it does.
var mibFigures = map[string]mib2.TCPFigures{
	"rto_us": mib2.FiguresMIBShort, "snd_mss": mib2.FiguresMIBShort, "snd_wnd": mib2.FiguresMIBShort, "rcv_wnd": mib2.FiguresMIBShort,
	"rtt_us": mib2.FiguresMIBLong, "snd_cwnd": mib2.FiguresMIBLong, "send_rate": mib2.FiguresMIBLong, "notsent_bytes": mib2.FiguresMIBLong,
	"total_retrans": mib2.FiguresMIBLong, "bytes_retrans": mib2.FiguresMIBLong, "data_segs_in": mib2.FiguresMIBLong,
	"data_segs_out": mib2.FiguresMIBLong, "rcv_ooopack": mib2.FiguresMIBLong,
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
func known(n, unknown uint64) table.Value {
	if n == unknown {
		return table.Null()
	}
	return table.Uint(n)
}

// ecnModes are the values TCPI_ECN_MODE_* of include/uapi/linux/tcp.h.
var ecnModes = [4]string{"disabled", "rfc3168", "accecn", "pending"}

// caStates are the values of enum tcp_ca_state, include/uapi/linux/tcp.h.
var caStates = []string{"open", "disorder", "cwr", "recovery", "loss"}

func caState(n uint8) table.Value {
	if int(n) >= len(caStates) {
		return table.Null()
	}
	return table.String(caStates[n])
}

// tcpOptionNames are the bits TCPI_OPT_* of include/uapi/linux/tcp.h.
var tcpOptionNames = []string{"timestamps", "sack", "wscale", "ecn", "ecn_seen", "syn_data"}

func tcpOptions(bits uint8) table.Value {
	var set []string
	for i, name := range tcpOptionNames {
		if bits&(1<<i) != 0 {
			set = append(set, name)
		}
	}
	return table.NonEmpty(strings.Join(set, " "))
}
