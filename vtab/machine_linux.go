package vtab

import (
	"os"

	"sockstat/mib2"
	tables "sockstat/mib2/linux"
	"sockstat/proc/linux"
)

// On Linux sockets come from netlink or /proc/net, all else from /proc. Two environment
// variables insist on a way where there are several.
func init() {
	live = func() *Machine {
		p := linux.Live()
		p.Way = os.Getenv(linux.WayVariable)
		return &Machine{
			Sockets:    tables.Tables{Way: os.Getenv(tables.WayVariable)},
			Interfaces: interfaceNames, Cgroups: linux.CgroupPaths,
			Network:   tables.Network{},
			Services:  func() ([]mib2.Service, error) { return mib2.ReadServices("/etc/services") },
			Processes: p, Holders: p, Zones: p, Users: p, Groups: p,
			Host: linuxHost,
		}
	}
}
