//go:build !unix

package repl

import "os"

// resizes returns nothing: there is no signal for it.
func resizes() (changed <-chan os.Signal, stop func()) { return nil, func() {} }
