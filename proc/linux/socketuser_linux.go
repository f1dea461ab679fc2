package linux

import (
	"fmt"

	"golang.org/x/sys/unix"

	"sockstat/proc"
)

// overflowUID stands for users that the caller's user namespace has no number for, whoever
// they are: the default of kernel.overflowuid.
const overflowUID = 65534

// SocketUser implements [proc.SocketUsers]: the owner of the inode that a descriptor in
// /proc/PID/fd leads to is who made the socket, wherever the descriptor went since.
func (p Proc) SocketUser(h proc.Holder, inode uint64) (uid uint32, ok bool) {
	var st unix.Stat_t
	path := fmt.Sprintf("%s/%d/fd/%d", p.Root, h.PID, h.FD)
	for {
		err := p.Calls.orKernel().Fstatat(unix.AT_FDCWD, path, &st, 0)
		if err == unix.EINTR {
			continue
		}
		return st.Uid, err == nil && st.Ino == inode && st.Uid != overflowUID
	}
}
