package proc

import "strings"

// Unit returns the systemd unit that a control group belongs to: as
// sd_pid_get_unit(3) does, the first in the path that is no slice; but below the
// manager of a user, which would be the unit of everything that the user runs, the
// user's own unit. It is empty if there is none.
func Unit(cgroup string) string {
	path := strings.TrimSuffix(cgroup, " (deleted)")
	unit, rest := firstUnit(path)
	if strings.HasPrefix(unit, "user@") {
		if inner, _ := firstUnit(rest); inner != "" && inner != "init.scope" {
			return inner
		}
	}
	return unit
}

// firstUnit returns the first component of path that is no slice, if it is a unit,
// and what follows it.
func firstUnit(path string) (unit, rest string) {
	for path != "" {
		var name string
		name, path, _ = strings.Cut(path, "/")
		name = strings.TrimPrefix(name, "_") // keeps names apart from the kernel's files
		switch {
		case name == "" || name == ".." || isUnit(name, ".slice"):
		case isUnit(name, ".service", ".scope", ".socket", ".mount", ".swap"):
			return name, path
		default:
			return "", ""
		}
	}
	return "", ""
}

func isUnit(name string, suffixes ...string) bool {
	for _, suffix := range suffixes {
		if len(name) > len(suffix) && strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return false
}
