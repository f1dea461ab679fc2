package vtab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"sockstat/mib2"
	"sockstat/proc"
	"sockstat/vtab/table"
)

// Elsewhere opens the socket tables of other zones than the caller's, for one statement. Its end
// closes it.
type Elsewhere interface {
	// Tables returns the socket tables of a zone. To open those of one that is not there any
	// more is fs.ErrNotExist, of one that may not be read fs.ErrPermission.
	Tables(zone proc.Zone) mib2.Tables
	// Interfaces returns the names of its network interfaces by their indexes, nil if they
	// cannot be read.
	Interfaces(zone proc.Zone) map[uint32]string
	// Network returns its network, nil if it cannot be read. Errors are as those of Tables.
	Network(zone proc.Zone) mib2.Network
	io.Closer
}

// zoneReading is what the tables of a statement have in common where they show the sockets of
// other zones than the caller's own.
type zoneReading struct {
	machine   *Machine
	ctx       context.Context
	elsewhere Elsewhere
	alone     bool // one query has it to itself
	// listed returns the zones that have a process or a file, and why there may be others.
	listed func() (zones []proc.Zone, hidden, err error)
	// held returns those that only descriptors of processes keep.
	held func() ([]proc.Zone, error)
	// zones returns the zones to read, the caller's own first, and the first item of the
	// selection that stands for none.
	zones func() ([]proc.Zone, *UnknownZoneError, error)
	// holders finds the holders of all sockets, and the zones that descriptors lead to.
	holders func() (*proc.SocketHolders, error)
}

// zoneReading returns what the query has in common with those of its moment. Its end is to be
// called.
func (m *Machine) zoneReading(ctx context.Context, q *table.Query) *zoneReading {
	selection := m.Selection
	if moment := q.Moment(); moment != nil {
		type key struct{ *Machine }
		return moment.Shared(key{m}, func(ctx context.Context) any { return m.newZoneReading(ctx, selection) }).(*zoneReading)
	}
	r := m.newZoneReading(ctx, selection)
	r.alone = true
	return r
}

// end ends the reading unless others take part in it, whose moment does. It may be nil.
func (r *zoneReading) end() {
	if r != nil && r.alone {
		r.Close()
	}
}

func (m *Machine) newZoneReading(ctx context.Context, s Selection) *zoneReading {
	r := &zoneReading{machine: m, ctx: ctx}
	if m.Elsewhere != nil {
		r.elsewhere = m.Elsewhere()
	}
	r.holders = sync.OnceValues(func() (*proc.SocketHolders, error) {
		if z, ok := m.Holders.(proc.ZonedHolders); ok {
			return z.HoldersAndZones(ctx)
		}
		return m.Holders.Holders(ctx, nil)
	})
	r.listed = onceThree(r.list)
	r.held = sync.OnceValues(r.searchHeld)
	r.zones = onceThree(func() ([]proc.Zone, *UnknownZoneError, error) { return r.choose(s) })
	return r
}

// onceThree is sync.OnceValues for three values.
func onceThree[A, B, C any](f func() (A, B, C)) func() (A, B, C) {
	var (
		a A
		b B
		c C
	)
	once := sync.OnceFunc(func() { a, b, c = f() })
	return func() (A, B, C) {
		once()
		return a, b, c
	}
}

// chosen returns what returns the zones to read for a query. If an item of the selection stands
// for none any more, the user is told, and with -v which zones were not looked for.
func (r *zoneReading) chosen(q *table.Query) func() ([]proc.Zone, error) {
	return func() ([]proc.Zone, error) {
		zones, unknown, err := r.zones()
		if unknown != nil {
			q.Note(table.Notice{Text: fmt.Sprintf("zone %q is gone", unknown.Name)})
		}
		if err == nil && r.machine.Selection.All {
			r.noteUnsearched(q)
		}
		return zones, err
	}
}

