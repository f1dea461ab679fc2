package vtab

import (
	"context"
	"slices"

	"sockstat/mib2"
	"sockstat/proc"
	"sockstat/vtab/table"
)

// creators declares the table of sockets with the processes that created them.
func (m *Machine) creators() *table.Spec[socket] {
	return &table.Spec[socket]{
		Name:    creatorsName,
		Doc:     "Open sockets with the processes that created them, one row each; Unix sockets with their holders",
		Rows:    10000,
		Columns: keptSocket(socketsColumns()),
		Open: func(ctx context.Context, q *table.Query) (table.Reader[socket], error) {
			return m.openSockets(ctx, q, m.findCreators)
		},
	}
}

// findCreators looks for the processes that created sockets, and for the holders only of Unix
// sockets, whose creators are not known.
func (m *Machine) findCreators(ctx context.Context, q *table.Query, s search) (*holders, error) {
	if slices.Contains(protocols(q, mib2.Protocols), mib2.Unix) {
		h, err := m.findHolders(ctx, q, s)
		if err == nil {
			h.onlyUnix = true
		}
		return h, err
	}
	created, err := s.creators()
	if err != nil {
		return nil, err
	}
	pids := append([]int32{}, created...) // nil would be all processes
	if only := singles(q, "pid"); only != nil {
		pids = slices.DeleteFunc(pids, func(pid int32) bool { return !slices.Contains(only, pid) })
	}
	h := &holders{}
	return h, m.describeCreators(ctx, h, q, pids)
}

// describeCreators reads some processes, and the clock that tells whether they are old enough
// to have created a socket.
func (m *Machine) describeCreators(ctx context.Context, h *holders, q *table.Query, pids []int32) error {
	if pids == nil {
		pids = []int32{} // nil would be all
	}
	var parts proc.Parts
	if c, ok := m.Sockets.(mib2.Clocker); ok {
		if clock, err := c.Clock(); err == nil { // without one nothing proves that a PID was reused
			h.clock, parts = &clock, proc.PartSinceBoot
		}
	}
	if m.ZoneOfProcess && q.Uses("zone") {
		parts |= proc.PartZone
	}
	return m.describe(ctx, h, q, pids, parts)
}

// creator returns the process that created a socket, 0 if it is not known.
func (s *socket) creator() int32 {
	if s.Origin == nil {
		return 0
	}
	return s.Origin.PID
}
