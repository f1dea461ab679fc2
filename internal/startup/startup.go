// Package startup is what the program sees to in its own process before it begins: whether
// there are descriptors and somewhere to print to, and when garbage is collected.
package startup

import "errors"

// ErrNoOutput says that there is nowhere to print to.
var ErrNoOutput = errors.New("standard output is closed")
