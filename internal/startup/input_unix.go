//go:build unix

package startup

import "golang.org/x/sys/unix"

// peekLength is how much of standard input is looked at.
const peekLength = 4096

// peekFile reads from where the file that is standard input is read on, and leaves it there.
func peekFile(b []byte) int {
	at, err := unix.Seek(0, 0, 1) // SEEK_CUR
	if err != nil {
		return 0
	}
	n, _ := unix.Pread(0, b, at)
	return n
}
