package linux

import (
	"context"
	"fmt"
	"strconv"

	"golang.org/x/sys/unix"

	"sockstat/proc"
)

// Describe looks at descriptors of sockets, see [proc.Describer]. The name of the protocol is
// an extended attribute of sockets, sockfs_xattr_get in net/socket.c; the owner is that of
// their file.
func (p Proc) Describe(ctx context.Context, held []proc.Held, zones []proc.Zone) ([]proc.Description, error) {
	d := &descriptorReader{Proc: p, calls: p.Calls.orKernel(), here: map[int32]uint64{}}
	if err := d.setZones(zones); err != nil {
		return nil, err
	}
	descriptions := make([]proc.Description, len(held))
	for i, h := range held {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var err error
		if descriptions[i], err = d.describe(h); err != nil {
			return nil, fmt.Errorf("look at descriptor %d of process %d: %w", h.FD, h.PID, err)
		}
	}
	return descriptions, nil
}

// descriptorReader looks at descriptors of sockets.
type descriptorReader struct {
	Proc
	calls *Calls
	zones map[uint64]bool   // those that are wanted
	ids   map[uint64]uint64 // of those that have processes, by what filesOf says
	all   bool              // some have none: any process may hold their sockets
	here  map[int32]uint64  // zones of processes that are wanted, 0 of others
	about unix.Stat_t
	name  [64]byte
}

// setZones notes which zones are wanted.
func (d *descriptorReader) setZones(zones []proc.Zone) error {
	d.zones, d.ids = map[uint64]bool{}, map[uint64]uint64{}
	own, err := d.calls.filesOf(d.Root, "self")
	if unlessUnseen(err) != nil {
		return fmt.Errorf("stat %s/self: %w", d.Root, err)
	}
	for i := range zones {
		z := &zones[i]
		d.zones[z.ID] = true
		switch {
		case z.Own && err == nil:
			d.ids[own] = z.ID
		case z.PID == 0:
			d.all = true
		default:
			if files, err := d.calls.filesOf(d.Root, strconv.Itoa(int(z.PID))); err == nil {
				d.ids[files] = z.ID
			}
		}
	}
	return nil
}

// zoneOf returns the zone of a process if it is wanted.
func (d *descriptorReader) zoneOf(pid int32) (uint64, error) {
	id, known := d.here[pid]
	if !known {
		files, err := d.calls.filesOf(d.Root, strconv.Itoa(int(pid)))
		if unlessUnseen(err) != nil {
			return 0, err
		}
		if err == nil {
			id = d.ids[files]
		}
		d.here[pid] = id
	}
	return id, nil
}

// describe looks at a descriptor.
func (d *descriptorReader) describe(h proc.Held) (of proc.Description, err error) {
	if of.Zone, err = d.zoneOf(h.PID); err != nil || of.Zone == 0 && !d.all {
		return proc.Description{}, err
	}
	if id, err := d.calls.socketZone(h.Holder, h.Inode); err == nil {
		of.Zone = id
	}
	if of.Here = d.zones[of.Zone]; !of.Here {
		return proc.Description{}, nil
	}
	path := d.Root + "/" + strconv.Itoa(int(h.PID)) + "/fd/" + strconv.Itoa(int(h.FD))
	n, err := d.calls.getxattr(path, "system.sockprotoname", d.name[:])
	switch {
	case isDenied(err):
		of.Unseen = true
		return of, nil
	case err == nil && n > 0:
		of.Protocol = string(d.name[:n-1]) // without the NUL at its end
	case isResource(err):
		return of, err
	}
	// After the name is read, so that it is that of this socket.
	if err := d.calls.stat(unix.AT_FDCWD, path, &d.about); err != nil || d.about.Ino != h.Inode {
		return proc.Description{Zone: of.Zone, Here: true, Unseen: isDenied(err)}, unlessUnseen(err)
	}
	of.Held, of.UID = true, d.about.Uid
	return of, nil
}
