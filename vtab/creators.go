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
		Columns: socketsColumns,
		Open: func(ctx context.Context, q *table.Query) (table.Reader[socket], error) {
			return m.openSockets(ctx, q, m.findCreators)
		},
	}
}

// findCreators looks for processes, and for the holders only of Unix sockets, whose
// creators are not known.
func (m *Machine) findCreators(ctx context.Context, q *table.Query) (*holders, error) {
	if slices.Contains(protocols(q, mib2.Protocols), mib2.Unix) {
		h, err := m.findHolders(ctx, q)
		if err == nil {
			h.onlyUnix = true
		}
		return h, err
	}
	h := &holders{}
	return h, m.describeAll(ctx, h, q, singles(q, "pid"))
}

// describeAll reads all processes, as any can be a creator, and the clock that tells
// whether they are old enough.
func (m *Machine) describeAll(ctx context.Context, h *holders, q *table.Query, pids []int32) error {
	if c, ok := m.Sockets.(mib2.Clocker); ok {
		if clock, err := c.Clock(ctx); err == nil { // without one nothing proves that a PID was reused
			h.clock = &clock
		}
	}
	parts := proc.PartStat
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
