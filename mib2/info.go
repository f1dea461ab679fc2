package mib2

import "net/netip"

// TimerKind is what a TCP socket's timer is for, in the words of ss and netstat.
type TimerKind uint8

// The kinds of timers.
const (
	TimerOff       TimerKind = iota + 1
	TimerOn                  // retransmission, early retransmission or tail loss probe
	TimerKeepalive           // keepalive, or SYN and FIN-WAIT timeouts
	TimerTimeWait            // end of TIME_WAIT
	TimerPersist             // zero window probe
	TimerDelack              // delayed acknowledgement; only kernels that tell of it (after 6.18)
)

var timerNames = []string{TimerOff: "off", TimerOn: "on", TimerKeepalive: "keepalive",
	TimerTimeWait: "timewait", TimerPersist: "persist", TimerDelack: "delack"}

// String returns the lower-case name, such as "keepalive".
func (k TimerKind) String() string { return name(timerNames, k) }

// Timer is the timer of a TCP socket that fires next.
type Timer struct {
	Kind        TimerKind
	Expires     uint32 // milliseconds until it fires; 0 if off or overdue
	Retransmits uint32 // unanswered retransmissions or probes so far
}

// Attr is a piece of Info that the kernel may leave out. The numbers are Linux's
// INET_DIAG_* of include/uapi/linux/inet_diag.h.
type Attr uint8

// The attributes of Info. Linux 5.12 and later send all of them that a socket has.
const (
	AttrTCPInfo    Attr = 2 // TCP only
	AttrVegas      Attr = 3 // TCP only, if the algorithm is vegas, veno, yeah, illinois or nv
	AttrCongestion Attr = 4 // TCP only
	AttrTOS        Attr = 5
	AttrTClass     Attr = 6  // IPv6 only
	AttrMem        Attr = 7  // Linux 3.3
	AttrShutdown   Attr = 8  // Linux 3.8
	AttrDCTCP      Attr = 9  // TCP only, if the algorithm is dctcp
	AttrV6Only     Attr = 11 // Linux 4.2; unconnected IPv6 sockets only
	AttrMark       Attr = 15 // Linux 4.9; CAP_NET_ADMIN only
	AttrBBR        Attr = 16 // TCP only, if the algorithm is bbr; Linux 4.9
	AttrClassID    Attr = 17 // Linux 4.14
	AttrMD5        Attr = 18 // TCP only; Linux 4.14, CAP_NET_ADMIN only
	AttrULP        Attr = 19 // TCP only, if it has a protocol above; Linux 5.3
	AttrCgroupID   Attr = 21 // Linux 5.8; kernels with cgroups of sockets only
	AttrOptions    Attr = 22 // Linux 5.12
)

// AttrSet is a set of attributes: 1<<Attr of each.
type AttrSet uint32

// Info is what the kernel tells of a socket beyond the row of netstat. Each field
// is only meaningful if Has says so for the attribute named after it.
type Info struct {
	Attrs AttrSet // what the kernel sent

	TCP        TCPInfo       // AttrTCPInfo
	Congestion string        // AttrCongestion: name of the algorithm, such as "cubic"
	TOS        uint8         // AttrTOS: IPv4 type of service
	TClass     uint8         // AttrTClass: IPv6 traffic class
	Shutdown   Shutdown      // AttrShutdown
	Mark       uint32        // AttrMark: SO_MARK
	ClassID    uint32        // AttrClassID: net_cls class, or SO_PRIORITY without one
	CgroupID   uint64        // AttrCgroupID: inode of the cgroup v2 directory
	Options    SocketOptions // AttrOptions
	Mem        SocketMem     // AttrMem

	Control *CongestionInfo // AttrVegas, AttrDCTCP or AttrBBR
	MD5     []netip.Prefix  // AttrMD5: peers whose segments are signed, RFC 2385
	ULP     *ULPInfo        // AttrULP
}

// CongestionInfo is what a congestion control algorithm tells of itself: of the fields, those
// of the attribute that the kernel sent.
type CongestionInfo struct {
	Vegas VegasInfo // AttrVegas
	DCTCP DCTCPInfo // AttrDCTCP
	BBR   BBRInfo   // AttrBBR
}

