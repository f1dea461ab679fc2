// Package proc reads processes, the sockets they hold, users and zones.
//
// [Processes] reads the process table, [Sockets] finds which processes hold which
// sockets, [Users] reads the user database, [Zones] lists zones (illumos) or network
// namespaces (Linux). Parsers turn the bytes of /proc into values, carry no build tag
// and are tested everywhere; walking /proc sits in small _linux.go and _illumos.go
// files. The package knows neither socket tables nor SQL.
//
// There may be several ways to find the holders of sockets, all with the same answer.
// On Linux the links in /proc/<pid>/fd are read, or, on a machine with many open files
// that allows it, a BPF program looks at them in the kernel. The environment variable
// SOCKSTAT_HOLDERS forces a way, "proc" or "bpf"; a way that cannot be had is an error.
// [SocketHolders] says which was taken.
package proc

import (
	"context"
	"errors"
	"math"
	"time"
)

// ErrUnsupported is the error of every reader on a system that has none yet.
var ErrUnsupported = errors.New("live processes are not supported on this system")

// Parts is a set of what can be known of a process. Each costs a file to read, so
// [Processes] reads only what is asked for.
type Parts uint16

// The parts of a Process and the fields they fill.
const (
	PartStat   Parts = 1 << iota // PPID to RSS
	PartStatus                   // UID, EUID, GID
	PartArgs                     // Args
	PartExe                      // Exe
	PartCwd                      // Cwd
	PartFDs                      // FDCount
	PartLimits                   // FDLimit
	PartZone                     // Zone
	PartCgroup                   // Cgroup
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
	TTY             string // such as "pts/0"; empty if it has none
	Start           time.Time
	Threads         int32
	Nice            int32         // NoNice if not known
	CPU             time.Duration // user and system time spent
	VSize, RSS      uint64        // bytes

	UID, EUID, GID uint32

	Args    string // arguments joined by blanks; any bytes may occur
	Exe     string
	Cwd     string
	FDCount int32
	FDLimit uint64 // soft limit; NoLimit if there is none
	Zone    uint64 // zone id, on Linux the inode of the network namespace
	Cgroup  string // path in the unified hierarchy
}

// NoNice is the Nice of a process where it is not known, as on illumos.
const NoNice = math.MinInt32

// NoLimit is the FDLimit of a process without one.
const NoLimit = ^uint64(0)

// Zone is a zone, on Linux a network namespace.
type Zone struct {
	ID        uint64
	Name      string
	Kind      string // "global", "named", "container", "anonymous"; on illumos the brand
	Path      string // a file or directory that stands for it; empty if there is none
	Processes int    // how many of the visible processes run in it
}

// User is an entry of the user database, passwd(5).
type User struct {
	Name    string
	UID     uint32
	GID     uint32
	Comment string // the GECOS field
	Home    string
	Shell   string
}

// system is what an operating system can tell; its file sets the fields it has.
type system struct {
	processes func(ctx context.Context, pids []int32, parts Parts) (ProcessReader, error)
	sockets   func(ctx context.Context, pids []int32) (*SocketHolders, error)
	zones     func(ctx context.Context) ([]Zone, error)
	ownZone   func() (Zone, error)
	users     func() ([]User, error)
}

var current system

// ProcessReader reads the process table. It is not safe for concurrent use.
type ProcessReader interface {
	// Read appends a batch of processes and returns the extended slice, at the
	// end io.EOF with nothing added. Processes that end meanwhile are left out.
	Read(dst []Process) ([]Process, error)
	Close() error
}

// Processes starts reading the processes with the given PIDs, in ascending order of
// PID, or all processes if pids is nil. PIDs without a process are left out.
func Processes(ctx context.Context, pids []int32, parts Parts) (ProcessReader, error) {
	if current.processes == nil {
		return nil, ErrUnsupported
	}
	return current.processes(ctx, pids, parts)
}

// Sockets finds the holders of all sockets, or those that are held by the given
// processes if pids is not nil. Processes that end meanwhile are left out.
func Sockets(ctx context.Context, pids []int32) (*SocketHolders, error) {
	if current.sockets == nil {
		return nil, ErrUnsupported
	}
	return current.sockets(ctx, pids)
}

// Zones lists the zones that the caller can see, its own among them.
func Zones(ctx context.Context) ([]Zone, error) {
	if current.zones == nil {
		return nil, ErrUnsupported
	}
	return current.zones(ctx)
}

// OwnZone returns the zone that the caller runs in, without counting its processes.
func OwnZone() (Zone, error) {
	if current.ownZone == nil {
		return Zone{}, ErrUnsupported
	}
	return current.ownZone()
}
