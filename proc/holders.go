package proc

import (
	"cmp"
	"iter"
	"maps"
	"math/bits"
	"slices"
	"time"
	"unsafe"
)

// Holder is a process that holds a socket.
type Holder struct {
	PID int32
	FD  int32 // the lowest of its descriptors for that socket, or NoFD
}

// NoFD is the FD of a process that holds a socket without a descriptor, such as one that is
// registered with io_uring.
const NoFD = -1

// SocketHolders says which processes hold which sockets. It does not change once it
// is made, so several goroutines may read it. The zero value and nil hold nothing.
type SocketHolders struct {
	// A hash table of the sockets. Almost every one has one holder, which is in its place:
	// one allocation, and one look at memory for each question. A map of slices made 61,300.
	table  []heldSocket
	shift  uint       // 64 minus the logarithm of the table's length
	shared [][]Holder // by FD of a place whose PID is isShared
	pids   []int32

	endpoints endpoints // their numbers are in place of inodes; nil where inodes identify sockets

	// Hidden counts the processes whose descriptors the caller may not see, and HiddenPIDs are
	// those of them that are known. Unlisted says that there may be others of which he does
	// not even know.
	Hidden     int
	HiddenPIDs []int32
	Unlisted   bool

	// Began is when the search began, as time since the boot in the clock and the precision
	// of [Process.SinceBoot]: a process that began later is not the one that was found,
	// though it has its PID. 0 if not known.
	Began time.Duration

	// Zones are those that descriptors lead to, one descriptor of each, if they were asked for.
	Zones []HeldZone
	// AllZones says that Zones has that of every socket, as far as the holder is found.
	AllZones bool

	// kernels are the inodes of sockets that are known to be the kernel's own.
	kernels map[uint64]struct{}

	// Way says how the holders were found, and why not in a faster way if there is
	// one: "bpf", "/proc/*/fd (bpf: operation not permitted)". It is for people.
	Way string
}

// heldSocket is a place of the table. A free one has PID 0, which is the kernel's own and
// has no descriptors.
type heldSocket struct {
	inode  uint64
	holder [1]Holder
}

// isShared is the PID in the place of a socket that has several descriptors.
const isShared = -1

// Held is one descriptor of one process that stands for a socket.
type Held struct {
	Inode uint64
	Holder
}

// HeldEndpoint is a Held where an inode alone does not identify a socket.
type HeldEndpoint struct {
	Endpoint
	Holder
}

// NewSocketHolders takes what was found, in any order, and keeps the lowest descriptor of
// each process and socket. Descriptors without a PID are left out. Hidden is the number of
// processes that could not be looked at.
func NewSocketHolders(found []Held, hidden int) *SocketHolders {
	logarithm := bits.Len(uint(2 * len(found))) // at most half full
	h := &SocketHolders{
		table:  make([]heldSocket, 1<<logarithm),
		shift:  uint(64 - logarithm),
		Hidden: hidden,
	}
	// Writing to a page of new memory first, not reading, spares a second page fault.
	const page = 4096 / int(unsafe.Sizeof(heldSocket{}))
	for i := 0; i < len(h.table); i += page {
		h.table[i].inode = 0
	}
	seen := map[int32]struct{}{}
	last := int32(0)
	for _, f := range found {
		if f.PID <= 0 {
			continue
		}
		h.add(f)
		if f.PID != last { // there are many of one process in a row
			last = f.PID
			seen[last] = struct{}{}
		}
	}
	h.pids = slices.Sorted(maps.Keys(seen))
	for i, holders := range h.shared {
		h.shared[i] = lowest(holders)
	}
	return h
}

// NewEndpointHolders is NewSocketHolders where inodes alone do not identify sockets.
func NewEndpointHolders(found []HeldEndpoint, hidden int) *SocketHolders {
	numbers := endpoints{}
	held := make([]Held, 0, len(found))
	for _, f := range found {
		if f.PID > 0 {
			held = append(held, Held{numbers.number(f.Endpoint), f.Holder})
		}
	}
	h := NewSocketHolders(held, hidden)
	h.endpoints = numbers
	return h
}

// SetKernels notes the inodes of sockets that are known to be the kernel's own. It is part of
// making h.
func (h *SocketHolders) SetKernels(inodes []uint64) {
	h.kernels = make(map[uint64]struct{}, len(inodes))
	for _, inode := range inodes {
		h.kernels[inode] = struct{}{}
	}
}

// IsKernels reports whether a socket is known to be the kernel's own, which no process can
// hold.
func (h *SocketHolders) IsKernels(inode uint64) bool {
	_, ok := h.kernels[inode]
	return ok
}

