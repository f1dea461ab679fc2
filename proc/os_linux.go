package proc

import "context"

// What Linux can tell comes from proc(5) and from the names that ip-netns(8) gives.
func init() {
	fs := linux{proc: "/proc", netns: "/run/netns"}
	current = system{
		processes: fs.processes,
		sockets: func(ctx context.Context, pids []int32) (*SocketHolders, error) {
			way, err := chooseHolderWay()
			if err != nil {
				return nil, err
			}
			return way.find(fs, ctx, pids)
		},
		zones:   fs.zones,
		ownZone: fs.ownZone,
		users:   func() ([]User, error) { return passwdUsers("/etc/passwd") },
	}
}

// linux says where the kernel's files are; tests put trees of their own there.
type linux struct {
	proc  string // mount point of proc(5)
	netns string // directory with the names of network namespaces
}
