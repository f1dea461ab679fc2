package proc

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// firstNetNamespace is the inode of the machine's first network namespace since Linux
// 6.18, NET_NS_INIT_INO of include/uapi/linux/nsfs.h. Before, it was a number that any
// namespace could get; but those start at 0xF0000000, so none ever had this one.
const firstNetNamespace = 0xEFFFFFF9

// ownNamespace is the link to the caller's network namespace, below proc.
const ownNamespace = "self/ns/net"

// zones lists the network namespaces that have a name or a process whose namespace
// the caller may see. The first of the machine comes first, the others follow by
// inode. One that only an open file or an interface keeps alive is not seen.
func (l linux) zones(ctx context.Context) ([]Zone, error) {
	zones, err := l.processZones(ctx)
	if err != nil {
		return nil, err
	}
	own := l.namespace(ownNamespace)
	if !slices.ContainsFunc(zones, func(z netZone) bool { return z.ID == own }) {
		zones = append(zones, netZone{Zone: Zone{ID: own}})
	}
	first := l.firstNamespace(own)
	named := l.namedNamespaces()
	for _, n := range named {
		if !slices.ContainsFunc(zones, func(z netZone) bool { return z.ID == n.inode }) {
			zones = append(zones, netZone{Zone: Zone{ID: n.inode}})
		}
	}
	l.nameZones(zones, first, named)

	list := make([]Zone, len(zones))
	for i, zone := range zones {
		list[i] = zone.Zone
	}
	slices.SortFunc(list, func(a, b Zone) int {
		switch {
		case a.ID == b.ID:
			return 0
		case a.ID == first:
			return -1
		case b.ID == first:
			return 1
		}
		return cmp.Compare(a.ID, b.ID)
	})
	return list, nil
}

// ownZone returns the caller's zone as zones lists it. Where the kernel has no network
// namespaces, or no proc is mounted, there is but one: 0, "global".
func (l linux) ownZone() (Zone, error) {
	own := l.namespace(ownNamespace)
	path := l.proc + "/" + ownNamespace
	if own == 0 {
		return Zone{Name: "global", Kind: "global"}, nil
	}
	if own == l.firstNamespace(own) {
		return Zone{ID: own, Name: "global", Kind: "global", Path: path}, nil
	}
	zones, err := l.zones(context.Background())
	if err != nil {
		return Zone{}, err
	}
	i := slices.IndexFunc(zones, func(z Zone) bool { return z.ID == own })
	zone := zones[i] // zones adds the own one if nothing else does
	zone.Processes = 0
	return zone, nil
}

// netZone is a Zone that gets its name later.
type netZone struct {
	Zone
	pid int32 // the lowest of its processes, or a thread of that; 0 if there is none
}

// processZones finds the namespaces of all processes and counts them. They come in
// the order of their lowest PIDs.
func (l linux) processZones(ctx context.Context) ([]netZone, error) {
	dir, pids, err := l.openProc(nil)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	var zones []netZone
	index := make(map[uint64]int)
	var path cpath
	buf := make([]byte, 64)
	for _, pid := range pids {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		inode, err := netNamespace(int(dir.Fd()), path.set(pid, "/ns/net"), buf)
		if err == unix.ENOENT { // a zombie, unless its first thread left all to others
			if pid, err = otherThread(int(dir.Fd()), path.set(pid, "/task"), pid); err == nil {
				inode, err = netNamespace(int(dir.Fd()), path.set(pid, "/ns/net"), buf)
			}
		}
		if err != nil {
			continue // gone, or not to be seen
		}
		i, known := index[inode]
		if !known {
			i = len(zones)
			index[inode] = i
			zones = append(zones, netZone{Zone: Zone{ID: inode}, pid: pid})
		}
		zones[i].Processes++
	}
	return zones, nil
}

