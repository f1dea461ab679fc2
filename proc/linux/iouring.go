package linux

import (
	"bytes"
	"strconv"
)

// userFiles is what is registered with an io_uring.
type userFiles struct {
	sockets []uint64 // inodes
	slots   int      // for files; notTold if the kernel did not tell
	files   int
}

// notTold is the number of slots while the ring is locked.
const notTold = -1

// parseUserFiles reads what /proc/<pid>/fdinfo/<fd> tells of an io_uring,
// io_uring_show_fdinfo in io_uring/fdinfo.c:
//
//	UserFiles:	3
//	    1: socket:[4711]
//	UserBufs:	0
//
// While the ring is locked the kernel leaves out the files, newer ones also the line above
// them. Older ones give another name of a socket, "TCP", which does not tell which one it is.
func parseUserFiles(b []byte) userFiles {
	u := userFiles{slots: notTold}
	for len(b) > 0 && u.slots == notTold {
		var line []byte
		line, b, _ = bytes.Cut(b, []byte{'\n'})
		if n, ok := bytes.CutPrefix(line, []byte("UserFiles:\t")); ok {
			if slots, err := strconv.ParseUint(string(n), 10, 31); err == nil {
				u.slots = int(slots)
			}
		}
	}
	for len(b) > 0 && b[0] == ' ' {
		var line []byte
		line, b, _ = bytes.Cut(b, []byte{'\n'})
		_, name, _ := bytes.Cut(line, []byte(": "))
		if inode, ok := linkInode(name, "socket:["); ok {
			u.sockets = append(u.sockets, inode)
		}
		u.files++
	}
	return u
}
