package proc

import (
	"slices"
	"strconv"
	"strings"
)

// group is a component of the path of a control group, which may stand for a container.
type group struct {
	name  string
	above []string // components above it, up to a container around it
	below string   // the component below it, "" if there is none
	inPod bool     // it is in a pod
}

// container returns the container that a group stands for, and its runtime. Both are empty if
// it stands for none.
func (g group) container() (name, runtime string) {
	for _, known := range []func(group) (name, runtime string){
		group.byID, group.fargate, group.libvirt, group.machine, group.lxc, group.garden, group.bpm, group.nomad, group.mesos,
		group.buildkit, group.oci,
	} {
		if name, runtime = known(g); name != "" {
			return name, runtime
		}
	}
	return "", ""
}

// idPrefixes are the runtimes whose groups are called by a prefix and the id of the container:
// docker-ID.scope, or crio-ID where systemd does not manage groups.
var idPrefixes = map[string]string{
	"docker": "docker", "libpod": "podman", "libpod-payload": "podman", "podman": "podman", "cri-containerd": "containerd",
	"containerd": "containerd", "nerdctl": "containerd", "crio": "cri-o", "cri-o": "cri-o", "runc": "runc", "crun": "crun",
	"youki": "youki", "kata": "kata", "pouch": "pouch", "isulad": "isulad", "ecs": "ecs",
}

// idParents are the runtimes whose containers' groups are called by the id alone, below one
// with a name.
var idParents = map[string]string{
	"docker": "docker", "moby": "docker", "containerd": "containerd", "k8s.io": "containerd", "default": "containerd",
	"pouch": "pouch", "isulad": "isulad", "ecs": "ecs", "kata_overhead": "kata",
}

// byID recognises the id of 64 hex digits that most runtimes give. A group of conmon holds the
// monitor of a container, and one of another program happens to end in such a number.
func (g group) byID() (name, runtime string) {
	const digits = 64
	scope := strings.TrimSuffix(g.name, ".scope")
	prefix, id := scope[:max(0, len(scope)-digits)], scope[max(0, len(scope)-digits):]
	if !isHex(id, digits) {
		return "", ""
	}
	if prefix == "" {
		if last(g.above) == podmanParent { // a pod
			return "", ""
		}
		return id[:12], g.parentRuntime()
	}
	if strings.Contains(prefix, "conmon") || strings.IndexByte("-:_", prefix[len(prefix)-1]) < 0 {
		return "", ""
	}
	fields := strings.Split(prefix[:len(prefix)-1], ":")
	runtime, known := idPrefixes[last(fields)]
	if !known && len(fields) == 1 && !g.inPod {
		return "", ""
	}
	return id[:12], runtime
}

// parentRuntime returns the runtime of a group that is called by an id alone.
func (g group) parentRuntime() string {
	for _, name := range slices.Backward(g.above) {
		if runtime, ok := idParents[name]; ok {
			return runtime
		}
	}
	if g.inPod {
		return "kubernetes"
	}
	return ""
}

// fargate recognises ecs/TASK/TASK-NUMBER. All containers of a task have the digits of its id
// in common, so that it takes the number to tell them apart.
func (g group) fargate() (name, runtime string) {
	const digits = 32
	if len(g.name) < digits+2 || g.name[digits] != '-' || !isHex(g.name[:digits], digits) ||
		strings.Trim(g.name[digits+1:], "0123456789") != "" || !within(g.above, "ecs") {
		return "", ""
	}
	return g.name, "fargate"
}

// lxc recognises lxc/NAME, lxc.payload/NAME and lxc.payload.NAME; lxc.monitor holds the monitor.
func (g group) lxc() (name, runtime string) {
	if parent := last(g.above); parent == "lxc" || parent == "lxc.payload" {
		return g.name, "lxc"
	}
	if name, ok := strings.CutPrefix(g.name, "lxc.payload."); ok {
		return name, "lxc"
	}
	return "", ""
}

// libvirt recognises what libvirt called the groups of its LXC driver in its time:
// libvirt/lxc/NAME, NAME.libvirt-lxc, machine-lxc\x2dNAME.scope and both with the number of the
// domain, lxc-NUMBER-NAME.
func (g group) libvirt() (name, runtime string) {
	const libvirt = "libvirt-lxc"
	if n := len(g.above); n >= 2 && g.above[n-1] == "lxc" && g.above[n-2] == "libvirt" {
		return g.name, libvirt
	}
	name, old := strings.CutSuffix(g.name, "."+libvirt)
	if !old {
		var ok bool
		if name, ok = machineOfScope(g.name); !ok || !strings.HasPrefix(name, "lxc-") {
			return "", ""
		}
	}
	name, _ = strings.CutPrefix(name, "lxc-")
	if number, rest, ok := strings.Cut(name, "-"); ok && number != "" && strings.Trim(number, "0123456789") == "" {
		name = rest
	}
	return name, libvirt
}

