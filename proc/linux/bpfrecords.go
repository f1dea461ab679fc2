package linux

import (
	"encoding/binary"
	"fmt"

	"sockstat/proc"
)

// A record of the BPF program socketFiles, in the byte order of the machine.
const (
	heldInodeAt    = 0  // 64 bits; 0 if it is not of a socket
	heldTGIDAt     = 8  // 32 bits
	heldFDAt       = 12 // 32 bits
	heldRecordSize = 16

	// The longer record has 64 bits about a socket: the inode of its network namespace, in 32;
	// skc_num, which is the local port, in 16; skc_state, sk_type and skc_family.
	heldZoneAt    = 16
	heldPortBit   = 32
	heldStateBit  = 48 // 4 bits
	heldTypeBit   = 52 // 4 bits
	heldFamilyBit = 56 // 8 bits
	heldZoneSize  = 24

	heldOwnTable = 1 << 31 // in the descriptor: it is one that a thread has for itself
	heldRing     = 1 << 63 // in the inode: it is of io_uring, and in its place is the thread's number
	heldZone     = 1 << 62 // in the inode: it is of a file that stands for a namespace
)

// heldRecords collects what the records say.
type heldRecords struct {
	found  []proc.Held
	seen   map[int32]struct{} // processes of which there was any record
	chosen map[int32]struct{} // the only ones to look for, unless nil
	closer bool               // tables of threads count too
	rings  []ringFD
	zones  *heldZones // nil if they are not asked for; else records are longer

	last   int32 // process of the record before: there are many of one in a row
	wanted bool  // whether that is to be looked for
}

// ringFD is a descriptor of io_uring, of a process and one of its threads.
type ringFD struct{ pid, thread, fd int32 }

// newHeldRecords collects records of the given processes, of all if pids is nil.
// Expected is about how many there will be.
func newHeldRecords(pids []int32, expected int) *heldRecords {
	r := &heldRecords{seen: map[int32]struct{}{}, last: -1}
	if pids == nil {
		const most = 1 << 20 // 16 MiB to begin with, of which the kernel gives what is written to
		r.found = make([]proc.Held, 0, min(expected, most))
		return r
	}
	r.chosen = make(map[int32]struct{}, len(pids))
	for _, pid := range pids {
		r.chosen[pid] = struct{}{}
	}
	return r
}

// add reads the records that one read gave: the kernel hands out whole ones.
func (r *heldRecords) add(b []byte) error {
	size := heldRecordSize
	if r.zones != nil {
		size = heldZoneSize
	}
	if len(b)%size != 0 {
		return fmt.Errorf("%d bytes are not a number of records of %d", len(b), size)
	}
	for ; len(b) > 0; b = b[size:] {
		pid := int32(word(b, heldTGIDAt))
		if pid != r.last {
			r.start(pid)
		}
		inode, fd := binary.NativeEndian.Uint64(b[heldInodeAt:]), word(b, heldFDAt)
		if inode == 0 || !r.wanted {
			continue
		}
		if r.zones != nil && r.addZone(inode, pid, fd, b) {
			continue
		}
		r.addFile(inode, pid, fd)
	}
	return nil
}

// addZone notes the namespace that a descriptor leads to, and reports whether it is that of a
// file, which is no socket.
func (r *heldRecords) addZone(inode uint64, pid int32, fd uint32, record []byte) bool {
	isFile := inode&heldRing == 0 && inode&heldZone != 0
	id, about := inode&^heldZone, uint64(0)
	if !isFile {
		about = binary.NativeEndian.Uint64(record[heldZoneAt:])
		id = about & 0xFFFFFFFF
	}
	if id != 0 && fd&heldOwnTable == 0 {
		z := r.zones.add(id, proc.Holder{PID: pid, FD: int32(fd)}, isFile)
		z.Bound = z.Bound || isOnlyBound(about)
	}
	return isFile
}

// isOnlyBound reports whether a socket is one of TCP that is bound but neither listens nor is
// connected.
func isOnlyBound(about uint64) bool {
	const (
		closed         = 7 // TCP_CLOSE of include/net/tcp_states.h
		stream         = 1 // SOCK_STREAM
		inet, inet6    = 2, 10
		fourBits, byte = 0xF, 0xFF
	)
	family := about >> heldFamilyBit & byte
	return about>>heldStateBit&fourBits == closed && about>>heldTypeBit&fourBits == stream &&
		(family == inet || family == inet6) && uint16(about>>heldPortBit) != 0
}

// heldZones are the network namespaces that descriptors lead to.
type heldZones struct {
	list  []proc.HeldZone
	known map[uint64]int // places in list
	last  int            // there are many of one in a row
}

// add adds one, unless it is there, and returns it.
func (z *heldZones) add(id uint64, by proc.Holder, isFile bool) *proc.HeldZone {
	if z.last < len(z.list) && z.list[z.last].ID == id {
		return &z.list[z.last]
	}
	if z.known == nil {
		z.known = map[uint64]int{}
	}
	at, ok := z.known[id]
	if !ok {
		at = len(z.list)
		z.known[id] = at
		z.list = append(z.list, proc.HeldZone{ID: id, Holder: by, File: isFile})
	}
	z.last = at
	return &z.list[at]
}

// addFile adds a file of a process.
func (r *heldRecords) addFile(inode uint64, pid int32, fd uint32) {
	switch {
	case inode&heldRing != 0:
		r.rings = append(r.rings, ringFD{pid, int32(inode &^ heldRing), int32(fd &^ heldOwnTable)})
	case fd&heldOwnTable == 0 || r.closer:
		r.found = append(r.found, proc.Held{Inode: inode, Holder: proc.Holder{PID: pid, FD: int32(fd &^ heldOwnTable)}})
	}
}

// start notes of which process the next records are.
func (r *heldRecords) start(pid int32) {
	r.last, r.wanted = pid, true
	r.seen[pid] = struct{}{}
	if r.chosen != nil {
		_, r.wanted = r.chosen[pid]
	}
}

func word(b []byte, at int) uint32 { return binary.NativeEndian.Uint32(b[at:]) }
