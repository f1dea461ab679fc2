package proc

import "slices"

// Endpoint identifies what stands for a socket on illumos, where an inode alone does not:
// those of sockets and of devices are of different file systems. A Type or Family of 0 is
// not known.
type Endpoint struct {
	Inode        uint64
	Type, Family uint16 // numbers of illumos's sys/socket.h
	Device       bool   // a STREAMS endpoint (TLI)
	Major        uint32 // of the device
}

// Types and families of sockets, sys/socket.h of illumos.
const (
	TypeDatagram = 1
	TypeStream   = 2

	FamilyUnix  = 1
	FamilyInet  = 2
	FamilyInet6 = 26
)

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

// OfEndpoint returns the holders of an endpoint as Of does, those too of whose descriptors
// type or family are not known. Inode 0 has no holders.
func (h *SocketHolders) OfEndpoint(e Endpoint) []Holder {
	if h == nil || e.Inode == 0 {
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
			found = h.Of(n)
		} else if ok {
			found = lowest(slices.Concat(found, h.Of(n)))
		}
	}
	return found
}
