package illumos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"syscall"

	"sockstat/proc"
)

// Zones lists the running zones in the order of their ids. In a zone other than the global
// one there is just that.
func (p Proc) Zones(ctx context.Context) ([]proc.Zone, error) {
	ids, err := zoneList()
	if err != nil {
		return nil, fmt.Errorf("zone_list: %w", err)
	}
	slices.Sort(ids)
	var zones []proc.Zone
	for _, id := range ids {
		z, err := newZone(id)
		switch {
		case err == nil:
			zones = append(zones, z)
		case !errors.Is(err, syscall.EINVAL): // else it was halted meanwhile
			return nil, err
		}
	}
	return zones, p.count(ctx, zones)
}

// count counts the processes of zones.
func (p Proc) count(ctx context.Context, zones []proc.Zone) error {
	r, err := p.Processes(ctx, nil, 0)
	if err != nil {
		return err
	}
	var batch []proc.Process
	for {
		if batch, err = r.Read(batch[:0]); err == io.EOF {
			if hidden := r.(*processReader).missing.Hidden; len(hidden) > 0 {
				return &proc.HiddenError{Processes: len(hidden)}
			}
			return nil
		} else if err != nil {
			return err
		}
		for _, of := range batch {
			if i := slices.IndexFunc(zones, func(z proc.Zone) bool { return z.ID == of.Zone }); i >= 0 {
				zones[i].Processes++
			}
		}
	}
}

// OwnZone returns the zone of the caller.
func (p Proc) OwnZone() (proc.Zone, error) { return newZone(getzoneid()) }

// newZone describes a zone.
func newZone(id int32) (proc.Zone, error) {
	name, err := zoneName(id)
	if err != nil {
		return proc.Zone{}, fmt.Errorf("getzonenamebyid %d: %w", id, err)
	}
	return proc.Zone{ID: uint64(uint32(id)), Name: name, Kind: zoneAttribute(id, zoneBrand), Path: zoneAttribute(id, zoneRoot)}, nil
}
