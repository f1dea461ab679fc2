//go:build unix && !linux

package startup

import (
	"time"

	"golang.org/x/sys/unix"
)

// PeekInput returns the beginning of what is on standard input without taking it from there: that
// of a file from where it is read on. A pipe cannot be looked at so, nor a socket everywhere.
func PeekInput(time.Duration) string {
	var st unix.Stat_t
	if unix.Fstat(0, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFREG {
		return ""
	}
	b := make([]byte, peekLength)
	return string(b[:max(0, peekFile(b))])
}
