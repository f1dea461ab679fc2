package proc

// What Linux can tell comes from proc(5) and from the names that ip-netns(8) gives.
func init() {
	fs := linux{proc: "/proc", netns: "/run/netns"}
	current = system{
		processes: fs.processes,
		sockets:   fs.sockets,
		zones:     fs.zones,
		ownZone:   fs.ownZone,
		users:     func() ([]User, error) { return passwdUsers("/etc/passwd") },
	}
}

// linux says where the kernel's files are; tests put trees of their own there.
type linux struct {
	proc  string // mount point of proc(5)
	netns string // directory with the names of network namespaces
}
