//go:build !unix

package repl

import "os"

// owned is true where files have no owner to compare with.
func owned(path string) bool { return true }

// openPrivate opens a file for reading and appending, and creates it if there is none.
func openPrivate(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
}
