package mib2

import "net/netip"

// Special is what is particular to a socket of one of the less common protocols: the field
// that is named after its protocol, and what several of them have.
type Special struct {
	Type SocketType // 0 if not known or always the same

	NoUID bool // UID of the Socket is not known

	Raw     *RawInfo
	Packet  *PacketInfo
	Netlink *NetlinkInfo
	Vsock   *VsockInfo
	XDP     *XDPInfo
	MPTCP   *MPTCPInfo // nil also if the kernel does not tell
	SCTP    *SCTPInfo
}

// SocketType is how a socket takes its data: the SOCK_* of Linux, whose numbers it has.
type SocketType uint8

// The types.
const (
	TypeStream    SocketType = 1
	TypeDatagram  SocketType = 2
	TypeRaw       SocketType = 3
	TypeSeqPacket SocketType = 5
	TypePacket    SocketType = 10 // obsolete, of packet sockets
)

var socketTypeNames = []string{TypeStream: "stream", TypeDatagram: "dgram", TypeRaw: "raw",
	TypeSeqPacket: "seqpacket", TypePacket: "packet"}

// String returns the lower-case name, such as "dgram".
func (t SocketType) String() string { return name(socketTypeNames, t) }

// RawInfo is what is particular to raw sockets.
type RawInfo struct {
	// Protocol is the number of the protocol above IP of whose packets the socket gets each,
	// IPPROTO_* of netinet/in.h. One of 255 (IPPROTO_RAW) can only send.
	Protocol uint8
}

// PacketInfo is what is particular to packet sockets, packet(7): struct packet_diag_info of
// include/uapi/linux/packet_diag.h and others beside it. The Interface of the Socket is the
// one whose frames it gets, 0 for all.
type PacketInfo struct {
	Ethertype uint16 // ETH_P_* of linux/if_ether.h: 3 for all, 0 if it gets no frames
	Running   bool   // it gets frames

	Details     bool   // the kernel told the following
	Version     uint32 // of the ring: TPACKET_V1 is 0
	Reserve     uint32 // bytes before each frame of a ring
	CopyThresh  uint32 // longer frames are queued as well as put in the ring
	Timestamp   uint32 // source of times, SOF_TIMESTAMPING_*
	Flags       PacketFlags
	RxRing      PacketRing // no blocks if there is none
	TxRing      PacketRing
	Fanout      *Fanout // nil if it shares its frames with no other socket
	Promiscuous bool    // it set an interface to take all frames, or all multicast ones
	// Filter is how many instructions the filter (BPF) has that chooses frames, 0 if there is
	// none; FilterKnown that the kernel tells, which it does to CAP_NET_ADMIN.
	Filter      int
	FilterKnown bool
}

// PacketFlags are PDI_* of include/uapi/linux/packet_diag.h.
type PacketFlags uint32

// The flags.
const (
	PacketRunning PacketFlags = 1 << iota
	PacketAuxData
	PacketOrigDev
	PacketVnetHdr
	PacketLoss
)

// PacketRing is a ring of frames that kernel and process share.
type PacketRing struct{ BlockSize, Blocks, FrameSize, Frames uint32 }

// Bytes returns the size of the ring.
func (r PacketRing) Bytes() uint64 { return uint64(r.BlockSize) * uint64(r.Blocks) }

// Fanout is a group of packet sockets among which frames are distributed.
type Fanout struct {
	ID   uint16
	Type uint8 // PACKET_FANOUT_*: 0 hash, 1 lb, 2 cpu, 3 rollover, 4 rnd, 5 qm, 6 cbpf, 7 ebpf
}

// NetlinkInfo is what is particular to netlink sockets, netlink(7): struct netlink_diag_msg of
// include/uapi/linux/netlink_diag.h.
type NetlinkInfo struct {
	Protocol uint8  // NETLINK_* of linux/netlink.h
	PortID   uint32 // its address: mostly the PID of who opened it, 0 if it is the kernel's own
	// DstPortID and DstGroup are where it sends to by default: 0 is the kernel, and none.
	DstPortID uint32
	DstGroup  uint32
	Groups    []uint32 // multicast groups that it listens to, ascending
	// GroupsCut says that it may listen to groups above 32 as well: /proc/net/netlink has no
	// room for them.
	GroupsCut  bool
	Flags      NetlinkFlags
	FlagsKnown bool // Linux 4.19
}

