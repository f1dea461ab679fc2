//go:build unix

package startup

import (
	"os"

	"golang.org/x/sys/unix"
)

// OutputClosed reports whether standard output was closed when the program started. The runtime
// has put /dev/null in its place by then, open for reading and writing, into which all output
// would vanish. Programs that start others may have given us the same, as Python's DEVNULL; a
// shell, which says that it started us by the variable "_", opens /dev/null for writing alone.
func OutputClosed() bool {
	return isNull(1) && !sameFile(1, 0) && !sameFile(1, 2) && startedByShell()
}

// isNull reports whether a descriptor is /dev/null, open for reading and writing.
func isNull(fd int) bool {
	var st, null unix.Stat_t
	if unix.Fstat(fd, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFCHR || unix.Stat(os.DevNull, &null) != nil || st.Rdev != null.Rdev {
		return false
	}
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	return err == nil && flags&unix.O_ACCMODE == unix.O_RDWR
}

// startedByShell reports whether a shell started the program.
func startedByShell() bool {
	self, err := os.Executable()
	if err != nil {
		return false
	}
	ours, err := os.Stat(self)
	if err != nil {
		return false
	}
	named, err := os.Stat(os.Getenv("_"))
	return err == nil && os.SameFile(ours, named)
}
