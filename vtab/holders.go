package vtab

import (
	"context"
	"io"
	"slices"
	"strconv"

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
}

// findHolders looks for the holders that a query wants. Those who created sockets are wanted
// too, where the kernel tells.
func (m *Machine) findHolders(ctx context.Context, q *table.Query, creators func() ([]int32, error)) (*holders, error) {
	pids := singles(q, "pid")
	if m.Creators {
		pids = nil // a creator counts only if no process holds the socket
	}
	h := &holders{}
	if m.Holders != nil {
		var err error
		if h.sockets, err = m.Holders.Holders(ctx, pids); isUnseen(err) {
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
		pids, err := creators()
		if err != nil {
			return nil, err
		}
		return h, m.describeCreators(ctx, h, q, slices.Concat(pids, h.sockets.PIDs()))
	}
	if q.Uses("user", "command", "args") {
		return h, m.describe(ctx, h, q, h.sockets.PIDs(), 0)
	}
	h.processes = map[int32]*holder{}
	for _, pid := range h.sockets.PIDs() {
		h.processes[pid] = &holder{pid: pid}
	}
	return h, nil
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

func (m *Machine) describeSeen(ctx context.Context, h *holders, q *table.Query, pids []int32, parts proc.Parts) (err error) {
	h.processes = map[int32]*holder{}
	var users map[uint32]string
	var zones map[uint64]string
	if q.Uses("user") {
		parts |= proc.PartStatus
		if users, err = m.userNames(q); err != nil {
			return err
		}
	}
	if q.Uses("args") {
		parts |= proc.PartArgs
	}
	if parts&proc.PartZone != 0 {
		if zones, err = m.zoneNames(ctx, q); err != nil {
			return err
		}
	}
	r, err := m.Processes.Processes(ctx, pids, parts)
	if err != nil {
		return err
	}
	defer r.Close()
	var batch []proc.Process
	for {
		if batch, err = r.Read(batch[:0]); err == io.EOF {
			h.addHidden(r)
			noteMissing(q, r)
			return nil
		} else if err != nil {
			return err
		}
		for i := range batch {
			p := &batch[i]
			holder := &holder{pid: p.PID, user: userOf(p, users), command: table.Static(p.Name), args: staticOrNull(p.Args)}
			if p.Has&proc.PartSinceBoot != 0 {
				holder.sinceBoot = p.SinceBoot
			}
			if p.Has&parts&proc.PartZone != 0 {
				holder.zone = m.zoneOf(p, zones)
			}
			h.processes[p.PID] = holder
		}
	}
}

// addHidden adds the processes that may not be looked at: that they hold sockets, or created
// them, is known all the same.
func (h *holders) addHidden(r proc.ProcessReader) {
	if t, ok := r.(proc.MissingTeller); ok {
		for _, pid := range t.Missing().Hidden {
			h.processes[pid] = &holder{pid: pid}
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
	return table.String(m.Zones.ZoneName(p.Zone)) // it began after the zones were read
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
// out.
func (h *holders) append(dst []socket, s *socket) []socket {
	for _, by := range h.of(s) {
		if p := h.processes[by.PID]; p != nil {
			s.holder, s.fd, s.status = p, by.FD, ownerOK
			dst = append(dst, *s)
		}
	}
	return dst
}

// noteHidden says that processes are missing.
func (h *holders) noteHidden(q *table.Query) {
	q.Note(table.Notice{Text: "the holders of some sockets are hidden: " + h.sockets.Partial(), Hint: rootHint()})
}
