package vtab

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"sockstat/mib2"
	"sockstat/proc"
	"sockstat/vtab/table"
)

// zone is a row of zones.
type zone struct {
	proc.Zone
	cookie  uint64
	sockets int // -1 if not known
	status  string
}

// Parts of a zone that its columns need.
const (
	partInspect table.Parts = 1 << iota // to enter it
	partCount                           // to read how many sockets it has
)

const zonesName = "zones"

// zones declares the table of illumos zones, on Linux of network namespaces.
func (m *Machine) zones() *table.Spec[zone] {
	return &table.Spec[zone]{
		Name: zonesName, Doc: "Zones, on Linux network namespaces", Rows: 20, Columns: zoneColumns, Open: m.openZones,
	}
}

var zoneColumns = []table.Column[zone]{
	{Name: "id", Type: table.Integer, Doc: "Zone id, on Linux the inode of the network namespace; NULL if it is not to be seen",
		Get: func(z *zone) table.Value {
			if !z.Seen() {
				return table.Null()
			}
			return table.Uint(z.ID)
		}},
	{Name: "cookie", Type: table.Integer, Part: partInspect, Doc: "Number that the kernel gives to no other zone; NULL if not known",
		Get: func(z *zone) table.Value { return nonZero64(z.cookie) }},
	{Name: "name", Type: table.Text, Doc: "Name: global, that of a file, a container's, or netns:ID; pid:PID if its id is not to be seen",
		Get: func(z *zone) table.Value { return table.String(z.Name) }},
	{Name: "kind", Type: table.Text, Doc: "global, named, container or anonymous; on illumos the brand",
		Get: func(z *zone) table.Value { return table.NonEmpty(z.Kind) }},
	{Name: "path", Type: table.Text, Doc: "File or directory that stands for it; NULL if none is known",
		Get: func(z *zone) table.Value { return table.NonEmpty(z.Path) }},
	{Name: "container", Type: table.Text, Doc: "Short id or name of the container that its processes run in; NULL if none, or several",
		Get: func(z *zone) table.Value { return table.NonEmpty(z.Container.Name) }},
	{Name: "pod", Type: table.Text, Doc: "Pod that its processes run in",
		Get: func(z *zone) table.Value { return table.NonEmpty(z.Container.Pod) }},
	{Name: "runtime", Type: table.Text, Doc: "What runs the container",
		Get: func(z *zone) table.Value { return table.NonEmpty(z.Container.Runtime) }},
	{Name: "unit", Type: table.Text, Doc: "Unit of systemd that its processes belong to",
		Get: func(z *zone) table.Value { return table.NonEmpty(z.Unit) }},
	{Name: "processes", Type: table.Integer, Kept: table.Kept{Measure: true}, Doc: "Number of its processes that are visible",
		Get: func(z *zone) table.Value { return table.Int(z.Processes) }},
	{Name: "sockets", Type: table.Integer, Part: partCount, Kept: table.Kept{Measure: true}, Doc: "Number of its sockets of all protocols, without those in TIME_WAIT; NULL if not known",
		Get: func(z *zone) table.Value {
			if z.sockets < 0 {
				return table.Null()
			}
			return table.Int(z.sockets)
		}},
	{Name: "status", Type: table.Text, Part: partInspect, Doc: "ok, or why its sockets cannot be read",
		Get: func(z *zone) table.Value { return table.NonEmpty(z.status) }},
}

// openZones lists all zones, whichever are read.
func (m *Machine) openZones(ctx context.Context, q *table.Query) (table.Reader[zone], error) {
	if m.Zones == nil {
		return &table.List[zone]{}, nil
	}
	r := m.zoneReading(ctx, q)
	defer r.end()
	listed, hidden, err := r.listed()
	if err != nil {
		return nil, err
	}
	held, err := r.held()
	if err != nil {
		return nil, err
	}
	rows := make([]zone, 0, len(listed)+len(held))
	for _, z := range slices.Concat(listed, held) {
		row := zone{Zone: z, sockets: -1}
		r.inspect(ctx, q.Parts(), &row)
		rows = append(rows, row)
	}
	return &table.List[zone]{Rows: rows}, noteHiddenZones(q, hidden)
}

// inspect looks at what is in a zone.
func (r *zoneReading) inspect(ctx context.Context, parts table.Parts, z *zone) {
	tables := r.machine.Sockets
	if !z.Own && r.elsewhere != nil {
		tables = r.elsewhere.Tables(z.Zone)
	}
	if s, ok := r.machine.Zones.(proc.ZoneSearcher); ok && parts&partInspect != 0 {
		z.cookie, _ = s.Inspect(z.Zone)
	}
	counter, ok := tables.(mib2.SocketCounter)
	if !ok || parts == 0 {
		return
	}
	n, err := counter.Count(ctx)
	if z.status = "ok"; err != nil {
		z.status = reason(err)
		return
	}
	z.sockets = n
}

// reason returns why something could not be done, without what.
func reason(err error) string {
	for next := err; next != nil; next = errors.Unwrap(err) {
		err = next
	}
	return err.Error()
}

// ZoneName returns the name of the zone that a name or id stands for. Only the caller's own
// zone can be looked into, but where processes of other zones hold sockets in it, those are
// found by the name of theirs.
func (m *Machine) ZoneName(ctx context.Context, nameOrID string) (string, error) {
	own, err := m.ownZone()
	if err != nil {
		return "", err
	}
	zones, err := m.Zones.Zones(ctx) // maybe without processes
	if hidden := new(proc.HiddenError); err != nil && !errors.As(err, &hidden) && !isUnseen(err) {
		return "", err
	}
	for _, z := range zones {
		switch {
		case z.Name != nameOrID && strconv.FormatUint(z.ID, 10) != nameOrID:
		case z.ID != own.ID && !m.ZoneOfProcess:
			return "", fmt.Errorf("zone %q: only the caller's own zone, %q, can be listed", z.Name, own.Name)
		default:
			return z.Name, nil
		}
	}
	if id, notID := strconv.ParseUint(nameOrID, 10, 64); notID == nil && m.ZoneOfProcess && m.hasZone(ctx, id) {
		return m.Zones.ZoneName(id), nil
	}
	if err != nil {
		return "", fmt.Errorf("unknown zone %q; %w", nameOrID, err)
	}
	return "", fmt.Errorf("unknown zone %q", nameOrID)
}

// hasZone reports whether a process is in a zone, which need not have a name.
func (m *Machine) hasZone(ctx context.Context, id uint64) bool {
	if m.Processes == nil {
		return false
	}
	r, err := m.Processes.Processes(ctx, nil, proc.PartZone)
	if err != nil {
		return false
	}
	defer r.Close()
	for {
		batch, err := r.Read(nil)
		for _, p := range batch {
			if p.Has&proc.PartZone != 0 && p.Zone == id {
				return true
			}
		}
		if err != nil {
			return false
		}
	}
}
