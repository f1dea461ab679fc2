package proc

import (
	"cmp"
	"iter"
	"math/bits"
	"slices"
	"unsafe"
)

// Holder is a process that holds a socket.
type Holder struct {
	PID int32
	FD  int32 // the lowest of its descriptors for that socket
}

// SocketHolders says which processes hold which sockets. It does not change once it
// is made, so several goroutines may read it. The zero value and nil hold nothing.
type SocketHolders struct {
	// A hash table of the sockets, and holders of which each socket has some that stand
	// together: two allocations if no socket has two. A map of slices made 61,300.
	table   []heldSocket
	shift   uint // 64 minus the logarithm of the table's length
	holders []Holder

	endpoints endpoints // their numbers stand for inodes; nil where inodes identify sockets

	// Hidden counts the processes whose descriptors the caller may not see.
	Hidden int

	// Way says how the holders were found, and why not in a faster way if there is
	// one: "bpf", "/proc/*/fd (bpf: operation not permitted)". It is for people.
	Way string
}

// heldSocket says where the holders of a socket are; a free place has a count of 0.
type heldSocket struct {
	inode        uint64
	first, count uint32
}

// held is one descriptor of one process that stands for a socket.
type held struct {
	inode uint64
	Holder
}

// newSocketHolders takes what was found, in any order, and keeps the lowest
// descriptor of each process and socket.
func newSocketHolders(found []held, hidden int) *SocketHolders {
	logarithm := bits.Len(uint(2 * len(found))) // at most half full
	h := &SocketHolders{
		table:   make([]heldSocket, 1<<logarithm),
		shift:   uint(64 - logarithm),
		holders: make([]Holder, len(found)),
		Hidden:  hidden,
	}
	// Writing to a page of new memory first, not reading, spares a second page fault.
	const page = 4096 / int(unsafe.Sizeof(heldSocket{}))
	for i := 0; i < len(h.table); i += page {
		h.table[i].count = 0
	}
	// Almost every socket is found once. Its place in the table is far from that of the
	// one before and not in the cache, so it is visited once.
	var again []held
	for i, f := range found {
		h.holders[i] = f.Holder
		if s := h.place(f.inode); s.count == 0 {
			*s = heldSocket{inode: f.inode, first: uint32(i), count: 1}
		} else {
			again = append(again, f)
		}
	}
	if len(again) > 0 {
		h.addAgain(again)
	}
	return h
}

// addAgain adds to sockets that are there already: it gives each as much room behind
// all other holders as it needs.
func (h *SocketHolders) addAgain(found []held) {
	for _, f := range found {
		h.place(f.inode).count++
	}
	for i := range h.table {
		if s := &h.table[i]; s.count > 1 {
			room := make([]Holder, s.count)
			room[0] = h.holders[s.first]
			s.first, s.count = uint32(len(h.holders)), 1
			h.holders = append(h.holders, room...)
		}
	}
	for _, f := range found {
		s := h.place(f.inode)
		h.holders[s.first+s.count] = f.Holder
		s.count++
	}
	for i := range h.table {
		if s := &h.table[i]; s.count > 1 {
			s.count = uint32(len(lowest(h.of(s))))
		}
	}
}

// lowest sorts the holders of a socket and keeps each once, with its lowest descriptor.
func lowest(holders []Holder) []Holder {
	slices.SortFunc(holders, func(a, b Holder) int {
		return cmp.Or(cmp.Compare(a.PID, b.PID), cmp.Compare(a.FD, b.FD))
	})
	n := 0
	for i, holder := range holders {
		if i == 0 || holder.PID != holders[n-1].PID {
			holders[n] = holder
			n++
		}
	}
	return holders[:n]
}

// place returns the place of a socket in the table, or the free one where it belongs.
func (h *SocketHolders) place(inode uint64) *heldSocket {
	// Inodes are given in sequence; the odd number, 2^64 by the golden ratio, spreads them.
	i := inode * 0x9E3779B97F4A7C15 >> h.shift
	for h.table[i].count > 0 && h.table[i].inode != inode {
		i = (i + 1) & uint64(len(h.table)-1)
	}
	return &h.table[i]
}

func (h *SocketHolders) of(s *heldSocket) []Holder {
	end := s.first + s.count
	return h.holders[s.first:end:end]
}

// Of returns the holders of the socket with the given inode in the order of their
// PIDs, nil if there are none. The slice belongs to h.
func (h *SocketHolders) Of(inode uint64) []Holder {
	if h == nil || len(h.holders) == 0 {
		return nil
	}
	s := h.place(inode)
	if s.count == 0 {
		return nil
	}
	return h.of(s)
}

// All yields every held socket, by inode and in ascending order, with its holders.
func (h *SocketHolders) All() iter.Seq2[uint64, []Holder] {
	return func(yield func(uint64, []Holder) bool) {
		if h == nil {
			return
		}
		var sockets []heldSocket
		for _, s := range h.table {
			if s.count > 0 {
				sockets = append(sockets, s)
			}
		}
		slices.SortFunc(sockets, func(a, b heldSocket) int { return cmp.Compare(a.inode, b.inode) })
		for i := range sockets {
			if !yield(sockets[i].inode, h.of(&sockets[i])) {
				return
			}
		}
	}
}

// PIDs returns the processes that hold at least one socket, in ascending order.
func (h *SocketHolders) PIDs() []int32 {
	if h == nil {
		return nil
	}
	seen := make(map[int32]struct{})
	last := int32(-1)
	for _, holder := range h.holders { // what is there twice is of the same processes
		if holder.PID != last {
			last = holder.PID
			seen[last] = struct{}{}
		}
	}
	pids := make([]int32, 0, len(seen))
	for pid := range seen {
		pids = append(pids, pid)
	}
	slices.Sort(pids)
	return pids
}
