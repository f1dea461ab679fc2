package vtab

import (
	"context"
	"slices"
	"time"

	"sockstat/mib2"
	"sockstat/proc"
	"sockstat/vtab/engine"
)

// Creators is the table of sockets with the processes that created them. It is there where
// the kernel tells them, on illumos and in its saved replies.
var Creators = &engine.Spec[socket]{
	Name:    "creators",
	Doc:     "Open sockets with the processes that created them, one row each; Unix sockets with their holders",
	Rows:    10000,
	Columns: slices.Concat(identityColumns, holderColumns, kernelColumns),
	Open: func(ctx context.Context, q *engine.Query) (engine.Reader[socket], error) {
		return openSockets(ctx, q, findCreators)
	},
}

// findCreators looks for processes, and for the holders only of Unix sockets, whose
// creators are not known.
func findCreators(ctx context.Context, q *engine.Query) (*holders, error) {
	if wantsUnix(q) {
		h, err := findHolders(ctx, q)
		if err == nil {
			h.onlyUnix = true
		}
		return h, err
	}
	h := &holders{processes: map[int32]*holder{}}
	return h, h.describeAll(ctx, q, singles(q, "pid"))
}

// describeAll reads all processes, as any can be a creator, and the clock that tells
// whether they are old enough. Those of a saved reply are not known.
func (h *holders) describeAll(ctx context.Context, q *engine.Query, pids []int32) error {
	if mib2.Replaying() {
		return nil
	}
	if clock, ok := mib2.ReadClock(ctx); ok {
		h.clock = &clock
	}
	parts := proc.PartStat
	if q.Uses("zone") {
		parts |= proc.PartZone
	}
	return h.read(ctx, q, pids, parts)
}

// byCreator makes the creator of a socket its holder if it is still there, and returns the
// status. On illumos a connection whose last descriptor was closed has none.
func (h *holders) byCreator(s *socket) ownerStatus {
	pid := s.Origin.PID
	if pid == 0 {
		switch s.State {
		case mib2.TimeWait:
			return ownerTimeWait
		case mib2.FinWait1, mib2.FinWait2, mib2.CloseWait, mib2.Closing, mib2.LastAck:
			return ownerOrphan
		}
		return ownerUnknown
	}
	if mib2.Replaying() {
		s.holder = &holder{pid: pid}
		return ownerCreator
	}
	p := h.processes[pid]
	if p == nil || h.reused(p, s.Origin.Created) {
		return ownerGone
	}
	s.holder = p
	return ownerCreator
}

// reused reports whether a process began after a socket was created, so that it is not the
// creator but has its PID. The time of the boot is known to the second.
func (h *holders) reused(p *holder, created uint64) bool {
	return h.clock != nil && created > 0 && !p.start.IsZero() &&
		p.start.After(h.clock.Time(created).Add(2*time.Second))
}

// of returns the holders of a socket. On illumos inodes of sockets and devices, types and
// families overlap; a socket of IPv6 may be listed as one of IPv4.
func (h *holders) of(s *socket) []proc.Holder {
	if !mib2.HasOrigin() {
		return h.sockets.Of(s.Inode)
	}
	if s.unix != nil {
		e := proc.Endpoint{Inode: s.Inode, Type: proc.TypeStream, Family: proc.FamilyUnix}
		if s.unix.Type == mib2.Datagram {
			e.Type = proc.TypeDatagram
		}
		return h.sockets.OfEndpoint(e)
	}
	if h.onlyUnix || s.Origin == nil || s.Origin.File == nil {
		return nil
	}
	f := s.Origin.File
	if f.Device {
		return h.sockets.OfEndpoint(proc.Endpoint{Inode: s.Inode, Device: true, Major: f.Major})
	}
	e := proc.Endpoint{Inode: s.Inode, Type: proc.TypeStream, Family: proc.FamilyInet}
	if s.Proto == mib2.UDP {
		e.Type = proc.TypeDatagram
	}
	if s.Family == mib2.Inet6 {
		e.Family = proc.FamilyInet6
	} else if f.Inet6 {
		if found := h.sockets.OfEndpoint(e); found != nil {
			return found
		}
		e.Family = proc.FamilyInet6
	}
	return h.sockets.OfEndpoint(e)
}

// creator returns the process that created a socket, 0 if it is not known.
func (s *socket) creator() int32 {
	if s.Origin == nil {
		return 0
	}
	return s.Origin.PID
}

// zone returns the zone of a socket: that of its process where that is known, else the
// caller's own, whose sockets the kernel shows.
func (s *socket) zone() engine.Value {
	if s.holder != nil && !s.holder.zone.IsNull() {
		return s.holder.zone
	}
	return engine.NonEmpty(s.where.zone)
}

// listening reports whether the queues count connections.
func (s *socket) listening() bool {
	return s.Listening() || s.unix != nil && s.State == mib2.Listen
}

// queueless reports whether the queues are not known.
func (s *socket) queueless() bool {
	return s.Origin != nil && !s.Origin.Queues || s.unix != nil && !s.unix.HasQueues
}
