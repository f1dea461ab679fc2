package vtab

import (
	"os"

	"sockstat/mib2"
	tables "sockstat/mib2/linux"
	"sockstat/proc"
	"sockstat/proc/linux"
)

// On Linux sockets come from netlink or /proc/net, all else from /proc. Environment
// variables insist on a way where there are several.
func init() {
	live = func() *Machine {
		p := linux.Live()
		p.Way = os.Getenv(linux.WayVariable)
		return &Machine{
			Sockets:    tables.Tables{Way: os.Getenv(tables.WayVariable)},
			Events:     tables.Events{Way: os.Getenv(tables.EventsVariable)},
			Interfaces: interfaceNames, Cgroups: linux.CgroupPaths,
			Network:   tables.Network{},
			Services:  func() ([]mib2.Service, error) { return mib2.ReadServices("/etc/services") },
			Processes: p, Holders: p, Zones: p, Users: p, Groups: p,
			Host:       linuxHost,
			OtherZones: "-Z reads all zones, -z some, .zone in the shell",
			Elsewhere:  func() Elsewhere { return newNamespaces(p, os.Getenv(tables.WayVariable)) },
		}
	}
}

// namespaces opens tables in other network namespaces than the caller's.
type namespaces struct {
	processes linux.Proc
	way       string
	visitor   *tables.Visitor
	connected *tables.Connections
}

func newNamespaces(p linux.Proc, way string) *namespaces {
	return &namespaces{p, way, tables.NewVisitor(tables.Calls{}), tables.NewConnections()}
}

// namespace returns what it takes to read one.
func (n *namespaces) namespace(z proc.Zone) *tables.Namespace {
	return &tables.Namespace{
		Visitor: n.visitor, NothingBound: z.NothingBound, Inode: z.ID, Connections: n.connected,
		Enter: func() (int, error) { return n.processes.OpenZone(z) },
		Files: func() (string, func() error) { return n.processes.ZoneFiles(z) },
	}
}

// Tables implements [Elsewhere].
func (n *namespaces) Tables(z proc.Zone) mib2.Tables {
	return tables.Tables{Way: n.way, In: n.namespace(z)}
}

// Interfaces implements [Elsewhere].
func (n *namespaces) Interfaces(z proc.Zone) (names map[uint32]string) {
	err := n.visitor.In(n.namespace(z), func() error {
		names = interfaceNames()
		return nil
	})
	if err != nil {
		return nil
	}
	return names
}

// Network implements [Elsewhere].
func (n *namespaces) Network(z proc.Zone) mib2.Network { return tables.Network{In: n.namespace(z)} }

// Close ends the visits.
func (n *namespaces) Close() error { return n.visitor.Close() }
