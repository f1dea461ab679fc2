package linux

import (
	"strings"

	"sockstat/proc"
)

// cgroups is what /proc/<pid>/cgroup tells.
type cgroups struct {
	path      string // "" if there is none that counts
	container proc.Container
}

// parseCgroup reads /proc/<pid>/cgroup, cgroups(7). The path is that of the hierarchy which
// systemd manages: the only one ("0::/path") on today's machines, "name=systemd" where the old
// hierarchies are mounted as well. Where there is neither, as with another init or in a
// container of such a machine, it is the first one that names a container. Containers may be in
// some hierarchies and not in that of systemd, so that all of them are looked at.
func parseCgroup(b []byte) cgroups {
	var unified, named string
	var paths []string
	for line := range strings.Lines(string(b)) {
		_, line, _ = strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		controllers, path, ok := strings.Cut(line, ":")
		switch {
		case !ok || path == "" || path[0] != '/':
			continue
		case controllers == "":
			unified = path
		case controllers == "name=systemd":
			named = path
		}
		paths = append(paths, path)
	}
	managed := unified
	if len(named) > 1 || unified == "" {
		managed = named
	}
	c := cgroups{path: managed, container: proc.ContainerOf(append([]string{named, unified}, paths...)...)}
	if c.path == "" && c.container != (proc.Container{}) {
		for _, path := range paths {
			if proc.ContainerOf(path) == c.container {
				c.path = path
				break
			}
		}
	}
	return c
}
