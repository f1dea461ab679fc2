//go:build unix && !linux

package startup

// sameFile is false where it cannot be told.
func sameFile(a, b int) bool { return false }
