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

	heldOwnTable = 1 << 31 // in the descriptor: it is one that a thread has for itself
	heldRing     = 1 << 63 // in the inode: it is of io_uring, and in its place is the thread's number
)

// heldRecords collects what the records say.
type heldRecords struct {
	found  []proc.Held
	seen   map[int32]struct{} // processes of which there was any record
	chosen map[int32]struct{} // the only ones to look for, unless nil
	closer bool               // tables of threads count too
	rings  []ringFD

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
		const most = 1 << 18 // 4 MiB to begin with
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
	if len(b)%heldRecordSize != 0 {
		return fmt.Errorf("%d bytes are not a number of records of %d", len(b), heldRecordSize)
	}
	for ; len(b) > 0; b = b[heldRecordSize:] {
		pid := int32(word(b, heldTGIDAt))
		if pid != r.last {
			r.start(pid)
		}
		if inode := binary.NativeEndian.Uint64(b[heldInodeAt:]); inode != 0 && r.wanted {
			r.addFile(inode, pid, word(b, heldFDAt))
		}
	}
	return nil
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
