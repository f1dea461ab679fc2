package mib2

import "net/netip"

// Family is an address family.
type Family uint8

// The address families.
const (
	Inet Family = iota + 1
	Inet6
	Local         // of Unix sockets
	Link          // of packet sockets
	NetlinkFamily // of netlink sockets
	VsockFamily   // of virtual machines
	XDPFamily     // of express data path sockets
)

// Families lists every address family.
var Families = []Family{Inet, Inet6, Local, Link, NetlinkFamily, VsockFamily, XDPFamily}

var familyNames = []string{Inet: "inet", Inet6: "inet6", Local: "unix", Link: "packet",
	NetlinkFamily: "netlink", VsockFamily: "vsock", XDPFamily: "xdp"}

// String returns the lower-case name, such as "inet6" or "unix".
func (f Family) String() string { return name(familyNames, f) }

// Socket is one socket of the kernel, whether or not a process holds it.
type Socket struct {
	Proto  Protocol
	Family Family // of the addresses below, after folding
	State  State

	// Dual says that an IPv6 socket bound to :: takes IPv4 as well.
	Dual bool
	// V4Mapped says that the addresses were IPv4-mapped IPv6 addresses (RFC 4291,
	// 2.5.5.2) and are given as the IPv4 addresses they stand for.
	V4Mapped bool
	// RecvMeasure and SendMeasure say what RecvQ and SendQ count. They stand here because rows
	// are many, and the size of a row counts.
	RecvMeasure, SendMeasure Measure

	// Local and Remote are internet addresses, the zero AddrPort of sockets that have others.
	// The port is 0 where the protocol has none.
	Local  netip.AddrPort
	Remote netip.AddrPort // the zero AddrPort if there is no peer

	Interface uint32 // index of the bound device or scope, 0 if none
	// UID is the owner as the kernel records it; not known in TIME_WAIT, nor if it and Inode
	// are 0, nor on illumos. Of Unix sockets UnixInfo.NoUID says whether it is known.
	UID    uint32
	Inode  uint64 // 0 if no file refers to the socket
	Cookie uint64 // distinguishes sockets as long as the system runs; 0 if not known

	// RecvQ and SendQ are what is received and not read, and what is sent and not
	// acknowledged, in the measure that RecvMeasure and SendMeasure say. For a listener they
	// are connections: those that wait for accept, and the limit that listen(2) was given. On
	// illumos Origin.Queues says whether they are known.
	RecvQ, SendQ uint32

	Timer  *Timer  // nil if not known
	Info   *Info   // nil unless PartInfo was asked for and the kernel gave it
	Origin *Origin // nil unless the kernel is that of illumos
	// Unix is what is particular to Unix sockets, nil for others.
	Unix *UnixInfo
	// Special is what is particular to sockets of the less common protocols, nil for others.
	Special *Special
}

// Measure is what RecvQ or SendQ of a Socket counts. Kernels differ, and so do protocols.
type Measure uint8

// The measures.
const (
	// MeasureBytes are bytes of data, as the ioctls SIOCINQ and SIOCOUTQ of Linux count them
	// (tcp(7)): a FIN that was sent and not acknowledged counts as one, a SYN as none, and
	// neither does a FIN that was received.
	MeasureBytes Measure = iota
	// MeasureMemory are bytes of memory that packets take, with the kernel's own management
	// of them. It says little of how much data there is.
	MeasureMemory
	// MeasureNext are the bytes of the datagram that is read next. More may wait.
	MeasureNext
	// MeasureUnknown says that there is no figure.
	MeasureUnknown
)

// Listening reports whether RecvQ and SendQ count connections, not bytes.
func (s *Socket) Listening() bool { return s.State == Listen }
