package proc

import "context"

// Processes reads the process table.
type Processes interface {
	// Processes starts reading the processes with the given PIDs, in ascending order of
	// PID, or all processes if pids is nil. PIDs without a process are left out.
	Processes(ctx context.Context, pids []int32, parts Parts) (ProcessReader, error)
}

// ProcessReader reads processes. It is not safe for concurrent use.
type ProcessReader interface {
	// Read appends a batch of processes and returns the extended slice, at the
	// end io.EOF with nothing added. Processes that end meanwhile are left out.
	Read(dst []Process) ([]Process, error)
	Close() error
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

// Zones tells of zones, on Linux of network namespaces.
type Zones interface {
	// Zones lists the zones that the caller can see, its own among them.
	Zones(ctx context.Context) ([]Zone, error)
	// OwnZone returns the zone that the caller runs in, without counting its processes.
	OwnZone() (Zone, error)
	// ZoneName returns what a zone is called that is not, or not any more, in the list
	// of Zones: "netns:ID" on Linux, its id on illumos.
	ZoneName(id uint64) string
}

// Users reads the user database.
type Users interface {
	// Users returns the users of passwd(5) in the order of the file. Those that only a
	// network directory such as LDAP knows are not among them.
	Users() ([]User, error)
}
