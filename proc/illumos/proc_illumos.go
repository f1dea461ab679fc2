package illumos

import (
	"strconv"

	"sockstat/proc"
)

// Proc reads processes, holders, zones, users and groups of an illumos machine: it implements
// [proc.Processes], [proc.Holders], [proc.Zones], [proc.Users] and [proc.Groups]. [Live] returns
// that of the running one. Zones come from libc and are those of the running one in any case.
type Proc struct {
	Root   string // mount point of proc(5)
	Passwd string // file in the format of passwd(5)
	Group  string // file in the format of group(5)
}

var _ interface {
	proc.Processes
	proc.Holders
	proc.Zones
	proc.Users
	proc.Groups
} = Proc{}

// Live returns what reads the running machine.
func Live() Proc { return Proc{Root: "/proc", Passwd: "/etc/passwd", Group: "/etc/group"} }

// Groups returns the groups in the group(5) file, none without the file.
func (p Proc) Groups() ([]proc.Group, error) { return proc.ReadGroups(p.Group) }

// Users returns the users in the passwd(5) file, none without the file.
func (p Proc) Users() ([]proc.User, error) { return proc.ReadPasswd(p.Passwd) }

// ZoneName returns the id of a zone, as one without a name is called by.
func (p Proc) ZoneName(id uint64) string { return strconv.FormatUint(id, 10) }