// machineOfScope returns the name of the machine in machine-NAME.scope, which
// systemd-machined(8) escapes.
func machineOfScope(scope string) (name string, ok bool) {
	if name, ok = strings.CutSuffix(scope, ".scope"); ok {
		name, ok = strings.CutPrefix(name, "machine-")
	}
	return unescapeUnit(name), ok
}

// machine recognises machine-NAME.scope and systemd-nspawn@NAME.service. What is in the group
// supervisor below is systemd-nspawn itself, and virtual machines are no containers.
func (g group) machine() (name, runtime string) {
	if g.below == "supervisor" {
		return "", ""
	}
	if name, ok := strings.CutSuffix(g.name, ".service"); ok {
		if name, ok = strings.CutPrefix(name, "systemd-nspawn@"); ok {
			return unescapeUnit(name), "nspawn"
		}
	}
	name, ok := machineOfScope(g.name)
	switch driver, _, _ := strings.Cut(name, "-"); {
	case !ok, driver == "qemu", driver == "xen", isDomain(name, "ch"):
		return "", ""
	case driver == "rkt":
		return name, "rkt"
	}
	return name, "nspawn"
}

// isDomain reports whether a machine is called as libvirt calls those of a driver:
// DRIVER-NUMBER-NAME.
func isDomain(machine, driver string) bool {
	rest, ok := strings.CutPrefix(machine, driver+"-")
	number, _, more := strings.Cut(rest, "-")
	return ok && more && number != "" && strings.Trim(number, "0123456789") == ""
}

// garden recognises the containers of Cloud Foundry: garden/HANDLE, and garden/good/HANDLE or
// garden/bad/HANDLE by whether they keep to their share of the processor.
func (g group) garden() (name, runtime string) {
	above := g.above
	if parent := last(above); parent == "good" || parent == "bad" {
		above = above[:len(above)-1]
	}
	if last(above) != "garden" || g.name == "good" || g.name == "bad" {
		return "", ""
	}
	return g.name, "garden"
}

// bpm recognises the jobs of BOSH, which runc runs: bpm-JOB, or runc-bpm-JOB.scope. In place of
// a byte that runc does not allow is a full stop and its hex digits.
func (g group) bpm() (name, runtime string) {
	name, scope := strings.CutSuffix(g.name, ".scope")
	if scope {
		name = strings.TrimPrefix(name, "runc-")
	} else if isUnit(name, ".slice", ".service", ".socket", ".mount", ".swap") {
		return "", ""
	}
	if name, ok := strings.CutPrefix(name, "bpm-"); ok {
		return unescape(name, "."), "bpm"
	}
	return "", ""
}

// nomad recognises the tasks of Nomad: nomad.slice/share.slice/ALLOCATION.TASK.scope,
// nomad/ALLOCATION.TASK and nomad/ALLOCATION.
func (g group) nomad() (name, runtime string) {
	name = strings.TrimSuffix(g.name, ".scope")
	if !within(g.above, "nomad", "nomad.slice") || len(name) < 36 || !isUUID(name[:36]) {
		return "", ""
	}
	return name, "nomad"
}

// mesos recognises mesos/UUID, which nests.
func (g group) mesos() (name, runtime string) {
	if last(g.above) == "mesos" && isUUID(g.name) {
		return g.name, "mesos"
	}
	return "", ""
}

// buildkit recognises a step of a build: buildkit/ID and docker-ID.scope, whose id is 25 digits
// of base 36.
func (g group) buildkit() (name, runtime string) {
	name, scope := strings.CutSuffix(g.name, ".scope")
	if scope {
		var ok bool
		if name, ok = strings.CutPrefix(name, "docker-"); !ok {
			name, ok = strings.CutPrefix(name, "buildkit-")
		}
		if !ok {
			return "", ""
		}
	} else if last(g.above) != "buildkit" {
		return "", ""
	}
	if len(name) != 25 || strings.Trim(name, "0123456789abcdefghijklmnopqrstuvwxyz") != "" {
		return "", ""
	}
	return name, "buildkit"
}

// oci recognises what runc and its like call the scope of a container whose user gave no path:
// runc-NAME.scope.
func (g group) oci() (name, runtime string) {
	name, ok := strings.CutSuffix(g.name, ".scope")
	if !ok {
		return "", ""
	}
	for _, runtime := range []string{"runc", "crun", "youki"} {
		if name, ok := strings.CutPrefix(name, runtime+"-"); ok {
			return name, runtime
		}
	}
	return "", ""
}

// unescapeUnit undoes the \x2d in the names of units, systemd-escape(1).
func unescapeUnit(name string) string { return unescape(name, `\x`) }

// unescape puts the byte in the place of each mark with two hex digits after it.
func unescape(name, mark string) string {
	var b strings.Builder
	for {
		before, after, ok := strings.Cut(name, mark)
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		name = after
		if len(after) >= 2 {
			if c, err := strconv.ParseUint(after[:2], 16, 8); err == nil {
				b.WriteByte(byte(c))
				name = after[2:]
				continue
			}
		}
		b.WriteString(mark)
	}
}
