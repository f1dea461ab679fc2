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

// openPrivate opens a file that only the user may read, for reading and appending, and
// creates it if there is none. It follows no symbolic link and waits for no pipe.
func openPrivate(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		err = &os.PathError{Op: "open", Path: path, Err: errors.New("not a regular file")}
	case !isOwn(info):
		err = &os.PathError{Op: "open", Path: path, Err: errors.New("belongs to another user")}
	default:
		if err = f.Chmod(0o600); err == nil {
			return f, nil
		}
	}
	return nil, first(err, f.Close())
}
