package vtab

import (
	"context"
	"errors"
	"slices"
	"sync"

	"sockstat/mib2"
	"sockstat/proc"
	"sockstat/vtab/table"
)

// Machine is what a database is opened on: where the rows of its tables come from. What is
// left nil the machine lacks, and the tables that would show it are empty. No table asks
// which system it is on; what systems have and others have not is a field.
//
// [Live] is the machine that the program runs on, [SavedReply] what an illumos kernel once
// told, [Unsupported] one of which nothing can be read.
type Machine struct {
	// Sockets are the socket tables of the caller's zone.
	Sockets mib2.Tables
	// Interfaces returns the names of network interfaces by their indexes, nil if they cannot
	// be read.
	Interfaces func() map[uint32]string
	// Cgroups returns the paths of the control groups of Linux by their ids.
	Cgroups func() map[uint64]string

	// Network tells of the network of the caller's zone besides its sockets.
	Network mib2.Network
	// Services returns what ports are registered for.
	Services func() ([]mib2.Service, error)

	Processes proc.Processes
	Holders   proc.Holders
	Zones     proc.Zones
	Users     proc.Users
	Groups    proc.Groups

	// Events tells of connections as they come and go. Without it the table is an error.
	Events mib2.Events

	// Creators says that the kernel tells which process created a socket, so that any process
	// may be shown with one. There is a table of creators then.
	Creators bool
	// ZoneOfProcess says that sockets of the caller's zone may be held by processes of other
	// zones, and belong to the zone of that process.
	ZoneOfProcess bool
	// Elsewhere begins to read the socket tables of other zones, for one statement. It is nil
	// where only the caller's own can be read.
	Elsewhere func() Elsewhere
	// Selection says of which zones the sockets are read. [Machine.Select] sets it.
	Selection Selection
	// OtherZones says for people how to see the sockets of another zone that the kernel does
	// not show. It is empty where nothing is to be said of that.
	OtherZones string

	// Host returns what is known of the machine itself, by name: host, kernel, boot_id. It may
	// be nil.
	Host func() map[string]string
	// Instead returns the tables that take the place of those that are declared, such as what a
	// file has kept of them. nil leaves them as they are.
	Instead func([]table.Table) []table.Table
}

// Live returns the machine that the program runs on.
func Live() *Machine {
	if live == nil {
		return Unsupported()
	}
	return live()
}

// live puts together the machine that the program runs on. The file of a system that can be
// read sets it.
var live func() *Machine

// Unsupported returns a machine of which nothing can be read: every table is an error.
func Unsupported() *Machine {
	return &Machine{Sockets: mib2.Unsupported, Processes: proc.Unsupported, Holders: proc.Unsupported,
		Zones: proc.Unsupported, Users: proc.Unsupported, Groups: proc.Unsupported, Network: mib2.UnsupportedNetwork,
		Events:   mib2.UnsupportedEvents,
		Services: func() ([]mib2.Service, error) { return nil, mib2.ErrUnsupported }}
}

// Tables returns all tables of the machine, in the order in which they are best explained.
func (m *Machine) Tables() []table.Table {
	sockets := &table.Lazy{Name: socketsName, Declare: func() table.Table { return m.sockets() }}
	processes := &table.Lazy{Name: processesName, Declare: func() table.Table { return m.processes() }}
	tables := slices.Concat([]table.Table{sockets}, m.kernelTables(),
		[]table.Table{processes, m.zones(), m.users(), m.groups(), m.interfaceTable(), m.addresses(), m.routes(), m.netstats(),
			m.sysctls(), m.services(), &table.Lazy{Name: eventsName, Declare: func() table.Table { return m.events() }}})
	if m.Creators {
		tables = append(tables, m.creators())
	}
	if m.Instead != nil {
		tables = m.Instead(tables)
	}
	tables = append(tables, m.foreignTables(tables)...)
	return append(tables, catalog(tables)...)
}

// ownZone returns the caller's zone, the zero Zone where zones are not known.
func (m *Machine) ownZone() (proc.Zone, error) {
	if m.Zones == nil {
		return proc.Zone{}, nil
	}
	return m.Zones.OwnZone()
}

// ownZoneAt is ownZone, asked once for all tables of a moment: to find its name may take a look at
// all processes. The moment may be nil.
func (m *Machine) ownZoneAt(moment *table.Moment) (proc.Zone, error) {
	if moment == nil {
		return m.ownZone()
	}
	type key struct{ *Machine }
	once := moment.Shared(key{m}, func(context.Context) any { return sync.OnceValues(m.ownZone) })
	return once.(func() (proc.Zone, error))()
}

// userNames returns the names of users by their ids. Where they cannot be seen, the user is
// told that there are only ids.
func (m *Machine) userNames(q *table.Query) (map[uint32]string, error) {
	if m.Users == nil {
		return nil, nil
	}
	users, err := m.Users.Users()
	if isUnseen(err) {
		noteUnseen(q, "the names of users are", err)
		err = nil
	}
	return proc.UserNames(users), err
}

// zoneNames returns the names of zones by their ids.
func (m *Machine) zoneNames(ctx context.Context, q *table.Query) (map[uint64]string, error) {
	names := map[uint64]string{}
	if m.Zones == nil {
		return names, nil
	}
	zones, err := m.Zones.Zones(ctx)
	unseen := err
	for _, z := range zones {
		names[z.ID] = z.Name
		if z.Unseen != 0 {
			names[z.Unseen] = z.Name
		}
	}
	if hidden := new(proc.HiddenError); errors.As(err, &hidden) { // a process that shows its zone shows its name
		err = nil
	} else if isUnseen(err) {
		if err = nil; len(zones) == 0 { // else just their processes are not known
			noteUnseen(q, "the names of zones are", unseen)
		}
	}
	return names, err
}

// interfaces returns the names of network interfaces. A scope that has no name is shown as
// its number; where none can be read, the user is told.
func (m *Machine) interfaces(q *table.Query) map[uint32]string {
	if m.Interfaces == nil {
		return nil
	}
	names := m.Interfaces()
	if names == nil {
		q.Note(table.Notice{Text: "the names of network interfaces could not be read"})
	}
	return names
}
