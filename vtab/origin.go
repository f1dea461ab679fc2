package vtab

import "sockstat/vtab/table"

// Origin returns where the rows of a machine come from: its name, the id of its boot, and the
// caller's zone. What is not known is NULL.
func (m *Machine) Origin() (host, bootID, zone table.Value) {
	if m.Host != nil {
		facts := m.Host()
		host, bootID = table.NonEmpty(facts["host"]), table.NonEmpty(facts["boot_id"])
	}
	if own, err := m.ownZone(); err == nil {
		zone = table.NonEmpty(own.Name)
	}
	return host, bootID, zone
}
