//go:build !unix

package trust

import (
	"io/fs"
	"os"
)

// Where files have no owner to compare with, all are trusted.

func open(path string) (*os.File, error) { return os.Open(path) }

func root() bool { return false }

// Raised reports whether the program runs with rights that who started it lacks.
func Raised() bool { return false }

func owned(fs.FileInfo) bool      { return true }
func writable(fs.FileInfo) string { return "" }
func nameless(*os.File) bool      { return true }