// VegasInfo is struct tcpvegas_info of include/uapi/linux/inet_diag.h. Times are microseconds.
type VegasInfo struct {
	Enabled     bool
	RTTs        uint32 // measured in the current window
	RTT, MinRTT uint32
}

// DCTCPInfo is struct tcp_dctcp_info of include/uapi/linux/inet_diag.h.
type DCTCPInfo struct {
	Enabled  bool // if not, it goes on as Reno, for the peer knows no ECN
	CEState  bool // the last packet had a congestion mark
	Alpha    uint32
	AckedECN uint32 // bytes
	AckedAll uint32 // bytes
}

// BBRInfo is struct tcp_bbr_info of include/uapi/linux/inet_diag.h.
type BBRInfo struct {
	Bandwidth  uint64 // estimate, bytes per second
	MinRTT     uint32 // microseconds
	PacingGain uint32 // 256ths
	CwndGain   uint32 // 256ths
}

// ULPInfo is a protocol that works within a TCP socket: tls or mptcp.
type ULPInfo struct {
	Name    string
	TLS     *TLSInfo     // nil but for tls
	Subflow *SubflowInfo // nil but for mptcp
}

// TLSInfo is TLS_INFO_* of include/uapi/linux/tls.h.
type TLSInfo struct {
	Version, Cipher uint16 // 0 if not set yet
	Tx, Rx          uint16 // TLS_CONF_*: 1 base, 2 software, 3 device, 4 device, whole records
	ZeroCopy        bool   // sendfile without a copy
	NoPad           bool   // records of TLS 1.3 are expected without padding
}

// SubflowInfo is MPTCP_SUBFLOW_ATTR_* of include/uapi/linux/mptcp.h.
type SubflowInfo struct {
	LocalToken, RemoteToken uint32 // RFC 8684; 0 if not known
	LocalID, RemoteID       uint8  // of the addresses
	Flags                   uint32 // MPTCP_SUBFLOW_FLAG_*
	MapSeq                  uint64 // data sequence number of the bytes that arrive now
	MapSubflowSeq           uint32 // and that within the subflow
	MapLen                  uint16 // and how many they are
	SSNOffset               uint32
}

// Has reports whether the kernel sent an attribute.
func (i *Info) Has(a Attr) bool { return i != nil && i.Attrs&(1<<a) != 0 }

// Shutdown is the set of directions in which shutdown(2) or the peer ended a
// socket: RCV_SHUTDOWN and SEND_SHUTDOWN of include/net/sock.h.
type Shutdown uint8

// The directions of Shutdown.
const (
	ShutdownRecv Shutdown = 1 << iota
	ShutdownSend
)

// SocketOptions is the set of options of struct inet_diag_sockopt, in the order of
// its bits.
type SocketOptions uint16

// The options: IP_RECVERR, and so on; ip(7) explains them.
const (
	OptionRecvErr           SocketOptions = 1 << iota
	OptionConnection                      // is_icsk: a connection-oriented socket
	OptionFreebind                        // IP_FREEBIND
	OptionHdrIncl                         // IP_HDRINCL
	OptionMulticastLoop                   // IP_MULTICAST_LOOP
	OptionTransparent                     // IP_TRANSPARENT
	OptionMulticastAll                    // IP_MULTICAST_ALL
	OptionNoDefrag                        // IP_NODEFRAG
	OptionBindAddressNoPort               // IP_BIND_ADDRESS_NO_PORT
	OptionRecvErrRFC4884                  // IP_RECVERR_RFC4884
	OptionDeferConnect                    // TCP_FASTOPEN_CONNECT, not yet connected
)

// SocketMem is the memory of a socket in bytes: the SK_MEMINFO_* of
// include/uapi/linux/sock_diag.h.
type SocketMem struct {
	RmemAlloc  uint32 // held by packets to be received
	RcvBuf     uint32 // limit of RmemAlloc: SO_RCVBUF
	WmemAlloc  uint32 // held by packets handed to the network
	SndBuf     uint32 // limit of WmemQueued: SO_SNDBUF
	FwdAlloc   uint32 // reserved in advance
	WmemQueued uint32 // held by packets to be sent
	OptMem     uint32 // held by options and filters
	Backlog    uint32 // held by packets that arrived while the socket was in use
	Drops      uint32 // number of packets dropped (Linux 4.7; 0 before)
}
