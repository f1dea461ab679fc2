//go:build !unix

package repl

import "os"

// owned is true where files have no owner to compare with.
func owned(path string) bool { return true }

// createPrivate creates a file for reading and appending. There must be none yet.
func createPrivate(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE|os.O_EXCL, 0o600)
}

// openPrivate opens a file for reading and appending.
func openPrivate(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_APPEND, 0)
}
