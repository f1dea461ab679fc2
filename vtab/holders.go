package vtab

import (
	"context"
	"io"
	"slices"
	"strconv"
	"time"

	"sockstat/mib2"
	"sockstat/proc"
	"sockstat/vtab/table"
)

// holders are the processes that hold sockets, as far as they can be seen.
type holders struct {
	sockets   *proc.SocketHolders // nil if not known
	processes map[int32]*holder   // nil if none can be known
	clock     *mib2.Clock         // nil if not known
	onlyUnix  bool                // holders of internet sockets are not wanted
	doubts    *doubts             // whether rows can be believed
	unsure    bool                // some process could not be looked at again
}

// findHolders looks for the holders that a query wants. Those who created sockets are wanted
// too, where the kernel tells.
func (m *Machine) findHolders(ctx context.Context, q *table.Query, s search) (*holders, error) {
	pids := singles(q, "pid")
	if m.Creators {
		pids = nil // a creator counts only if no process holds the socket
	}
	h := &holders{}
	if m.Holders != nil {
		var err error
		if h.sockets, err = m.heldBy(ctx, q, pids, s.zones); isUnseen(err) {
			noteUnseen(q, "the processes of sockets are", err)
			if h.sockets = nil; !m.Creators {
				return h, nil
			}
		} else if err != nil {
			return nil, err
		} else if h.sockets.Way != "" {
			q.Way("holders by " + h.sockets.Way)
		}
		h.doubts = m.newDoubts(ctx, q, h.sockets, pids)
	}
	if m.Creators {
		pids, err := s.creators()
		if err != nil {
			return nil, err
		}
		return h, m.describeCreators(ctx, h, q, slices.Concat(pids, h.sockets.PIDs()))
	}
	return h, m.describeHolders(ctx, h, q, h.sockets.PIDs())
}

// heldBy looks for what processes hold, all if pids is nil: a search that the zones need too is
// made once.
func (m *Machine) heldBy(ctx context.Context, q *table.Query, pids []int32, zones *zoneReading) (*proc.SocketHolders, error) {
	if zones == nil && m.zonesAreRead(q) {
		zones = m.zoneReading(ctx, q)
	}
	if pids == nil && zones != nil {
		return zones.holders()
	}
	return m.Holders.Holders(ctx, pids)
}

// zonesAreRead reports whether the table of zones is read in the same moment, which looks for
// zones in the descriptors of all processes.
func (m *Machine) zonesAreRead(q *table.Query) bool {
	if _, ok := m.Zones.(proc.ZoneSearcher); !ok || q.Moment() == nil {
		return false
	}
	return slices.ContainsFunc(q.Moment().Queries(), func(other *table.Query) bool { return other.Table() == zonesName })
}

// findCloser looks more closely for the holders of sockets of which a first search found none,
// or, where the system has no such search, once more for all.
func (m *Machine) findCloser(ctx context.Context, q *table.Query, first *holders, late []socket, s search) (*holders, error) {
	closer, ok := m.Holders.(proc.CloserHolders)
	if !ok {
		h, err := m.findHolders(ctx, q, s)
		if err == nil {
			h.onlyUnix = first.onlyUnix
		}
		return h, err
	}
	endpoints := make([]proc.Endpoint, 0, len(late))
	for i := range late {
		e, _ := late[i].endpoint()
		endpoints = append(endpoints, e)
	}
	h := &holders{doubts: first.doubts, onlyUnix: first.onlyUnix}
	// Which are the kernel's own is shown in one column, and spares a search of hidden processes.
	kernels := q.Uses("owner_status") || first.sockets.Partial() != ""
	var err error
	if h.sockets, err = closer.HoldersOf(ctx, endpoints, singles(q, "pid"), first.sockets, kernels); err != nil {
		return nil, err
	}
	q.Way("more closely by " + h.sockets.Way)
	pids := []int32{}
	for _, e := range endpoints {
		for _, holder := range h.sockets.Of(e) {
			pids = append(pids, holder.PID)
		}
	}
	return h, m.describeHolders(ctx, h, q, pids)
}

// describeHolders reads what is asked of processes that hold sockets.
func (m *Machine) describeHolders(ctx context.Context, h *holders, q *table.Query, pids []int32) error {
	if q.Uses("user", "command", "args") {
		return m.describe(ctx, h, q, pids, 0)
	}
	h.processes = map[int32]*holder{}
	for _, pid := range pids {
		h.processes[pid] = &holder{pid: pid}
	}
	return nil
}

// describe reads the processes with some PIDs, all if pids is nil. Where none can be seen, the
// PIDs are all that is known.
func (m *Machine) describe(ctx context.Context, h *holders, q *table.Query, pids []int32, parts proc.Parts) error {
	if m.Processes == nil {
		return nil
	}
	err := m.describeSeen(ctx, h, q, pids, parts)
	if isUnseen(err) {
		noteUnseen(q, "the names of processes are", err)
		h.processes, err = nil, nil
	}
	return err
}

