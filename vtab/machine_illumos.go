package vtab

import (
	"sockstat/mib2"
	tables "sockstat/mib2/illumos"
	"sockstat/proc/illumos"
)

// On illumos sockets come from /dev/arp and kstat, all else from /proc and from libc's calls
// for zones.
func init() {
	live = func() *Machine {
		p := illumos.Live()
		return &Machine{
			Sockets:    tables.Tables{},
			Interfaces: interfaceNames,
			Network:    tables.Network{},
			Services:   func() ([]mib2.Service, error) { return mib2.ReadServices("/etc/services") },
			Processes:  p, Holders: p, Zones: p, Users: p, Groups: p,
			Host:          thisHost,
			Creators:      true,
			ZoneOfProcess: true,
			OtherZones:    "run sockstat in the other zone, by zlogin(1)",
		}
	}
}
