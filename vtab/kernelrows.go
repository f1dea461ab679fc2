package vtab

import (
	"context"
	"slices"
	"sync"

	"sockstat/mib2"
	"sockstat/proc"
	"sockstat/vtab/table"
)

// batch is sockets that were read together.
type batch struct {
	sockets []mib2.Socket
	where   *place
}

// kernelRows gives the sockets of the kernel in batches, io.EOF at the end.
type kernelRows interface {
	next() (batch, error)
	Close() error
}

// openRows opens a reader of the sockets that a query wants in the zones that are read, of those
// protocols among some that can have one. The reading is what the zones have in common, to be
// ended by the caller; it is nil if there is only his own.
func (m *Machine) openRows(ctx context.Context, q *table.Query, some []mib2.Protocol, f mib2.Filter) (kernelRows, *zoneReading, error) {
	m.noteLeftOut(ctx, q)
	if m.Selection.Own() {
		where, err := m.newPlace(q)
		if err != nil {
			return nil, nil, err
		}
		return m.newKernelReader(ctx, q, where, m.Sockets, some, f), nil, nil
	}
	reading := m.zoneReading(ctx, q)
	rows := &zonesReader{ctx: ctx, query: q, zones: reading.chosen(q)}
	rows.open = func(z proc.Zone) *kernelReader {
		if !wants(q, "zone", z.Name) {
			return nil
		}
		where, tables := &place{zone: z.Name}, m.Sockets
		where.interfaces = sync.OnceValue(func() map[uint32]string { return m.interfaces(q) })
		if !z.Own {
			where.interfaces = sync.OnceValue(func() map[uint32]string { return reading.elsewhere.Interfaces(z) })
			tables = reading.elsewhere.Tables(z)
		}
		return m.newKernelReader(ctx, q, where, tables, some, f)
	}
	return rows, reading, nil
}

// newKernelReader returns a reader of sockets in one place.
func (m *Machine) newKernelReader(ctx context.Context, q *table.Query, where *place, tables mib2.Tables, some []mib2.Protocol, f mib2.Filter) *kernelReader {
	r := &kernelReader{ctx: ctx, filter: f, where: where, query: q}
	if tables == nil {
		return r
	}
	// Where sockets belong to the zone of their process, those of any zone may be among them.
	if where.zone == "" || m.ZoneOfProcess || wants(q, "zone", where.zone) {
		r.protocols = protocols(q, some)
	}
	r.tables = socketTables(q, m, where.zone, tables)
	r.protocols = slices.DeleteFunc(r.protocols, func(p mib2.Protocol) bool { return !p.Common() && !r.filter.Wants(p) })
	r.basic = slices.ContainsFunc(r.protocols, basic)
	if q.Uses("mptcp") && slices.Contains(r.protocols, mib2.TCP) {
		where.mptcp = readSubflows(ctx, tables)
	}
	r.several = len(r.protocols) > 1
	return r
}

// kernelSockets reads the sockets that a query wants for the table of a protocol.
type kernelSockets struct {
	kernelRows
	zones *zoneReading // nil if only the caller's own is read
	ends  bool         // the texts of both ends are wanted
}

// openKernel opens a reader for the table of some protocols.
func (m *Machine) openKernel(ctx context.Context, q *table.Query, some []mib2.Protocol) (*kernelSockets, error) {
	rows, zones, err := m.openRows(ctx, q, some, filter(q))
	if err != nil {
		return nil, err
	}
	return &kernelSockets{rows, zones, q.Parts()&partEnds != 0}, nil
}

func (r *kernelSockets) Read(dst []socket) ([]socket, error) {
	b, err := r.next()
	if err != nil {
		return dst, err
	}
	have := len(dst)
	dst = slices.Grow(dst, len(b.sockets))
	for i := range b.sockets {
		dst = append(dst, socket{Socket: &b.sockets[i], where: b.where})
	}
	if r.ends {
		setEnds(dst[have:])
	}
	return dst, nil
}

// Close ends the reading.
func (r *kernelSockets) Close() error {
	err := r.kernelRows.Close()
	r.zones.end()
	return err
}