// NetlinkFlags are NDIAG_FLAG_* of include/uapi/linux/netlink_diag.h.
type NetlinkFlags uint32

// The flags.
const (
	NetlinkDumping NetlinkFlags = 1 << iota
	NetlinkPktInfo
	NetlinkBroadcastError
	NetlinkNoENOBUFS
	NetlinkListenAllNSID
	NetlinkCapAck
)

// AnyVsock is any address of a machine or any port (VMADDR_CID_ANY, VMADDR_PORT_ANY).
const AnyVsock = ^uint32(0)

// VsockInfo is what is particular to vsock sockets, vsock(7).
type VsockInfo struct {
	CID, Port         uint32 // its address; AnyVsock if any, or not bound
	PeerCID, PeerPort uint32 // of its peer; AnyVsock without one
	Shutdown          Shutdown
}

// XDPInfo is what is particular to express data path sockets: the structures of
// include/uapi/linux/xdp_diag.h.
type XDPInfo struct {
	Queue          uint32 // of the interface
	RxRing, TxRing uint32 // packets that there is room for, 0 without the ring
	FillRing       uint32
	CompletionRing uint32
	Umem           *XDPUmem  // nil without one
	Stats          *XDPStats // nil if the kernel does not tell (before 5.9)
}

// XDPUmem is the memory of packets that sockets may share.
type XDPUmem struct {
	Size              uint64 // bytes
	ID, Chunk, Shared uint32 // Chunk is in bytes; Shared the number of sockets with it
	ZeroCopy          bool
}

// XDPStats count packets, and how often a ring was empty.
type XDPStats struct{ RxDropped, RxInvalid, RxFull, FillEmpty, TxInvalid, TxEmpty uint64 }

// MPTCPInfoSize is how much of struct mptcp_info a kernel has: the structure only grows.
type MPTCPInfoSize uint16

// The sizes at which fields were added, each named after the Linux version it came with.
const (
	MPTCPInfo5_9  MPTCPInfoSize = 40
	MPTCPInfo5_12 MPTCPInfoSize = 42
	MPTCPInfo5_14 MPTCPInfoSize = 43
	MPTCPInfo6_5  MPTCPInfoSize = 80
	MPTCPInfo6_8  MPTCPInfoSize = 81
	MPTCPInfo6_10 MPTCPInfoSize = 96
)

// MPTCPInfo is struct mptcp_info of include/uapi/linux/mptcp.h.
type MPTCPInfo struct {
	Size MPTCPInfoSize // how much the kernel sent

	Subflows           uint8 // beside the first one
	AddAddrSignal      uint8 // addresses announced to the peer
	AddAddrAccepted    uint8 // and by it
	SubflowsMax        uint8
	AddAddrSignalMax   uint8
	AddAddrAcceptedMax uint8
	Fallback           bool   // it went on as plain TCP
	RemoteKey          bool   // the key of the peer was received
	Token              uint32 // identifies the connection on this machine, RFC 8684
	WriteSeq, SndUna   uint64 // data sequence numbers: of the next byte to send, the first unacknowledged
	RcvNxt             uint64 // and of the next byte to receive
	LocalAddrUsed      uint8
	LocalAddrMax       uint8
	Checksum           bool   // data are protected by a checksum
	Retransmits        uint32 // of data on another subflow
	BytesRetrans       uint64
	BytesSent          uint64
	BytesReceived      uint64
	BytesAcked         uint64
	SubflowsTotal      uint8  // the first one included
	LastDataSent       uint32 // milliseconds ago
	LastDataRecv       uint32 // milliseconds ago
	LastAckRecv        uint32 // milliseconds ago
}

// Has reports whether the kernel has the fields that came with a size.
func (m *MPTCPInfo) Has(fields MPTCPInfoSize) bool { return m != nil && m.Size >= fields }

// SCTPInfo is what is particular to SCTP sockets: an association, or an endpoint without one,
// may have several addresses.
type SCTPInfo struct {
	Locals []netip.Addr
	Peers  []netip.Addr
}