// noteUnsearched tells that the search for holders, where there is one, could not find all zones.
func (r *zoneReading) noteUnsearched(q *table.Query) {
	if _, ok := r.machine.Holders.(proc.ZonedHolders); !ok {
		return
	}
	if found, err := r.holders(); err == nil && !found.AllZones {
		q.Note(table.Notice{Text: "zones: those that only a socket keeps are not looked for, which takes BPF", Detail: true})
	}
}

// Close ends the reading.
func (r *zoneReading) Close() error {
	if r.elsewhere == nil {
		return nil
	}
	return r.elsewhere.Close()
}

// choose returns the zones that a selection stands for. Where those that have a process or a
// file are not enough, descriptors are looked at.
func (r *zoneReading) choose(s Selection) (chosen []proc.Zone, unknown *UnknownZoneError, err error) {
	listed, hidden, err := r.listed()
	if err != nil {
		return nil, nil, err
	}
	all := ownFirst(listed)
	if !s.All {
		if chosen, unknown = r.named(all, s.Only); unknown == nil {
			return chosen, nil, nil
		}
	}
	held, err := r.held()
	if err != nil {
		return nil, nil, err
	}
	if all = append(all, held...); s.All {
		return r.withBound(all), nil, nil
	}
	if chosen, unknown = r.named(all, s.Only); unknown != nil {
		unknown.Err = hidden
	}
	return chosen, unknown, nil
}

// withBound notes in which zones no TCP sockets are only bound. To look for those takes a walk
// over all ports of the machine, in each zone.
func (r *zoneReading) withBound(zones []proc.Zone) []proc.Zone {
	if r.machine.Holders == nil {
		return zones
	}
	found, err := r.holders()
	if err != nil || !found.AllZones {
		return zones
	}
	bound := map[uint64]bool{}
	for _, h := range found.Zones {
		bound[h.ID] = h.Bound
	}
	for i := range zones {
		zones[i].NothingBound = !bound[zones[i].ID]
	}
	return zones
}

// ownFirst returns a copy of zones that begins with the caller's own, of which reading can begin
// at once.
func ownFirst(zones []proc.Zone) []proc.Zone {
	zones = slices.Clone(zones)
	if own := slices.IndexFunc(zones, func(z proc.Zone) bool { return z.Own }); own > 0 {
		z := zones[own]
		copy(zones[1:], zones[:own])
		zones[0] = z
	}
	return zones
}

// list asks the machine for the zones that have a process or a file.
func (r *zoneReading) list() (all []proc.Zone, hidden, err error) {
	if r.machine.Zones == nil {
		return nil, nil, nil
	}
	all, err = r.machine.Zones.Zones(r.ctx)
	if partial := new(proc.HiddenError); errors.As(err, &partial) {
		hidden, err = err, nil
	}
	return all, hidden, err
}

// searchHeld looks at the descriptors of all processes.
func (r *zoneReading) searchHeld() ([]proc.Zone, error) {
	searcher, ok := r.machine.Zones.(proc.ZoneSearcher)
	if !ok || r.machine.Holders == nil {
		return nil, nil
	}
	listed, _, err := r.listed()
	if err != nil {
		return nil, err
	}
	found, err := r.holders()
	if isUnseen(err) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	return searcher.HeldZones(r.ctx, listed, found)
}

// named returns the zones that some items stand for, in the order of all.
func (r *zoneReading) named(all []proc.Zone, items []string) (chosen []proc.Zone, unknown *UnknownZoneError) {
	wanted := map[uint64]bool{}
	for _, item := range items {
		found := r.find(all, item)
		if len(found) == 0 && unknown == nil {
			unknown = &UnknownZoneError{Name: item}
			for _, z := range all {
				unknown.Zones = append(unknown.Zones, z.Name)
			}
		}
		for _, z := range found {
			wanted[z.ID] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(z proc.Zone) bool { return !wanted[z.ID] }), unknown
}
