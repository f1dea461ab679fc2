package mib2

// TCPInfoSize is how much of struct tcp_info a kernel has: the structure only grows.
type TCPInfoSize uint16

// The sizes at which fields were added, each named after the Linux version it came
// with. TCPInfo groups its fields by them.
const (
	TCPInfo2_6  TCPInfoSize = 104
	TCPInfo3_15 TCPInfoSize = 120
	TCPInfo4_1  TCPInfoSize = 136
	TCPInfo4_2  TCPInfoSize = 144
	TCPInfo4_6  TCPInfoSize = 160
	TCPInfo4_9  TCPInfoSize = 168
	TCPInfo4_10 TCPInfoSize = 192
	TCPInfo4_18 TCPInfoSize = 200
	TCPInfo4_19 TCPInfoSize = 224
	TCPInfo5_4  TCPInfoSize = 232
	TCPInfo6_2  TCPInfoSize = 240
	TCPInfo6_7  TCPInfoSize = 248
	TCPInfo6_18 TCPInfoSize = 280
	TCPInfo7_0  TCPInfoSize = 281 // as long as 6.18's, whose last four bytes it rearranged
)

// TCPFigures says which fields of TCPInfo a kernel that has another structure fills.
type TCPFigures uint8

// The structures. Each one has the figures of those before it but the first.
const (
	FiguresLinux    TCPFigures = iota // struct tcp_info: all that there are with its Size
	FiguresMIBShort                   // tcpConnEntryInfo_t of inet/mib2.h of illumos until 2019: RTO, SndMSS, SndWnd, RcvWnd
	FiguresMIBLong                    // the same since then: RTT, SndCwnd, NotsentBytes, TotalRetrans, BytesRetrans, DataSegsIn, DataSegsOut, RcvOOOPack too
)

// TCPInfo is struct tcp_info of include/uapi/linux/tcp.h. Times are microseconds
// unless said otherwise, rates bytes per second. A field is 0 in a kernel too old to
// have it; Has tells that from a real 0.
type TCPInfo struct {
	Size    TCPInfoSize // how much the kernel sent
	Figures TCPFigures  // FiguresLinux, or which fields alone are set

	// Linux 2.6 and before: always there.
	State        uint8 // the kernel's own number
	CAState      uint8 // congestion avoidance: 0 open, 1 disorder, 2 CWR, 3 recovery, 4 loss
	Retransmits  uint8 // of the segment now unanswered
	Probes       uint8 // zero window or keepalive probes unanswered
	Backoff      uint8 // doublings of the timer
	Options      uint8 // TCPI_OPT_*: 1 timestamps, 2 SACK, 4 wscale, 8 ECN, 16 ECN seen, 32 SYN data
	SndWscale    uint8 // window scale shift
	RcvWscale    uint8
	RTO          uint32
	ATO          uint32 // delayed acknowledgement timeout
	SndMSS       uint32 // bytes
	RcvMSS       uint32 // bytes
	Unacked      uint32 // segments in flight; of a listener the connections waiting
	Sacked       uint32 // segments; of a listener its limit
	Lost         uint32 // segments
	Retrans      uint32 // segments retransmitted and in flight
	Fackets      uint32 // no longer set since 4.15
	LastDataSent uint32 // milliseconds ago
	LastAckSent  uint32 // not remembered by the kernel: 0
	LastDataRecv uint32 // milliseconds ago
	LastAckRecv  uint32 // milliseconds ago
	PMTU         uint32 // bytes
	RcvSsthresh  uint32 // bytes
	RTT          uint32 // smoothed
	RTTVar       uint32
	SndSsthresh  uint32 // segments
	SndCwnd      uint32 // segments
	AdvMSS       uint32 // bytes
	Reordering   uint32 // segments
	RcvRTT       uint32
	RcvSpace     uint32 // bytes
	TotalRetrans uint32 // segments

	// TCPInfo3_15
	PacingRate    uint64 // all ones if unlimited
	MaxPacingRate uint64 // all ones if unlimited
	// TCPInfo4_1
	BytesAcked    uint64 // RFC 4898 tcpEStatsAppHCThruOctetsAcked
	BytesReceived uint64 // RFC 4898 tcpEStatsAppHCThruOctetsReceived
	// TCPInfo4_2
	SegsOut uint32 // RFC 4898 tcpEStatsPerfSegsOut
	SegsIn  uint32 // RFC 4898 tcpEStatsPerfSegsIn
	// TCPInfo4_6
	NotsentBytes uint32
	MinRTT       uint32 // all ones if not measured
	DataSegsIn   uint32 // RFC 4898 tcpEStatsDataSegsIn
	DataSegsOut  uint32 // RFC 4898 tcpEStatsDataSegsOut
	// TCPInfo4_9
	DeliveryRate           uint64
	DeliveryRateAppLimited bool
	// TCPInfo4_10
	BusyTime      uint64 // sending
	RwndLimited   uint64 // of it, stalled by the peer's window
	SndbufLimited uint64 // of it, stalled by the send buffer
	// TCPInfo4_18
	Delivered   uint32 // segments
	DeliveredCE uint32 // segments acknowledged with a congestion mark
	// TCPInfo4_19
	BytesSent    uint64 // RFC 4898 tcpEStatsPerfHCDataOctetsOut
	BytesRetrans uint64 // RFC 4898 tcpEStatsPerfOctetsRetrans
	DSACKDups    uint32 // RFC 4898 tcpEStatsStackDSACKDups
	ReordSeen    uint32 // events
	// TCPInfo5_4
	RcvOOOPack uint32 // segments
	SndWnd     uint32 // bytes: the peer's window
	// Linux 5.5, in bits that were unused: only sure from TCPInfo6_2 on
	FastopenClientFail uint8 // 0 none, 1 no cookie, 2 data not acked, 3 SYN retransmitted
	// TCPInfo6_2
	RcvWnd uint32 // bytes: the window offered to the peer
	Rehash uint32 // changes of the flow hash
	// TCPInfo6_7
	TotalRTO           uint16 // timeouts
	TotalRTORecoveries uint16 // recoveries from timeouts
	TotalRTOTime       uint32 // milliseconds spent in them
	// TCPInfo6_18: Accurate ECN, RFC 9768
	ReceivedCE       uint32 // segments
	DeliveredE1Bytes uint32
	DeliveredE0Bytes uint32
	DeliveredCEBytes uint32
	ReceivedE1Bytes  uint32
	ReceivedE0Bytes  uint32
	ReceivedCEBytes  uint32
	AccECNOptSeen    uint8 // 0 not seen, 1 empty, 2 with counters, 3 failed
	AccECNFailMode   uint8 // TCP_ACCECN_*_FAIL_*: 1 ACE sent, 2 received, 4 option sent, 8 received
	// TCPInfo7_0
	ECNMode  uint8  // 0 disabled, 1 RFC 3168, 2 Accurate ECN, 3 pending
	Options2 uint32 // none defined yet
}

// Has reports whether the kernel has the fields that came with a size.
func (t *TCPInfo) Has(fields TCPInfoSize) bool { return t.Size >= fields }
