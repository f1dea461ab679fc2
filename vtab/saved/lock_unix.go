//go:build (unix && !solaris) || illumos

package saved

import (
	"errors"
	"os"
	"syscall"
)

// noFollow makes the opening of a symbolic link an error.
const noFollow = syscall.O_NOFOLLOW | nonBlock

// nonBlock makes the opening of a FIFO wait for nobody.
const nonBlock = syscall.O_NONBLOCK | syscall.O_NOCTTY

// lockFile locks an open file for one program. It is not ok if another has it.
func lockFile(f *os.File) (ok bool, err error) {
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}

// isInvalid reports whether a file system has no such operation.
func isInvalid(err error) bool { return errors.Is(err, syscall.EINVAL) }
