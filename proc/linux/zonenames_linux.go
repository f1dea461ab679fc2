package linux

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"sockstat/proc"
)

// nameZones sets name, kind and path. Every name stands for one zone: the second that
// would get one is called by its inode.
func (r *zoneReader) nameZones(zones []netZone, first uint64, named []namedNamespace) error {
	used := map[string]bool{"global": true}
	for i := range zones {
		z := &zones[i]
		z.Name, z.Kind = r.ZoneName(z.ID), "anonymous"
		if !z.Seen() {
			z.Name = byProcess + strconv.Itoa(int(z.PID))
		}
		if z.PID > 0 {
			z.Path = r.Root + "/" + strconv.Itoa(int(z.PID)) + "/ns/net"
		}
		r.nameByFile(&z.Zone, named, used)
		if z.ID == first {
			z.Name, z.Kind = "global", "global"
		}
		used[z.Name] = true
	}
	for i := range zones { // after all names of files are taken
		z := &zones[i]
		if z.Kind == "global" {
			continue
		}
		if err := r.setContainer(z); err != nil {
			return err
		}
		if name := z.Container.Name; z.Kind == "anonymous" && isName(name) && !used[name] {
			z.Name, z.Kind = name, "container"
			used[name] = true
		}
	}
	return nil
}

// nameByFile takes the name of the first file that stands for a zone, if no other zone has it.
func (r *zoneReader) nameByFile(z *proc.Zone, named []namedNamespace, used map[string]bool) {
	n := slices.IndexFunc(named, func(n namedNamespace) bool { return n.inode == z.ID })
	if n < 0 {
		return
	}
	z.Path = named[n].path
	for _, file := range named[n:] {
		if file.inode == z.ID && isName(file.name) && !used[file.name] {
			z.Name, z.Kind, z.Path = file.name, "named", file.path
			return
		}
	}
}

// isName reports whether a zone can have a name from elsewhere, which is not one that is given
// here to zones without any.
func isName(name string) bool {
	return name != "" && !strings.HasPrefix(name, byInode) && !strings.HasPrefix(name, byProcess)
}

// setContainer sets what the processes of a zone run in. If they run in several containers none
// of them is the zone's, unless they are one pod: then it is that of the first process.
func (r *zoneReader) setContainer(z *netZone) error {
	containers, pods, units := onlyOne[proc.Container]{}, onlyOne[string]{}, onlyOne[string]{}
	for _, pid := range z.members[:min(z.Processes, mostMembers)] {
		groups, err := r.cgroups(pid)
		if err != nil {
			return fmt.Errorf("read control group of process %d: %w", pid, err)
		}
		if groups.container.Name != "" {
			containers.add(groups.container)
		}
		pods.add(groups.container.Pod)
		units.add(proc.Unit(groups.path))
	}
	if !containers.several || pods.only() != "" {
		z.Container = containers.first
	}
	z.Container.Pod, z.Unit = pods.only(), units.only()
	return nil
}

// onlyOne is a value that several have in common, if it is one.
type onlyOne[T comparable] struct {
	first   T
	several bool
}

// add takes the value of one more, unless it has none.
func (o *onlyOne[T]) add(v T) {
	var none T
	switch {
	case v == none:
	case o.first == none:
		o.first = v
	default:
		o.several = o.several || o.first != v
	}
}

// only returns the value, none if there are several.
func (o *onlyOne[T]) only() (v T) {
	if !o.several {
		v = o.first
	}
	return v
}

// cgroups returns what the control groups of a process tell, nothing if it cannot be told.
func (r *zoneReader) cgroups(pid int32) (cgroups, error) {
	path := r.path.name(r.Root + "/" + strconv.Itoa(int(pid)) + "/cgroup")
	content, buf, err := r.calls.readFile(unix.AT_FDCWD, path, r.buf, lines)
	r.buf = buf
	if err != nil {
		return cgroups{}, unlessUnseen(err)
	}
	return parseCgroup(content), nil
}
