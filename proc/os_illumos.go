package proc

// What illumos can tell comes from proc(5) and from libc's zone calls.
func init() {
	const dir = illumos("/proc")
	current = system{
		processes: dir.processes,
		sockets:   dir.sockets,
		zones:     dir.zones,
		ownZone:   ownZone,
		users:     func() ([]User, error) { return passwdUsers("/etc/passwd") },
	}
}

// illumos is the mount point of proc(5).
type illumos string
