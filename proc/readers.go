package proc

import (
	"context"
	"fmt"
)

// Processes reads the process table.
type Processes interface {
	// Processes starts reading the processes with the given PIDs, in ascending order of
	// PID, or all processes if pids is nil. PIDs without a process are left out.
	Processes(ctx context.Context, pids []int32, parts Parts) (ProcessReader, error)
}

// ProcessReader reads processes. It is not safe for concurrent use.
type ProcessReader interface {
	// Read appends a batch of processes and returns the extended slice, at the
	// end io.EOF with nothing added. Processes that end meanwhile are left out, and those
	// that the caller may not look at.
	Read(dst []Process) ([]Process, error)
	Close() error
}

// Missing is what a reader of processes could not read, but for what is not there.
type Missing struct {
	Hidden []int32 // processes at which the caller may not look, so that they are left out
	// Failed counts the processes of which some part could not be read, though it was not
	// permission that was missing. Such a part is not among those that it has.
	Failed int
	Err    error // why, of the first
}

// MissingTeller is a ProcessReader that can say what it could not read so far.
type MissingTeller interface {
	Missing() Missing
}

// Holders finds out which processes hold which sockets.
type Holders interface {
	// Holders finds the holders of all sockets, or those that are held by the given
	// processes if pids is not nil. Processes that end meanwhile are left out.
	Holders(ctx context.Context, pids []int32) (*SocketHolders, error)
}

// SocketUsers is Holders that can tell who made a socket.
type SocketUsers interface {
	// SocketUser returns the user who made the socket with an inode, which a process holds. It
	// is not ok if that cannot be told, or the descriptor is another one by now.
	SocketUser(h Holder, inode uint64) (uid uint32, ok bool)
}

// CloserHolders are Holders that can look more closely, which takes longer.
type CloserHolders interface {
	Holders
	// HoldersOf looks for the holders of sockets of which a first search, whose answer is
	// given, found none. They may have been opened or passed on since, or be held in a way
	// that a search for all leaves out: by a thread with a table of descriptors of its own,
	// or without a descriptor. If kernels is set it also says which of them are the kernel's
	// own, which takes longer. PIDs are those of the first search; processes that were hidden
	// then still count as that.
	HoldersOf(ctx context.Context, sockets []Endpoint, pids []int32, first *SocketHolders, kernels bool) (*SocketHolders, error)
}

// Describer tells of sockets that are in no table of the kernel what their descriptors show.
type Describer interface {
	// Describe looks at descriptors of sockets in some zones. Of one that stands for its
	// socket no longer the Description has neither Held nor Protocol.
	Describe(ctx context.Context, held []Held, zones []Zone) ([]Description, error)
}

// Description is what a descriptor shows of a socket.
type Description struct {
	Held     bool   // the descriptor stands for the socket still, as far as may be seen
	Unseen   bool   // the descriptor may not be looked at
	Protocol string // as the kernel calls it, "TCPv6", "NETLINK"; empty if not known
	UID      uint32 // owner of the socket; known unless Unseen
	// Zone is the zone of the socket, or, where that is not to be seen, of the process. It is
	// not Here if that is none of those that were asked about; then all else is not known.
	Zone uint64
	Here bool
}

// Zones tells of zones, on Linux of network namespaces.
type Zones interface {
	// Zones lists the zones that the caller can see, its own among them. If there may be
	// others, they come with a *[HiddenError].
	Zones(ctx context.Context) ([]Zone, error)
	// OwnZone returns the zone that the caller runs in, without counting its processes. If
	// that is not to be seen the error is fs.ErrPermission or fs.ErrNotExist.
	OwnZone() (Zone, error)
	// ZoneName returns what a zone is called that is not, or not any more, in the list
	// of Zones: "netns:ID" on Linux, its id on illumos.
	ZoneName(id uint64) string
}

// ZoneSearcher is Zones that knows more than they list.
type ZoneSearcher interface {
	Zones
	// HeldZones returns the zones besides some that nothing but an open file or a socket
	// keeps, as a search for all holders found them.
	HeldZones(ctx context.Context, besides []Zone, found *SocketHolders) ([]Zone, error)
	// Inspect returns a number that is given to no other zone as long as the system runs, 0 if
	// there is none. The error is why the zone may not be entered.
	Inspect(zone Zone) (cookie uint64, err error)
}

// ZonedHolders are Holders that can tell which zones descriptors lead to.
type ZonedHolders interface {
	Holders
	// HoldersAndZones is Holders of all processes. The answer has Zones.
	HoldersAndZones(ctx context.Context) (*SocketHolders, error)
}

// FirstHolders are Holders that can find some holders long before they have found all.
type FirstHolders interface {
	Holders
	// FirstHolders finds some of the holders of some sockets, or returns nil where to find all
	// does not take long.
	FirstHolders(ctx context.Context) (*SocketHolders, error)
}

// HeldZone is a zone that a descriptor leads to.
type HeldZone struct {
	ID uint64
	Holder
	File bool // it is a file that stands for the zone, else a socket of it
	// Bound says that a process holds a TCP socket in it that is bound but neither listens nor
	// is connected.
	Bound bool
}

// HiddenError says that what comes with it is not all: there are processes whose zone the
// caller may not see.
type HiddenError struct{ Processes int }

// Error says how many.
func (e *HiddenError) Error() string {
	if e.Processes == 1 {
		return "the zone of a process is hidden: permission denied"
	}
	return fmt.Sprintf("the zones of %d processes are hidden: permission denied", e.Processes)
}

// Users reads the user database.
type Users interface {
	// Users returns the users of passwd(5) in the order of the file. Those that only a
	// network directory such as LDAP knows are not among them.
	Users() ([]User, error)
}
