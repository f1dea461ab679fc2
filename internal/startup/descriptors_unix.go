//go:build unix

package startup

import (
	"errors"
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// fewest is how many descriptors have to be free. Without, the runtime ends the program where it
// begins to wait for files; the listing needs a few more, and says so.
const fewest = 8

// CheckDescriptors returns an error if there are too few descriptors to begin.
func CheckDescriptors() error {
	var taken []int
	defer func() {
		for _, fd := range taken {
			unix.Close(fd)
		}
	}()
	for range fewest {
		fd, err := unix.FcntlInt(2, unix.F_DUPFD_CLOEXEC, 0)
		if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.EINVAL) {
			return fmt.Errorf("too few file descriptors: %d of the %d that are needed: raise the limit (ulimit -n)", len(taken), fewest)
		}
		if err != nil {
			return nil // not what is looked for
		}
		taken = append(taken, fd)
	}
	return nil
}
