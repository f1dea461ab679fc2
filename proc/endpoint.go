package proc

import (
	"cmp"
	"slices"
)

// Endpoint identifies a socket. On Linux its inode alone does. On illumos it does not: those
// of sockets and of devices are of different file systems.
type Endpoint struct {
	Inode  uint64
	Type   EndpointType
	Family EndpointFamily
	Device bool   // a STREAMS endpoint (TLI) on illumos
	Major  uint32 // of the device
}

// EndpointType is the type of a socket.
type EndpointType uint8

// Types of sockets.
const (
	TypeUnknown EndpointType = iota // not known; may be any
	TypeStream
	TypeDatagram
	TypeRaw
	TypeSeqPacket
	TypeOther // known to be none of these
)

// EndpointFamily is the address family of a socket.
type EndpointFamily uint8

// Families of sockets.
const (
	FamilyUnknown EndpointFamily = iota // not known; may be any
	FamilyUnix
	FamilyInet
	FamilyInet6
	FamilyOther // known to be none of these
)

// compareEndpoints orders endpoints by inode, those of one inode in some order.
func compareEndpoints(a, b Endpoint) int {
	device := func(e Endpoint) int {
		if e.Device {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(a.Inode, b.Inode), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Family, b.Family),
		cmp.Compare(device(a), device(b)), cmp.Compare(a.Major, b.Major))
}

// endpoints numbers endpoints, so that a table by number can find their holders.
type endpoints map[Endpoint]uint64

func (e endpoints) number(of Endpoint) uint64 {
	n, ok := e[of]
	if !ok {
		n = uint64(len(e) + 1)
		e[of] = n
	}
	return n
}

// OfFamilies returns the holders of a socket that may be of one family or another, the first
// that any descriptor is known to be of. Descriptors of unknown family count for either.
func (h *SocketHolders) OfFamilies(e Endpoint, families ...EndpointFamily) (found []Holder) {
	for _, e.Family = range families {
		found = h.Of(e)
		if h != nil && (h.holds(e) || h.holds(Endpoint{Inode: e.Inode, Family: e.Family})) {
			return found
		}
	}
	return found
}

// holds reports whether a descriptor is known to stand for just that endpoint.
func (h *SocketHolders) holds(e Endpoint) bool {
	_, ok := h.endpoints[e]
	return ok
}

// ofEndpoint returns the holders of an endpoint, those too of whose descriptors type or
// family are not known. Inode 0 has no holders.
func (h *SocketHolders) ofEndpoint(e Endpoint) []Holder {
	if e.Inode == 0 {
		return nil
	}
	tries := []Endpoint{e}
	if !e.Device {
		tries = append(tries, Endpoint{Inode: e.Inode, Type: e.Type}, Endpoint{Inode: e.Inode, Family: e.Family},
			Endpoint{Inode: e.Inode})
	}
	var found []Holder
	for _, try := range slices.Compact(tries) {
		if n, ok := h.endpoints[try]; ok && found == nil {
			found = h.of(h.place(n))
		} else if ok {
			found = lowest(slices.Concat(found, h.of(h.place(n))))
		}
	}
	return found
}
