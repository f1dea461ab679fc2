package linux

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"

	"golang.org/x/sys/unix"

	"sockstat/proc"
)

// Zones lists the network namespaces that have a name or a process whose namespace
// the caller may see. The first of the machine comes first, the others follow by
// inode. Those that only an open file or a socket keeps are what [Proc.HeldZones] finds.
func (p Proc) Zones(ctx context.Context) ([]proc.Zone, error) {
	r := p.zoneReader()
	own, err := r.own()
	if err == errNoNamespaces {
		return r.onlyZone()
	}
	if unlessGone(err) != nil { // gone: proc is that of another PID namespace
		return nil, r.ownError(err)
	}
	zones, err := r.list(ctx, own)
	if err == nil && r.hidden > 0 {
		err = &proc.HiddenError{Processes: r.hidden}
	}
	return zones, err
}

// OwnZone returns the caller's zone as Zones lists it. Where the kernel has no network
// namespaces there is but one: 0, "global". Where the caller cannot see which it is in, as
// without a proc, that is an error.
func (p Proc) OwnZone() (proc.Zone, error) {
	r := p.zoneReader()
	own, err := r.own()
	if err == errNoNamespaces {
		return globalZone, nil
	}
	if err != nil {
		return proc.Zone{}, r.ownError(err)
	}
	first, err := r.firstNamespace(own)
	if err != nil {
		return proc.Zone{}, err
	}
	if own == first {
		return proc.Zone{ID: own, Name: "global", Kind: "global", Path: p.Root + "/" + ownNamespace, Own: true}, nil
	}
	zones, err := r.list(context.Background(), own)
	if err != nil {
		return proc.Zone{}, err
	}
	i := slices.IndexFunc(zones, func(z proc.Zone) bool { return z.ID == own })
	zone := zones[i] // list adds the own one if nothing else does
	zone.Processes = 0
	return zone, nil
}

// ownError adds to an error what could not be read.
func (r *zoneReader) ownError(err error) error {
	return &os.PathError{Op: "readlink", Path: r.Root + "/" + ownNamespace, Err: err}
}

// zoneReader is what the calls for zones have in common.
type zoneReader struct {
	Proc
	calls *Calls
	path  cpath  // scratch
	buf   []byte // scratch

	hidden int               // processes whose namespace may not be seen in any way
	known  map[uint64]uint64 // ids by what filesOf says, if the namespace of any is hidden
}

func (p Proc) zoneReader() *zoneReader {
	return &zoneReader{Proc: p, calls: p.Calls.orKernel(), buf: make([]byte, 64)}
}

// globalZone is the one zone there is without namespaces.
var globalZone = proc.Zone{Name: "global", Kind: "global", Own: true}

// onlyZone returns that, with all processes in it.
func (r *zoneReader) onlyZone() ([]proc.Zone, error) {
	dir, pids, err := r.Proc.list(r.calls, nil, &r.path, make([]byte, 4096))
	if err != nil {
		return nil, err
	}
	zone := globalZone
	zone.Processes = len(pids)
	return []proc.Zone{zone}, dir.Close()
}

// netZone is a Zone that gets its name later.
type netZone struct {
	proc.Zone
	members [mostMembers]int32 // the lowest of its processes
}

// mostMembers is how many processes of a zone are asked for their container.
const mostMembers = 8

// list lists the network namespaces; own is that of the caller, 0 if it cannot tell, as in
// the proc of another PID namespace.
func (r *zoneReader) list(ctx context.Context, own uint64) ([]proc.Zone, error) {
	r.buf = make([]byte, 4096) // for directories and files; a link needs little
	found, hidden, err := r.processZones(ctx)
	if err != nil {
		return nil, err
	}
	named, err := r.namedNamespaces()
	if err != nil {
		return nil, err
	}
	if err := r.hiddenZones(ctx, &found, hidden, named); err != nil {
		return nil, err
	}
	zones := found.list
	first := uint64(0)
	if own != 0 || len(zones) > 0 || len(named) > 0 {
		if first, err = r.firstNamespace(own); err != nil {
			return nil, err
		}
	}
	if own != 0 {
		zones = withZone(zones, own)
	}
	for _, n := range named {
		zones = withZone(zones, n.inode)
	}
	if err := r.nameZones(zones, first, named); err != nil {
		return nil, err
	}

	list := make([]proc.Zone, len(zones))
	for i, zone := range zones {
		list[i] = zone.Zone
		list[i].Own = zone.ID == own
	}
	slices.SortFunc(list, func(a, b proc.Zone) int {
		switch {
		case a.ID == b.ID:
			return 0
		case a.ID == first:
			return -1
		case b.ID == first:
			return 1
		}
		return cmp.Compare(a.ID, b.ID)
	})
	return list, nil
}

// withZone adds a zone of which no process was seen, unless it is there.
func withZone(zones []netZone, id uint64) []netZone {
	if slices.ContainsFunc(zones, func(z netZone) bool { return z.ID == id }) {
		return zones
	}
	return append(zones, netZone{Zone: proc.Zone{ID: id}})
}

// processZones finds the namespaces of all processes and counts them. They come in
// the order of their lowest PIDs. Hidden are the processes whose namespace the caller may not see.
func (r *zoneReader) processZones(ctx context.Context) (zones zonesByID, hidden []int32, err error) {
	dir, pids, err := r.Proc.list(r.calls, nil, &r.path, r.buf)
	if err != nil {
		return zones, nil, err
	}
	defer dir.Close()
	zones.index = map[uint64]int{}
	for _, pid := range pids {
		if err := ctx.Err(); err != nil {
			return zones, nil, err
		}
		inode, from, err := r.processNamespace(int(dir.Fd()), pid)
		switch {
		case isDenied(err):
			hidden = append(hidden, pid)
		case unlessNone(err) != nil:
			return zones, nil, fmt.Errorf("read network namespace of process %d: %w", pid, err)
		case err == nil && inode != 0:
			zones.add(inode, pid, from)
		}
	}
	return zones, hidden, nil
}

// zonesByID are zones with the numbers of their processes.
type zonesByID struct {
	list  []netZone
	index map[uint64]int // by id
}

// add counts a process; from is the thread of it that told the zone.
func (z *zonesByID) add(id uint64, pid, from int32) {
	i, known := z.index[id]
	if !known {
		i = len(z.list)
		z.index[id] = i
		z.list = append(z.list, netZone{Zone: proc.Zone{ID: id, PID: from}})
	}
	of := &z.list[i]
	if of.Processes < mostMembers {
		of.members[of.Processes] = pid
	}
	of.Processes++
}

// processNamespace returns the namespace of a process, 0 if it has none, and the thread that
// has told it.
func (r *zoneReader) processNamespace(dir int, pid int32) (inode uint64, from int32, err error) {
	inode, err = r.calls.netNamespace(dir, r.path.set(pid, "/ns/net"), r.buf)
	if err != unix.ENOENT {
		return inode, pid, err
	}
	// A zombie, unless its first thread left all to others.
	threads, err := r.calls.otherThreads(dir, r.path.set(pid, "/task"), pid)
	if err != nil {
		return 0, 0, err
	}
	for _, thread := range threads {
		inode, err = r.calls.netNamespace(dir, r.path.set(thread, "/ns/net"), r.buf)
		if !isGone(err) {
			return inode, thread, err
		}
	}
	return 0, 0, nil
}
