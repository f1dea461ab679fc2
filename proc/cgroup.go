package proc

import (
	"strconv"
	"strings"
)

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

// Container returns the container that a control group belongs to, the innermost one:
// the first 12 digits of the id for docker, podman, containerd and CRI-O, the name for
// LXC and systemd-nspawn. It is empty if there is none.
func Container(cgroup string) string {
	path := strings.TrimSuffix(cgroup, " (deleted)")
	var container, before string
	for path != "" {
		var name string
		name, path, _ = strings.Cut(path, "/")
		next, _, _ := strings.Cut(path, "/")
		if id := containerID(name); id != "" {
			container = id
		} else if lxc := lxcName(before, name); lxc != "" {
			container = lxc
		} else if machine := machineName(name); machine != "" && next != "supervisor" {
			container = machine // the supervisor is systemd-nspawn itself
		}
		before = name
	}
	return container
}

// containerID recognises the control group of a container by its id of 64 hex digits,
// bare or as in docker-ID.scope, cri-containerd-ID.scope, crio-ID.scope and
// libpod-ID.scope. A group of conmon holds the monitor, not the container.
func containerID(name string) string {
	const digits = 64
	name = strings.TrimSuffix(name, ".scope")
	if len(name) < digits {
		return ""
	}
	prefix, id := name[:len(name)-digits], name[len(name)-digits:]
	if strings.Trim(id, "0123456789abcdef") != "" || strings.Contains(prefix, "conmon") {
		return ""
	}
	if prefix != "" && prefix[len(prefix)-1] != '-' && prefix[len(prefix)-1] != ':' {
		return ""
	}
	return id[:12]
}

// lxcName returns the container's name in lxc/NAME, lxc.payload/NAME and
// lxc.payload.NAME; lxc.monitor holds the monitor.
func lxcName(before, name string) string {
	if before == "lxc" || before == "lxc.payload" {
		return name
	}
	if name, ok := strings.CutPrefix(name, "lxc.payload."); ok {
		return name
	}
	return ""
}

// machineName returns the machine's name in machine-NAME.scope and
// systemd-nspawn@NAME.service. Virtual machines (qemu) are no containers.
func machineName(name string) string {
	if machine, ok := strings.CutSuffix(name, ".scope"); ok {
		if machine, ok = strings.CutPrefix(machine, "machine-"); ok {
			machine = unescapeUnit(machine)
			if !strings.HasPrefix(machine, "qemu-") {
				return machine
			}
		}
	}
	if machine, ok := strings.CutSuffix(name, ".service"); ok {
		if machine, ok = strings.CutPrefix(machine, "systemd-nspawn@"); ok {
			return unescapeUnit(machine)
		}
	}
	return ""
}

// unescapeUnit undoes the \x2d in the names of units, systemd-escape(1).
func unescapeUnit(name string) string {
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		if i+4 <= len(name) && name[i:i+2] == `\x` {
			if c, err := strconv.ParseUint(name[i+2:i+4], 16, 8); err == nil {
				b.WriteByte(byte(c))
				i += 3
				continue
			}
		}
		b.WriteByte(name[i])
	}
	return b.String()
}
