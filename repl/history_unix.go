//go:build unix

package repl

import (
	"errors"
	"os"
	"syscall"
)

// owned reports whether a file belongs to the effective user.
func owned(path string) bool {
	info, err := os.Stat(path)
	return err == nil && isOwn(info)
}

func isOwn(info os.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == os.Geteuid()
}

// createPrivate creates a file that only the user may read, for reading and appending. There must
// be none yet, and no symbolic link.
func createPrivate(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE|os.O_EXCL, 0o600)
}

// openPrivate opens a file of the user for reading and appending that nobody else may write to.
// It follows no symbolic link and waits for no pipe.
func openPrivate(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|syscall.O_NOFOLLOW|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	why := ""
	switch {
	case err != nil:
		return nil, first(err, f.Close())
	case !info.Mode().IsRegular():
		why = "not a regular file"
	case !isOwn(info):
		why = "belongs to another user"
	case info.Mode().Perm()&0o022 != 0:
		why = "others may write to it"
	default:
		return f, nil
	}
	f.Close()
	return nil, &os.PathError{Op: "open", Path: path, Err: errors.New(why)}
}
