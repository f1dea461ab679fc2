//go:build !unix

package startup

// CheckDescriptors does nothing where there is no such limit.
func CheckDescriptors() error { return nil }
