package mib2

// TimerKind is what a TCP socket's timer is for, in the words of ss and netstat.
type TimerKind uint8

// The kinds of timers.
const (
	TimerOff       TimerKind = iota + 1
	TimerOn                  // retransmission, early retransmission or tail loss probe
	TimerKeepalive           // keepalive, or SYN and FIN-WAIT timeouts
	TimerTimeWait            // end of TIME_WAIT
	TimerPersist             // zero window probe
)

var timerNames = []string{TimerOff: "off", TimerOn: "on", TimerKeepalive: "keepalive",
	TimerTimeWait: "timewait", TimerPersist: "persist"}

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

// The attributes of Info. Linux 5.12 and later send all of them.
const (
	AttrTCPInfo    Attr = 2 // TCP only
	AttrCongestion Attr = 4 // TCP only
	AttrTOS        Attr = 5
	AttrTClass     Attr = 6  // IPv6 only
	AttrMem        Attr = 7  // Linux 3.3
	AttrShutdown   Attr = 8  // Linux 3.8
	AttrV6Only     Attr = 11 // Linux 4.2; unconnected IPv6 sockets only
	AttrMark       Attr = 15 // Linux 4.9; CAP_NET_ADMIN only
	AttrClassID    Attr = 17 // Linux 4.14
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
