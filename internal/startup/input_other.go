//go:build !unix

package startup

import "time"

// PeekInput returns nothing: standard input cannot be looked at without taking from it.
func PeekInput(time.Duration) string { return "" }
