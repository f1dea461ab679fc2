package vtab

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"sockstat/proc"
	"sockstat/vtab/table"
)

// zones declares the table of illumos zones, on Linux of network namespaces.
func (m *Machine) zones() *table.Spec[proc.Zone] {
	return &table.Spec[proc.Zone]{
		Name: "zones", Doc: "Zones, on Linux network namespaces", Rows: 20, Columns: zoneColumns,
		Open: func(ctx context.Context, q *table.Query) (table.Reader[proc.Zone], error) {
			if m.Zones == nil {
				return &table.List[proc.Zone]{}, nil
			}
			zones, err := m.Zones.Zones(ctx)
			return &table.List[proc.Zone]{Rows: zones}, noteHiddenZones(q, err)
		},
	}
}

var zoneColumns = []table.Column[proc.Zone]{
	{Name: "id", Type: table.Integer, Doc: "Zone id, on Linux the inode of the network namespace",
		Get: func(z *proc.Zone) table.Value { return table.Uint(z.ID) }},
	{Name: "name", Type: table.Text, Doc: "Name: global, one under /run/netns, a container's, or netns:ID",
		Get: func(z *proc.Zone) table.Value { return table.String(z.Name) }},
	{Name: "kind", Type: table.Text, Doc: "global, named, container or anonymous; on illumos the brand",
		Get: func(z *proc.Zone) table.Value { return table.NonEmpty(z.Kind) }},
	{Name: "path", Type: table.Text, Doc: "File or directory that stands for it; NULL if none is known",
		Get: func(z *proc.Zone) table.Value { return table.NonEmpty(z.Path) }},
	{Name: "processes", Type: table.Integer, Doc: "Number of its processes that are visible",
		Get: func(z *proc.Zone) table.Value { return table.Int(z.Processes) }},
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