// add adds a descriptor.
func (h *SocketHolders) add(f Held) {
	s := h.place(f.Inode)
	switch s.holder[0].PID {
	case 0:
		*s = heldSocket{f.Inode, [1]Holder{f.Holder}}
	case isShared:
		n := s.holder[0].FD
		h.shared[n] = append(h.shared[n], f.Holder)
	default:
		h.shared = append(h.shared, []Holder{s.holder[0], f.Holder})
		s.holder[0] = Holder{isShared, int32(len(h.shared) - 1)}
	}
}

// lowest sorts the holders of a socket and keeps each once, with its lowest descriptor.
func lowest(holders []Holder) []Holder {
	slices.SortFunc(holders, func(a, b Holder) int {
		return cmp.Or(cmp.Compare(a.PID, b.PID), cmp.Compare(uint32(a.FD), uint32(b.FD))) // NoFD is the highest
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
func (h *SocketHolders) place(inode uint64) *heldSocket { return &h.table[h.index(inode)] }

// index returns the index of a socket's place in the table.
func (h *SocketHolders) index(inode uint64) uint64 {
	// Inodes are given in sequence; the odd number, 2^64 by the golden ratio, spreads them.
	i := inode * 0x9E3779B97F4A7C15 >> h.shift
	for h.table[i].holder[0].PID != 0 && h.table[i].inode != inode {
		i = (i + 1) & uint64(len(h.table)-1)
	}
	return i
}

// of returns the holders of a socket, nil for a free place.
func (h *SocketHolders) of(s *heldSocket) []Holder {
	switch s.holder[0].PID {
	case 0:
		return nil
	case isShared:
		return h.shared[s.holder[0].FD]
	}
	return s.holder[:]
}

// Of returns the holders of a socket in the order of their PIDs, nil if there are none.
// Where inodes identify sockets only that of e counts. Elsewhere it is all of e, and a
// descriptor of which type or family are not known holds every socket with its inode. The
// slice belongs to h.
func (h *SocketHolders) Of(e Endpoint) []Holder {
	if h == nil || len(h.table) == 0 {
		return nil
	}
	if h.endpoints != nil {
		return h.ofEndpoint(e)
	}
	return h.of(h.place(e.Inode))
}

// All yields every held socket with the holders that are known to hold just that one, in
// the order of inodes. Of an endpoint there is only the inode where that identifies sockets.
func (h *SocketHolders) All() iter.Seq2[Endpoint, []Holder] {
	return func(yield func(Endpoint, []Holder) bool) {
		for _, e := range h.held() {
			s := h.place(e.Inode)
			if h.endpoints != nil {
				s = h.place(h.endpoints[e])
			}
			if !yield(e, h.of(s)) {
				return
			}
		}
	}
}

// held returns the held sockets in the order of inodes.
func (h *SocketHolders) held() (list []Endpoint) {
	if h == nil {
		return nil
	}
	if h.endpoints != nil {
		list = slices.Collect(maps.Keys(h.endpoints))
	} else {
		for _, s := range h.table {
			if s.holder[0].PID != 0 {
				list = append(list, Endpoint{Inode: s.inode})
			}
		}
	}
	slices.SortFunc(list, compareEndpoints)
	return list
}

// Unseen is a set of held sockets, to begin with of all. It finds out which of them are in no
// table of the kernel.
type Unseen struct {
	holders *SocketHolders
	seen    []bool // by place
}

// Unseen returns the set of all held sockets, nil where inodes do not identify sockets.
func (h *SocketHolders) Unseen() *Unseen {
	if h == nil || h.endpoints != nil {
		return nil
	}
	return &Unseen{h, make([]bool, len(h.table))}
}

// See takes a socket out of the set.
func (u *Unseen) See(inode uint64) {
	if len(u.seen) == 0 {
		return
	}
	i := u.holders.index(inode)
	u.seen[i] = true
}

// Rest returns the sockets that are left, in the order of their inodes.
func (u *Unseen) Rest() (inodes []uint64) {
	for i, seen := range u.seen {
		if s := &u.holders.table[i]; !seen && s.holder[0].PID != 0 {
			inodes = append(inodes, s.inode)
		}
	}
	slices.Sort(inodes)
	return inodes
}

// Partial says for people why a socket may have holders that are not known, "" if none
// has.
func (h *SocketHolders) Partial() string {
	switch {
	case h == nil:
		return ""
	case h.Hidden > 0:
		return "permission denied"
	case h.Unlisted:
		return "not all processes are listed"
	}
	return ""
}

// PIDs returns the processes that hold at least one socket, in ascending order. It is
// never nil, by which [Processes] would understand all of them.
func (h *SocketHolders) PIDs() []int32 {
	if h == nil || h.pids == nil {
		return []int32{}
	}
	return h.pids
}
