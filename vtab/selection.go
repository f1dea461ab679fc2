package vtab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"sockstat/proc"
)

// Selection says of which zones the sockets are read. It is chosen beside SQL, once for all
// statements: the zero Selection is the caller's own zone.
type Selection struct {
	All  bool     // all zones that can be read
	Only []string // some: by name, id, a process in it, or the beginning of a container's id
}

// Own reports whether only the caller's own zone is read.
func (s Selection) Own() bool { return !s.All && len(s.Only) == 0 }

// String returns the selection as the shell takes it.
func (s Selection) String() string {
	switch {
	case s.All:
		return "all"
	case s.Own():
		return "own"
	}
	return strings.Join(s.Only, ",")
}

// UnknownZoneError says that there is no zone that is called so.
type UnknownZoneError struct {
	Name  string
	Zones []string // the names of those that there are
	Err   error    // why there may be others; nil if there are none
}

// mostNames is how many zones an error names.
const mostNames = 20

// Error names the zones that there are.
func (e *UnknownZoneError) Error() string {
	text := fmt.Sprintf("unknown zone %q", e.Name)
	if e.Err != nil {
		text += "; " + e.Err.Error()
	}
	switch n := len(e.Zones); {
	case n > mostNames:
		text += fmt.Sprintf(": there are %s and %d more", strings.Join(e.Zones[:mostNames], ", "), n-mostNames)
	case n > 0:
		text += ": there are " + strings.Join(e.Zones, ", ")
	}
	return text
}

// Unwrap returns why there may be others.
func (e *UnknownZoneError) Unwrap() error { return e.Err }

// errOnlyOwn says that a system shows no other zone.
var errOnlyOwn = errors.New("only the sockets of the caller's own zone can be read here")

// Select has the statements that begin from now on read the sockets of some zones. A zone that
// there is not is an [*UnknownZoneError].
func (m *Machine) Select(ctx context.Context, s Selection) error {
	if s.Own() {
		m.Selection = s
		return nil
	}
	if m.Elsewhere == nil {
		return errOnlyOwn
	}
	if !s.All {
		r := m.newZoneReading(ctx, s)
		defer r.Close()
		if _, unknown, err := r.zones(); err != nil {
			return err
		} else if unknown != nil {
			return unknown
		}
	}
	m.Selection = s
	return nil
}

// selectedZones returns the ids of the zones that a selection names, 0 for the caller's own, nil
// if it names none.
func (m *Machine) selectedZones(ctx context.Context) (map[uint64]bool, error) {
	if len(m.Selection.Only) == 0 {
		return nil, nil
	}
	own, err := m.ownZone()
	if err != nil {
		return nil, err
	}
	r := m.newZoneReading(ctx, m.Selection)
	defer r.Close()
	zones, unknown, err := r.zones()
	switch {
	case err != nil:
		return nil, err
	case unknown != nil:
		return nil, unknown
	}
	ids := map[uint64]bool{}
	for _, z := range zones {
		if z.ID == own.ID {
			ids[0] = true
		} else if z.Seen() {
			ids[z.ID] = true
		}
	}
	return ids, nil
}

// isCalled reports whether a zone is what a user called it, other than by a process in it.
func isCalled(z *proc.Zone, what string) bool {
	return z.Name == what || z.Seen() && strconv.FormatUint(z.ID, 10) == what
}

// find returns the zones that one item of a selection stands for: that with the name or id, that
// of a process, or that of a container.
func (r *zoneReading) find(all []proc.Zone, what string) []proc.Zone {
	if i := slices.IndexFunc(all, func(z proc.Zone) bool { return isCalled(&z, what) }); i >= 0 {
		return all[i : i+1]
	}
	if pid, err := strconv.ParseInt(what, 10, 32); err == nil && pid > 0 {
		if id, ok := r.machine.zoneOfProcess(r.ctx, int32(pid)); ok {
			return slices.DeleteFunc(slices.Clone(all), func(z proc.Zone) bool { return z.ID != id && z.Unseen != id })
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(z proc.Zone) bool { return !isContainer(z.Container.Name, what) })
}

// shortID is how many digits of a container's id are known.
const shortID = 12

// isContainer reports whether a container has a name, or an id that begins so.
func isContainer(container, what string) bool {
	const least = 3 // digits, so that a slip of the finger is not taken for one
	return container == what || len(container) == shortID && len(what) >= least &&
		(strings.HasPrefix(container, what) || strings.HasPrefix(what, container))
}

// zoneOfProcess returns the zone that a process is in.
func (m *Machine) zoneOfProcess(ctx context.Context, pid int32) (id uint64, ok bool) {
	if m.Processes == nil {
		return 0, false
	}
	r, err := m.Processes.Processes(ctx, []int32{pid}, proc.PartZone)
	if err != nil {
		return 0, false
	}
	defer r.Close()
	list, err := r.Read(nil)
	if err != nil && err != io.EOF || len(list) == 0 || list[0].Has&proc.PartZone == 0 {
		return 0, false
	}
	return list[0].Zone, true
}
