//go:build linux || illumos

package repl

import "golang.org/x/sys/unix"

// keysOnly makes Ctrl-C on the terminal a key like others, no signal, until what it returns
// is called. The editor does so too, but after it has shown the prompt: what is typed at
// once would be lost.
func keysOnly() (restore func()) {
	mode, err := unix.IoctlGetTermios(unix.Stdin, unix.TCGETS)
	if err != nil {
		return func() {}
	}
	keys := *mode
	keys.Lflag &^= unix.ISIG
	unix.IoctlSetTermios(unix.Stdin, unix.TCSETS, &keys)
	return func() { unix.IoctlSetTermios(unix.Stdin, unix.TCSETS, mode) }
}
