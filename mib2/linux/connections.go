package linux

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// A record of the BPF program walkConnections, in the byte order of the machine but for the port
// of the peer and addresses.
const (
	walkedZoneAt       = 0  // 32 bits: inode of the network namespace
	walkedFamilyAt     = 4  // 16 bits: AF_*, or one of the marks
	walkedDeviceAt     = 8  // 32 bits: the device that it is bound to
	walkedLocalPortAt  = 12 // 16 bits
	walkedRemotePortAt = 14 // 16 bits
	walkedLocalAt      = 16 // of IPv4, 4 bytes
	walkedRemoteAt     = 20 //
	walkedLocal6At     = 24 // of IPv6, 16 bytes
	walkedRemote6At    = 40 //
	walkedSize         = 56

	// Marks in the place of a family:
	walkedUnstable = 0 // the table changed while it was looked at
	// what one iteration ends with: in place of the namespace is the group of buckets that is next,
	// of the device the number of buckets less one, of the port whether the table is one namespace's own
	walkedTable = 0xFFFF
)

// connection is a connection of a network namespace, as the kernel names it in a request for one
// socket: struct inet_diag_sockid without the cookie.
type connection struct {
	family byte // AF_INET or AF_INET6
	id     [connectionIDSize]byte
}

// connectionIDSize is the length of the two ports, the addresses, and the interface.
const connectionIDSize = 2 + 2 + 16 + 16 + 4

// connections are those of a machine, but for the caller's own network namespace.
type connections struct {
	of    map[uint32][]connection // by the inode of the namespace
	count int
	next  int // group of buckets to be looked at
	mask  int // number of buckets less one, 0 if not known yet
}

// bucketGroup is how many buckets are looked at together.
const bucketGroup = 8

// whole reports whether all buckets were looked at.
func (c *connections) whole() bool { return c.mask > 0 && c.next*bucketGroup > c.mask }

var errUnstable = errors.New("table of connections changed while it was looked at")

// add reads the records that one read gave: the kernel hands out whole ones.
func (c *connections) add(b []byte) error {
	if len(b)%walkedSize != 0 {
		return fmt.Errorf("%d bytes are not a number of records of %d", len(b), walkedSize)
	}
	for ; len(b) > 0; b = b[walkedSize:] {
		switch family := binary.NativeEndian.Uint16(b[walkedFamilyAt:]); family {
		case linuxAFInet, linuxAFInet6:
			zone := binary.NativeEndian.Uint32(b[walkedZoneAt:])
			if c.of == nil {
				c.of = map[uint32][]connection{}
			}
			c.of[zone] = append(c.of[zone], newConnection(b))
			c.count++
		case walkedTable:
			if binary.NativeEndian.Uint16(b[walkedLocalPortAt:]) != 0 {
				return errors.New("the table of connections is that of one network namespace")
			}
			c.next = int(binary.NativeEndian.Uint32(b[walkedZoneAt:]))
			c.mask = int(binary.NativeEndian.Uint32(b[walkedDeviceAt:]))
		case walkedUnstable:
			return errUnstable
		default:
			return fmt.Errorf("connection of unknown family %d", family)
		}
	}
	return nil
}

// newConnection returns the connection of a record.
func newConnection(b []byte) (c connection) {
	c.family = b[walkedFamilyAt]
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		c.family = b[walkedFamilyAt+1]
	}
	binary.BigEndian.PutUint16(c.id[0:], binary.NativeEndian.Uint16(b[walkedLocalPortAt:]))
	copy(c.id[2:4], b[walkedRemotePortAt:])
	if c.family == linuxAFInet {
		copy(c.id[4:8], b[walkedLocalAt:])
		copy(c.id[20:24], b[walkedRemoteAt:])
	} else {
		copy(c.id[4:20], b[walkedLocal6At:])
		copy(c.id[20:36], b[walkedRemote6At:])
	}
	copy(c.id[36:], b[walkedDeviceAt:][:4])
	return c
}

// localPort and remotePort return the ports of the two ends.
func (c *connection) localPort() uint16  { return binary.BigEndian.Uint16(c.id[0:]) }
func (c *connection) remotePort() uint16 { return binary.BigEndian.Uint16(c.id[2:]) }
