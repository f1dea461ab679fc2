//go:build unix

package trust

import (
	"io/fs"
	"os"
	"syscall"
)

// open opens a file for reading. That of a FIFO does not wait for who writes to it.
func open(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
}

func root() bool { return os.Geteuid() == 0 }

// Raised reports whether the program runs with rights that who started it lacks: those of the
// owner or group of its file, or those that the file gives.
func Raised() bool {
	return os.Geteuid() != os.Getuid() || os.Getegid() != os.Getgid() || secure()
}

// owned reports whether a file belongs to root or to the user whose rights we have.
func owned(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && (st.Uid == 0 || int(st.Uid) == os.Geteuid())
}

// writable says why others could write to a file, "" if they cannot.
func writable(info fs.FileInfo) string {
	const group, others = 0o020, 0o002
	st, ok := info.Sys().(*syscall.Stat_t)
	switch mode := info.Mode(); {
	case !ok || !owned(info):
		return "belongs to another user"
	case mode&others != 0:
		return "everybody may write to it"
	case mode&group != 0 && !privateGroup(int(st.Gid)):
		return "its group may write to it"
	}
	return ""
}

// privateGroup reports whether a group has but the user in it, by the custom that it has his
// number. Root's may have others.
func privateGroup(gid int) bool {
	uid := os.Geteuid()
	return gid == uid && gid == os.Getegid() && uid != 0
}
