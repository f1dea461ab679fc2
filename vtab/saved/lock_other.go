//go:build !((unix && !solaris) || illumos)

package saved

import "os"

const (
	noFollow = 0
	nonBlock = 0
)

// lockFile locks nothing: SQLite's own locks keep two writers apart, moment by moment.
func lockFile(*os.File) (ok bool, err error) { return true, nil }

// isInvalid reports whether a system does not sync directories, as those here.
func isInvalid(error) bool { return true }
