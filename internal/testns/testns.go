// Package testns gives the tests of a package a network namespace of their own, so that
// neither the sockets of a busy machine nor those of other tests slow or change them.
package testns

import (
	"os"
	"path/filepath"
	"strings"
)

// isTest reports whether this program runs as a test, and not as a command that a test of
// package testscript starts under another name.
func isTest() bool {
	name := strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe")
	return strings.HasSuffix(name, ".test")
}