// nameZones sets name, kind and path. Every name stands for one zone: the second that
// would get one is called by its inode.
func (l linux) nameZones(zones []netZone, first uint64, named []namedNamespace) {
	used := map[string]bool{"global": true}
	var path cpath
	var buf []byte
	for i := range zones {
		z := &zones[i]
		z.Name, z.Kind = "netns:"+strconv.FormatUint(z.ID, 10), "anonymous"
		if z.pid > 0 {
			z.Path = l.proc + "/" + strconv.Itoa(int(z.pid)) + "/ns/net"
		}
		if n := slices.IndexFunc(named, func(n namedNamespace) bool { return n.inode == z.ID }); n >= 0 {
			z.Path = l.netns + "/" + named[n].name
			if !used[named[n].name] {
				z.Name, z.Kind = named[n].name, "named"
			}
		}
		if z.ID == first {
			z.Name, z.Kind = "global", "global"
		}
		used[z.Name] = true
	}
	for i := range zones { // after all names under /run/netns are taken
		z := &zones[i]
		if z.Kind != "anonymous" || z.pid == 0 {
			continue
		}
		var content []byte
		content, buf, _ = readFile(unix.AT_FDCWD,
			path.name(l.proc+"/"+strconv.Itoa(int(z.pid))+"/cgroup"), buf, maxFile)
		cgroup, _ := parseCgroup(content)
		if name := Container(string(cgroup)); name != "" && !used[name] {
			z.Name, z.Kind = name, "container"
			used[name] = true
		}
	}
}

// firstNamespace returns the inode of the machine's first network namespace, or one
// that no namespace has if it is not known; own is that of the caller.
func (l linux) firstNamespace(own uint64) uint64 {
	if own == 0 || own == firstNetNamespace {
		return own
	}
	// The kernel shows every process the settings of its own namespace. Those that are
	// the whole machine's exist in the first one only.
	if _, err := os.Stat(l.proc + "/sys/net/core/netdev_budget"); err == nil {
		return own
	}
	// The kernel's threads live in it, if we may see them: the parent of most is 2.
	if b, err := os.ReadFile(l.proc + "/2/stat"); err == nil {
		if s, err := parseStat(b); err == nil && s.kernelThread() {
			if inode := l.namespace("2/ns/net"); inode != 0 {
				return inode
			}
		}
	}
	return firstNetNamespace
}

// namespace returns the inode of the network namespace that a link below proc names, 0
// if it cannot be read.
func (l linux) namespace(link string) uint64 {
	var path cpath
	inode, err := netNamespace(unix.AT_FDCWD, path.name(l.proc+"/"+link), make([]byte, 64))
	if err != nil {
		return 0
	}
	return inode
}

// netNamespace returns the inode in a link to a network namespace, "net:[N]".
func netNamespace(dir int, path cpath, buf []byte) (uint64, error) {
	n, err := readlinkat(dir, path, buf)
	if err != nil {
		return 0, err
	}
	inode, ok := linkInode(buf[:n], "net:[")
	if !ok {
		return 0, fmt.Errorf("no network namespace: %q", buf[:n])
	}
	return inode, nil
}

// namedNamespace is a network namespace that has a name by ip-netns(8).
type namedNamespace struct {
	name  string
	inode uint64
}

// namedNamespaces lists the files on which a namespace is mounted, by name. What is
// left when one has been unmounted is an ordinary file.
func (l linux) namedNamespaces() []namedNamespace {
	entries, err := os.ReadDir(l.netns) // by name
	if err != nil {
		return nil // ip-netns(8) makes the directory when it is first used
	}
	var named []namedNamespace
	for _, entry := range entries {
		var st unix.Stat_t
		var fs unix.Statfs_t
		path := l.netns + "/" + entry.Name()
		if unix.Statfs(path, &fs) != nil || fs.Type != unix.NSFS_MAGIC || unix.Stat(path, &st) != nil {
			continue
		}
		named = append(named, namedNamespace{entry.Name(), st.Ino})
	}
	return named
}

// flagKernelThread is PF_KTHREAD of include/linux/sched.h in the flags of a process.
const flagKernelThread = 0x00200000

// kernelThread reports whether the process is one of the kernel's own, without
// memory, program and descriptors.
func (s *stat) kernelThread() bool { return s.flags&flagKernelThread != 0 }
