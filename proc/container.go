package proc

import "strings"

// Container is what the names of control groups tell of the container that a process runs in.
// What is not known is empty.
type Container struct {
	// Name is the first 12 digits of the id where that is 64 hex digits, as docker, podman,
	// containerd and CRI-O give; else the whole id or name.
	Name string
	// Runtime is what runs it: "docker", "podman", "containerd", "cri-o", "lxc", "nspawn",
	// "libvirt-lxc", "nomad", "mesos", "garden", "bpm", "buildkit", "ecs", "fargate" and others.
	// It is "kubernetes" where that does not say which of its runtimes it uses.
	Runtime string
	// Pod is the UID of the Kubernetes pod, or the first 12 digits of the id of podman's. A
	// process may be in a pod without being in a container.
	Pod string
}

// ContainerOf returns the container that a process with some control groups runs in, the
// innermost one: hierarchies need not agree, and the deepest group that names a container is
// right. Of equal ones the first is.
func ContainerOf(cgroups ...string) (found Container) {
	depth := 0
	for _, cgroup := range cgroups {
		c, d := containerIn(strings.TrimSuffix(cgroup, " (deleted)"))
		if d > depth || depth == 0 && found.Pod == "" {
			found, depth = c, d
		}
	}
	return found
}

// containerIn returns the innermost container of a path and how many of its components lead
// to it, 0 if there is none.
func containerIn(path string) (found Container, depth int) {
	names := strings.Split(path, "/")
	outer := 0 // how many components belong to containers around what follows
	for i, name := range names {
		for part := range strings.SplitSeq(name, ":") { // slice:runtime:id where systemd was expected and is not
			if pod := podIn(names[outer:i], part); pod != "" {
				found.Pod = pod
			}
		}
		g := group{name: name, above: names[outer:i], inPod: found.Pod != ""}
		if i+1 < len(names) {
			g.below = names[i+1]
		}
		if c, runtime := g.container(); c != "" {
			found.Name, found.Runtime = c, runtime
			outer, depth = i+1, i+1
		}
	}
	return found, depth
}

// podIn returns the pod that a component of a path stands for. The drivers of the kubelet are
// systemd, kubepods-burstable-pod7e0bb5d4_1111_2222_3333_444455556666.slice, and cgroupfs,
// kubepods/burstable/pod7e0bb5d4-1111-2222-3333-444455556666. The UID of a static pod is 32
// hex digits.
func podIn(above []string, name string) string {
	if slice, ok := strings.CutSuffix(name, ".slice"); ok {
		if _, id, ok := strings.Cut(slice, "libpod_pod_"); ok && isHex(id, 64) {
			return id[:12]
		}
		if i := strings.LastIndex(slice, "-pod"); i >= 0 && strings.Contains(slice[:i], "kubepods") {
			return strings.ReplaceAll(slice[i+len("-pod"):], "_", "-")
		}
		return ""
	}
	if last(above) == podmanParent && isHex(name, 64) {
		return name[:12]
	}
	if uid, ok := strings.CutPrefix(name, "pod"); ok && (within(above, "kubepods") || isUUID(uid)) {
		return uid
	}
	return ""
}

// podmanParent is the group of podman's containers and pods where systemd does not manage
// groups.
const podmanParent = "libpod_parent"

// last returns the last of some names, "" if there is none.
func last(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return names[len(names)-1]
}

// within reports whether a name is among others.
func within(above []string, names ...string) bool {
	for _, a := range above {
		for _, n := range names {
			if a == n {
				return true
			}
		}
	}
	return false
}

// isHex reports whether s is a number of lower-case hex digits.
func isHex(s string, digits int) bool {
	return len(s) == digits && strings.Trim(s, "0123456789abcdef") == ""
}

// isUUID reports whether s is a UUID in the usual form, 8-4-4-4-12 hex digits.
func isUUID(s string) bool {
	return len(s) == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-' &&
		isHex(strings.ToLower(strings.ReplaceAll(s, "-", "")), 32)
}
