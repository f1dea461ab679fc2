package linux

import "bytes"

// parseCgroup returns the path of a process in /proc/<pid>/cgroup, cgroups(7): that of
// the hierarchy which systemd manages. It is the only one ("0::/path") on today's
// machines. Where the old hierarchies are mounted as well, it is "name=systemd". It is not ok
// if there is neither.
func parseCgroup(b []byte) (cgroup []byte, ok bool) {
	var unified, named []byte
	for len(b) > 0 {
		line, rest, _ := bytes.Cut(b, []byte{'\n'})
		b = rest
		_, line, _ = bytes.Cut(line, []byte{':'})
		controllers, path, ok := bytes.Cut(line, []byte{':'})
		switch {
		case !ok || len(path) == 0 || path[0] != '/':
		case len(controllers) == 0:
			unified = path
		case string(controllers) == "name=systemd":
			named = path
		}
	}
	switch {
	case len(named) > 1 || unified == nil && named != nil:
		return named, true
	case unified != nil:
		return unified, true
	}
	return nil, false
}
