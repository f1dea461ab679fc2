package vtab

import (
	"context"
	"fmt"
	"strconv"

	"sockstat/mib2"
	"sockstat/proc"
	"sockstat/vtab/engine"
)

// Zones is the table of illumos zones, on Linux of network namespaces.
var Zones = &engine.Spec[proc.Zone]{
	Name: "zones",
	Doc:  "Zones, on Linux network namespaces",
	Rows: 20,
	Columns: []engine.Column[proc.Zone]{
		{Name: "id", Type: engine.Integer, Doc: "Zone id, on Linux the inode of the network namespace",
			Get: func(z *proc.Zone) engine.Value { return engine.Uint(z.ID) }},
		{Name: "name", Type: engine.Text, Doc: "Name: global, one under /run/netns, a container's, or netns:ID",
			Get: func(z *proc.Zone) engine.Value { return engine.String(z.Name) }},
		{Name: "kind", Type: engine.Text, Doc: "global, named, container or anonymous; on illumos the brand",
			Get: func(z *proc.Zone) engine.Value { return engine.NonEmpty(z.Kind) }},
		{Name: "path", Type: engine.Text, Doc: "File or directory that stands for it; NULL if none is known",
			Get: func(z *proc.Zone) engine.Value { return engine.NonEmpty(z.Path) }},
		{Name: "processes", Type: engine.Integer, Doc: "Number of its processes that are visible",
			Get: func(z *proc.Zone) engine.Value { return engine.Int(z.Processes) }},
	},
	Open: func(ctx context.Context, _ *engine.Query) (engine.Reader[proc.Zone], error) {
		zones, err := proc.Zones(ctx)
		return &list[proc.Zone]{zones}, err
	},
}

// ZoneName returns the name of the zone that a name or id stands for. So far only the
// caller's own zone can be looked into.
func ZoneName(ctx context.Context, nameOrID string) (string, error) {
	own, err := proc.OwnZone()
	if err != nil {
		return "", err
	}
	zones, err := proc.Zones(ctx)
	if err != nil {
		return "", err
	}
	for _, z := range zones {
		switch {
		case z.Name != nameOrID && strconv.FormatUint(z.ID, 10) != nameOrID:
		case z.ID != own.ID && !mib2.HasOrigin(): // there, processes of other zones may hold sockets of this
			return "", fmt.Errorf("zone %q: only the caller's own zone, %q, can be listed", z.Name, own.Name)
		default:
			return z.Name, nil
		}
	}
	return "", fmt.Errorf("unknown zone %q", nameOrID)
}
