package mib2

import (
	"context"
	"errors"
	"net/netip"
)

// Network tells of the network of one zone, or of one network namespace of Linux, besides its
// sockets: the tables of RFC 2863 and RFC 4293 with what each kernel adds to them. What a system
// does not tell is ErrNotTold.
type Network interface {
	// Interfaces returns the network interfaces. If the error is ErrChanged they may not be
	// of one moment; that holds of Addresses and Routes too.
	Interfaces(ctx context.Context) ([]Interface, error)
	// Addresses returns the addresses of interfaces.
	Addresses(ctx context.Context) ([]Address, error)
	// Routes returns the routes of all tables, one for each of several next hops.
	Routes(ctx context.Context) ([]Route, error)
	// Counters returns what the protocols count.
	Counters(ctx context.Context) ([]Counter, error)
	// Settings returns the parameters of the network whose names are wanted.
	Settings(ctx context.Context, wanted func(name string) bool) ([]Setting, error)
}

// ErrNotTold says that a system does not tell something, or that nobody has taught this package
// to ask it.
var ErrNotTold = errors.New("this is not read on this system")

// ErrChanged says that a table changed while it was read, however often that was tried.
var ErrChanged = errors.New("it changed while it was read")

// Interface is a network interface. Empty texts, and 0 where nothing else is said, are unknown
// or none.
type Interface struct {
	Index       uint32
	Name, Alias string
	Type        string // of the link: "ether", "loopback" and others
	Kind        string // of a virtual one: "veth", "bridge" and others
	MAC         string
	MTU         uint32 // bytes
	State       string // RFC 2863, ifOperStatus: "UP", "DOWN", "UNKNOWN" and others
	Flags       string // with commas between them, the UP of the administrator among them
	Master      uint32 // index of the bridge, bond and the like that it is a port of
	Link        uint32 // index of the interface it stands on, or of its other end
	LinkOutside bool   // Link is an index of another namespace
	Promiscuity uint32 // how many want all packets
	Qdisc       string
	// Counters of Linux, struct rtnl_link_stats64 of include/uapi/linux/if_link.h, are known if
	// HasStats is set.
	HasStats bool
	Stats    InterfaceStats
}

// InterfaceStats counts what an interface received and sent.
type InterfaceStats struct {
	RxPackets, TxPackets, RxBytes, TxBytes, RxErrors, TxErrors, RxDropped, TxDropped, Multicast, Collisions uint64
}

// Address is an address of an interface.
type Address struct {
	Interface uint32       // its index
	Prefix    netip.Prefix // the address with the length of its network
	Peer      netip.Addr   // other end of a point-to-point link
	Broadcast netip.Addr
	Flags     string // such as "permanent", "dynamic", "deprecated", with commas between them
	Label     string
	// Valid and Preferred are for how many seconds more it is; Forever if there is no end, and
	// where nobody counts.
	Valid, Preferred uint32
}

// Forever is the lifetime of an address without end.
const Forever = ^uint32(0)

// Route is a route, or one next hop of it.
type Route struct {
	Destination netip.Prefix // of length 0 for the default route
	Gateway     netip.Addr
	Interface   uint32     // index of that it leaves by
	Source      netip.Addr // preferred one of packets that are sent
	Metric      uint32     // the least is taken
	Table       string     // "main", "local", or the number of another
	Type        string     // "unicast", "local", "blackhole" and others
	Protocol    string     // who made it: "kernel", "static", "dhcp" and others
	Scope       string     // how far the destination is: "global", "link", "host" and others
	Flags       string     // such as "linkdown", with commas between them
	MTU         uint32     // bytes; 0 if it is that of the interface
	Weight      uint32     // share of one next hop among several; 0 if it is the only one
}

// Counter is a number that a protocol keeps, such as InSegs of Tcp.
type Counter struct {
	Protocol, Name string
	Value          int64
}

// Setting is a parameter of the network, such as net.core.somaxconn.
type Setting struct {
	Name  string
	Value string // empty if it is, or if the caller may not see it
}

// UnsupportedNetwork is the Network of a system of which nothing can be read: all that it
// returns is ErrUnsupported.
var UnsupportedNetwork Network = unsupportedNetwork{}

type unsupportedNetwork struct{}

func (unsupportedNetwork) Interfaces(context.Context) ([]Interface, error) {
	return nil, ErrUnsupported
}

func (unsupportedNetwork) Addresses(context.Context) ([]Address, error) { return nil, ErrUnsupported }

func (unsupportedNetwork) Routes(context.Context) ([]Route, error) { return nil, ErrUnsupported }

func (unsupportedNetwork) Counters(context.Context) ([]Counter, error) { return nil, ErrUnsupported }

func (unsupportedNetwork) Settings(context.Context, func(string) bool) ([]Setting, error) {
	return nil, ErrUnsupported
}