// describeSeen looks again at processes that began after the search for holders.
func (m *Machine) describeSeen(ctx context.Context, h *holders, q *table.Query, pids []int32, parts proc.Parts) error {
	d := describer{machine: m, query: q, parts: parts, into: map[int32]*holder{}}
	if err := d.prepare(ctx); err != nil {
		return err
	}
	h.processes = d.into
	if h.sockets == nil || h.sockets.Began == 0 {
		return d.read(ctx, pids)
	}
	d.began, d.parts = h.sockets.Began, d.parts|proc.PartStat|proc.PartStatus
	if err := d.read(ctx, pids); err != nil || len(d.young) == 0 {
		return err
	}
	again := d.young
	for _, pid := range again {
		delete(d.into, pid)
	}
	d.parts |= proc.PartHeld
	err := d.read(ctx, again)
	for _, pid := range again {
		p := d.into[pid]
		h.unsure = h.unsure || p != nil && p.again == nil
	}
	return err
}

// describer reads what is shown of processes that hold sockets.
type describer struct {
	machine *Machine
	query   *table.Query
	parts   proc.Parts
	users   map[uint32]string
	zones   map[uint64]string
	began   time.Duration // when the search began; 0 if not known
	into    map[int32]*holder
	young   []int32 // those that began after the search, or it is not known when
}

// prepare reads the names of what processes know by number.
func (d *describer) prepare(ctx context.Context) (err error) {
	if d.query.Uses("user") {
		d.parts |= proc.PartStatus
		if d.users, err = d.machine.userNames(d.query); err != nil {
			return err
		}
	}
	if d.query.Uses("args") {
		d.parts |= proc.PartArgs
	}
	if d.parts&proc.PartZone != 0 {
		d.zones, err = d.machine.zoneNames(ctx, d.query)
	}
	return err
}

// read reads the processes with some PIDs, all if pids is nil.
func (d *describer) read(ctx context.Context, pids []int32) error {
	r, err := d.machine.Processes.Processes(ctx, pids, d.parts)
	if err != nil {
		return err
	}
	defer r.Close()
	var batch []proc.Process
	for {
		if batch, err = r.Read(batch[:0]); err == io.EOF {
			d.addHidden(r)
			noteMissing(d.query, r)
			return nil
		} else if err != nil {
			return err
		}
		for i := range batch {
			d.add(&batch[i])
		}
	}
}

// add adds a process.
func (d *describer) add(p *proc.Process) {
	h := &holder{pid: p.PID, user: userOf(p, d.users), command: table.Static(p.Name), args: staticOrNull(p.Args)}
	if p.Has&proc.PartSinceBoot != 0 {
		h.sinceBoot = p.SinceBoot
	}
	if p.Has&d.parts&proc.PartZone != 0 {
		h.zone = d.machine.zoneOf(p, d.zones)
	}
	if d.parts&proc.PartHeld != 0 {
		h.isYoung = true
		if p.Has&proc.PartHeld != 0 {
			h.again = p.Held
		}
	} else if d.began > 0 && (p.Has&proc.PartStat == 0 || p.SinceBoot >= d.began) {
		d.young = append(d.young, p.PID)
	}
	d.into[p.PID] = h
}

// addHidden adds the processes that may not be looked at: that they hold sockets, or created
// them, is known all the same.
func (d *describer) addHidden(r proc.ProcessReader) {
	if t, ok := r.(proc.MissingTeller); ok {
		for _, pid := range t.Missing().Hidden {
			d.into[pid] = &holder{pid: pid}
		}
	}
}

// zoneOf returns the name of a process's zone.
func (m *Machine) zoneOf(p *proc.Process, zones map[uint64]string) table.Value {
	if name := zones[p.Zone]; name != "" {
		return table.Static(name)
	}
	if m.Zones == nil {
		return table.Null()
	}
	return table.NonEmpty(m.Zones.ZoneName(p.Zone)) // it began after the zones were read
}

// userOf returns the name of a process's user, or the user id.
func userOf(p *proc.Process, users map[uint32]string) table.Value {
	if p.Has&proc.PartStatus == 0 {
		return table.Null()
	}
	if name := users[p.UID]; name != "" {
		return table.Static(name)
	}
	return table.Static(strconv.FormatUint(uint64(p.UID), 10))
}

// append appends a row for every holder of a socket. Processes that ended since are left
// out, and those that have got their PID since and do not hold it.
func (h *holders) append(dst []socket, s *socket) []socket {
	for _, by := range h.of(s) {
		p := h.processes[by.PID]
		if p == nil {
			continue
		}
		if p.isYoung {
			e, _ := s.endpoint()
			now := p.again.Of(e)
			if len(now) == 0 {
				continue
			}
			by = now[0]
		}
		s.holder, s.fd, s.status = p, by.FD, ownerOK
		dst = append(dst, *s)
	}
	return dst
}
