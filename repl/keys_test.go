//go:build linux || illumos

package repl

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// termiosOf returns the mode of a terminal.
func termiosOf(t *testing.T, tty *os.File) unix.Termios {
	t.Helper()
	raw, err := tty.SyscallConn() // Fd would have reading block
	if err != nil {
		t.Fatal(err)
	}
	var mode *unix.Termios
	raw.Control(func(fd uintptr) { mode, err = unix.IoctlGetTermios(int(fd), unix.TCGETS) })
	if err != nil {
		t.Fatal(err)
	}
	return *mode
}

// TestTerminalMode checks that statements run, and the shell ends, with the mode that the
// terminal had.
func TestTerminalMode(t *testing.T) {
	pty, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer pty.Close()
	defer tty.Close()
	want := termiosOf(t, tty)
	s := startSession(t, 120, nil)
	s.expect("sockstat> ")
	if termiosOf(t, s.tty) == want {
		t.Error("no mode of its own for the editor")
	}
	s.line(endlessSQL)
	s.expect("\r\nruns\r\n")
	if got := termiosOf(t, s.tty); got != want {
		t.Errorf("statement runs with %+v, want %+v", got, want)
	}
	s.send("\x03")
	s.expect("sockstat> ")
	s.send("\x04")
	s.exit(0)
	if got := termiosOf(t, s.tty); got != want {
		t.Errorf("after the end %+v, want %+v", got, want)
	}
}

// TestReadFIFO reads a file that nobody writes to, then one whose writer says little.
func TestReadFIFO(t *testing.T) {
	fifo := func(name string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := unix.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	s := startSession(t, 120, nil)
	s.expect("sockstat> ")
	s.line(".read " + fifo("unwritten"))
	s.expect("\r\n")
	for termiosOf(t, s.tty).Lflag&unix.ISIG == 0 { // until Ctrl-C is a signal
		time.Sleep(time.Millisecond)
	}
	s.send("\x03")
	s.expect("interrupted\r\nsockstat> ")

	written := fifo("written")
	s.line(".read " + written)
	w, err := os.OpenFile(written, os.O_WRONLY, 0) // waits for the reader
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	w.WriteString("SELECT 'read';\n")
	s.expect("\r\nread\r\n")
	s.send("\x03")
	s.expect("interrupted\r\nsockstat> ")
	s.send("\x04")
	s.exit(0)
}
