//go:build linux || illumos

package repl

import (
	"github.com/peterh/liner"
	"golang.org/x/sys/unix"
)

// newState returns an editor that leaves the terminal's mode as it is, since statements run
// with that, and who ends or stops us then finds it.
func newState() *liner.State {
	mode, err := liner.TerminalMode()
	state := liner.NewLiner()
	if err == nil {
		mode.ApplyMode()
	}
	return state
}

// keysOnly gives the terminal the editor's mode, in which Ctrl-C is a key like others and no
// signal, until what it returns is called. The editor would do the last of it by itself, but
// after it has shown the prompt: a Ctrl-C typed at once would be lost.
func keysOnly() (restore func()) {
	mode, err := unix.IoctlGetTermios(unix.Stdin, unix.TCGETS)
	if err != nil {
		return func() {}
	}
	keys := *mode
	keys.Iflag &^= unix.ICRNL | unix.INPCK | unix.ISTRIP | unix.IXON
	keys.Cflag |= unix.CS8
	keys.Lflag &^= unix.ECHO | unix.ICANON | unix.IEXTEN | unix.ISIG
	keys.Cc[unix.VMIN], keys.Cc[unix.VTIME] = 1, 0
	unix.IoctlSetTermios(unix.Stdin, unix.TCSETS, &keys)
	return func() { unix.IoctlSetTermios(unix.Stdin, unix.TCSETS, mode) }
}
