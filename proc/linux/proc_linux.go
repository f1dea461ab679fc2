package linux

import (
	"strconv"

	"sockstat/proc"
)

// Proc reads processes, holders, zones and users of a Linux machine: it implements
// [proc.Processes], [proc.Holders], [proc.Zones] and [proc.Users]. [Live] returns that of
// the running one.
type Proc struct {
	Root   string // mount point of proc(5)
	Netns  string // directories with files that stand for network namespaces, with colons between them
	Passwd string // file in the format of passwd(5)
	Group  string // file in the format of group(5)

	// Way is how holders are to be found, "proc" or "bpf"; an error says so if they
	// cannot be. It is the value of the environment variable [WayVariable], which the
	// caller reads. If it is empty the cost decides.
	Way string

	Calls Calls // for tests; zero are the calls to the kernel
}

var _ interface {
	proc.Processes
	proc.CloserHolders
	proc.ZonedHolders
	proc.Describer
	proc.ZoneSearcher
	proc.Users
	proc.Groups
} = Proc{}

// WayVariable is the environment variable that forces a way to find holders. Messages name
// it.
const WayVariable = "SOCKSTAT_HOLDERS"

// Live returns what reads the running machine. The directories of namespaces are those of
// ip-netns(8), of its like before there was /run, and of Docker.
func Live() Proc {
	return Proc{Root: "/proc", Netns: "/run/netns:/var/run/netns:/run/docker/netns", Passwd: "/etc/passwd", Group: "/etc/group"}
}

// Users returns the users in the passwd(5) file, none without the file.
func (p Proc) Users() ([]proc.User, error) { return proc.ReadPasswd(p.Passwd) }

// Groups returns the groups in the group(5) file, none without the file.
func (p Proc) Groups() ([]proc.Group, error) { return proc.ReadGroups(p.Group) }

// The names of network namespaces that have no other begin with one of these: the inode
// follows, or, where that is not to be seen, a process.
const (
	byInode   = "netns:"
	byProcess = "pid:"
)

// ZoneName returns the name of a network namespace that has no other, "netns:ID". One that
// nobody may see, and that has begun since the others were read, has none.
func (p Proc) ZoneName(id uint64) string {
	if id >= proc.UnseenZone {
		return ""
	}
	return byInode + strconv.FormatUint(id, 10)
}
