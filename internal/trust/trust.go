// Package trust tells who could have written a file, and with whose rights the program runs.
package trust

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// MaxFile is how many bytes of a file [Read] reads.
const MaxFile = 1 << 20

// Read reads a regular file, or what a descriptor of ours leads to, as /dev/fd/63 of a shell's
// process substitution. It waits for nobody to write to a FIFO. Root it gives no file that
// another user could have written. The error for a file that is too long, no file or not to be
// trusted is an [*fs.PathError].
func Read(path string) ([]byte, error) {
	f, err := open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	given := ofDescriptor(path)
	switch why := ""; {
	case info.IsDir(), !info.Mode().IsRegular() && !given:
		err = errors.New("not a regular file")
	case root() && !given:
		if why = Foreign(path, info); why != "" {
			err = errors.New(why)
		}
	}
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: path, Err: err}
	}
	return ReadAll(f, path)
}

// ReadAll reads something with a name to its end, up to MaxFile.
func ReadAll(r io.Reader, name string) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	if err == nil && len(b) > MaxFile {
		err = &fs.PathError{Op: "read", Path: name, Err: fmt.Errorf("too long: the statement limit is %d MB", MaxFile>>20)}
	}
	return b, err
}

// ofDescriptor reports whether a path is that of a descriptor.
func ofDescriptor(path string) bool {
	path = filepath.Clean(path)
	return path == "/dev/stdin" || strings.HasPrefix(path, "/dev/fd/") || strings.HasPrefix(path, "/proc/self/fd/")
}

// Foreign says why another user could have written a file, "" if none could but root: it, or a
// directory on the way to it, belongs to another or may be written to by others.
func Foreign(path string, info fs.FileInfo) string {
	if why := writable(info); why != "" {
		return why
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return err.Error()
	}
	for {
		info, err := os.Stat(dir)
		if err != nil {
			return err.Error()
		}
		// In a sticky directory, as /tmp, others cannot put a file in the place of ours.
		if why := writable(info); why != "" && !(info.Mode()&fs.ModeSticky != 0 && owned(info)) {
			return "directory " + dir + ": " + why
		}
		if parent := filepath.Dir(dir); parent != dir {
			dir = parent
			continue
		}
		return ""
	}
}

// ForeignInput says why another user could have written what a file that was opened for us, such
// as standard input, has; "" if none could. What comes through a pipe without a name comes from
// whoever started us, and so does what is typed.
func ForeignInput(f *os.File) string {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() && (info.Mode()&fs.ModeNamedPipe == 0 || nameless(f)) {
		return ""
	}
	return writable(info)
}
