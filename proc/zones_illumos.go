package proc

import (
	"context"
	"fmt"
	"io"
	"slices"
)

// zones lists the running zones in the order of their ids. In a zone other than the global
// one there is just that.
func (dir illumos) zones(ctx context.Context) ([]Zone, error) {
	ids, err := zoneList()
	if err != nil {
		return nil, fmt.Errorf("zone_list: %w", err)
	}
	slices.Sort(ids)
	var zones []Zone
	for _, id := range ids {
		if z, err := newZone(id); err == nil { // else it was halted meanwhile
			zones = append(zones, z)
		}
	}
	return zones, dir.count(ctx, zones)
}

// count counts the processes of zones.
func (dir illumos) count(ctx context.Context, zones []Zone) error {
	r, err := dir.processes(ctx, nil, 0)
	if err != nil {
		return err
	}
	var batch []Process
	for {
		if batch, err = r.Read(batch[:0]); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		for _, p := range batch {
			if i := slices.IndexFunc(zones, func(z Zone) bool { return z.ID == p.Zone }); i >= 0 {
				zones[i].Processes++
			}
		}
	}
}

func ownZone() (Zone, error) { return newZone(getzoneid()) }

// newZone describes a zone.
func newZone(id int32) (Zone, error) {
	name, err := zoneName(id)
	if err != nil {
		return Zone{}, fmt.Errorf("getzonenamebyid %d: %w", id, err)
	}
	return Zone{ID: uint64(uint32(id)), Name: name, Kind: zoneAttribute(id, zoneBrand), Path: zoneAttribute(id, zoneRoot)}, nil
}
