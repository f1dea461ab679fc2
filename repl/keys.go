//go:build linux || illumos

package repl

import (
	"os"

	"github.com/peterh/liner"
	"golang.org/x/sys/unix"
)

// newState returns an editor that leaves the terminal's mode as it is, since statements run
// with that, and who ends or stops us then finds it. It reads what the keyboard carries on.
func newState() (*liner.State, *keyboard, error) {
	keys, reads, err := newKeyboard()
	if err != nil {
		return nil, nil, err
	}
	defer func(stdin *os.File) { os.Stdin = stdin }(os.Stdin)
	os.Stdin = reads // where the editor looks, once
	mode, err := liner.TerminalMode()
	state := liner.NewLiner()
	if err == nil {
		mode.ApplyMode()
	}
	return state, keys, nil
}

// giveSize gives a terminal that does not know its size, as a serial console, that of a VT100,
// until what it returns is called; nil if the terminal has a size. The editor asks the terminal.
func giveSize(tty *os.File) (restore func()) {
	fd := int(tty.Fd())
	size, err := unix.IoctlGetWinsize(fd, unix.TIOCGWINSZ)
	if err != nil || size.Col != 0 {
		return nil
	}
	unknown, given := *size, *size
	given.Row, given.Col = 24, 80
	unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &given)
	return func() {
		if size, err := unix.IoctlGetWinsize(fd, unix.TIOCGWINSZ); err == nil && *size == given {
			unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unknown)
		}
	}
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
