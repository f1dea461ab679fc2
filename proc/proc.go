// Package proc has the rows of what can be known of processes, the sockets they hold, users
// and zones, and the interfaces of those who read them: [Processes], [Holders], [Users] and
// [Zones].
//
// Each operating system is a folder, package proc/linux and package proc/illumos. Where
// nothing can be read, [Unsupported] stands in. What is the same on every system is here:
// the table of holders, the user database, and what the names of control groups say. The
// package makes no system call but to read passwd(5), and knows neither tables of sockets
// nor SQL.
package proc

import (
	"math"
	"time"
)

// Parts is a set of what can be known of a process. Each costs a file to read, so
// [Processes] reads only what is asked for.
type Parts uint16

// The parts of a Process and the fields they fill.
const (
	PartStat      Parts = 1 << iota // PPID to RSS
	PartStatus                      // UID to SGID
	PartArgs                        // Args
	PartExe                         // Exe, ExeDeleted
	PartCwd                         // Cwd
	PartFDs                         // FDCount
	PartLimits                      // FDLimit
	PartZone                        // Zone
	PartCgroup                      // Cgroup, Container
	PartSinceBoot                   // SinceBoot, where it is not among PartStat
	PartSockets                     // Sockets
	PartHeld                        // Held
	PartRoot                        // Root
	PartIO                          // ReadBytes, WrittenBytes
)

// Process is a process. PID and Name are always set; Has says which of the other
// parts could be read: permission may be missing for some, and a process may end
// while it is being read.
type Process struct {
	PID  int32
	Name string // of the program, at most 15 bytes, of a kernel thread 63; any bytes may occur
	Has  Parts

	PPID, PGID, SID int32
	State           State
	TTY             string    // such as "pts/0"; empty if it has none
	Start           time.Time // zero if not known
	// SinceBoot is how long after the boot it started, in the kernel's own clock, which nobody
	// can set: 0 if not known.
	SinceBoot  time.Duration
	Threads    int32
	Nice       int32         // NoNice if not known
	CPU        time.Duration // user and system time spent
	SystemCPU  time.Duration // the system time in it, NoTime if not known
	VSize, RSS uint64        // bytes

	UID, EUID, GID, EGID uint32
	SUID, SGID           uint32 // saved ones, NoID if not known

	Args string // arguments joined by blanks; any bytes may occur
	Exe  string
	// ExeDeleted says that Exe has been deleted, or another file has its name now. On Linux
	// " (deleted)" stands behind Exe then.
	ExeDeleted bool
	Cwd        string
	Root       string // directory that it takes for the root
	FDCount    int32
	FDLimit    uint64 // soft limit; NoLimit if there is none
	Zone       uint64 // zone id, on Linux the inode of the network namespace
	Cgroup     string // path in the hierarchy that systemd manages
	// Container is the one it runs in. Hierarchies need not agree, so that Cgroup alone does
	// not always tell.
	Container Container
	Sockets   int32 // descriptors that are sockets
	// ReadBytes and WrittenBytes are what it had storage read and written, less what was
	// written in vain.
	ReadBytes, WrittenBytes uint64
	// Held has the sockets it holds, in whatever way: also by descriptors that one of its
	// threads has for itself, and registered with io_uring.
	Held *SocketHolders
}

// NoNice is the Nice of a process where it is not known, as on illumos.
const NoNice = math.MinInt32

// NoTime is the SystemCPU of a process where it is not known.
const NoTime = -1

// NoID is the SUID and SGID of a process where they are not known: the one that nobody can have.
const NoID = ^uint32(0)

// NoLimit is the FDLimit of a process without one.
const NoLimit = ^uint64(0)

// Zone is a zone, on Linux a network namespace.
type Zone struct {
	ID        uint64 // on Linux the inode of the namespace, or one from [UnseenZone] on
	Name      string
	Kind      string // "global", "named", "container", "anonymous"; on illumos the brand
	Path      string // a file or directory that stands for it; empty if there is none
	Processes int    // how many of the visible processes run in it

	// Container is what its processes run in, and Unit the one of systemd that they belong to;
	// empty if there is none, or several. The containers of a pod have one zone: then it is that
	// of the first process.
	Container Container
	Unit      string

	// Unseen is what stands for the ID in a [Process] whose zone may not be seen, but is this one;
	// 0 if there is none.
	Unseen uint64
	// NothingBound says that no process holds a TCP socket in it that is bound but neither
	// listens nor is connected, as far as that is known.
	NothingBound bool
	// Own says that it is the caller's.
	Own bool
	// PID is one of its processes, 0 if none is known. On Linux it may be a thread.
	PID int32
	// Holder holds a socket of a zone that has neither process nor file. PID 0 otherwise.
	Holder Holder
}

// UnseenZone is where the ids of zones begin whose own ids the caller may not see. They tell
// those zones apart, and mean nothing else.
const UnseenZone = 1 << 32

// Seen reports whether the id is the zone's own.
func (z *Zone) Seen() bool { return z.ID < UnseenZone }

// User is an entry of the user database, passwd(5).
type User struct {
	Name    string
	UID     uint32
	GID     uint32
	Comment string // the GECOS field
	Home    string
	Shell   string
}
