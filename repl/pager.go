package repl

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"

	"sockstat/internal/trust"
	"sockstat/repl/format"
)

// Pager is a writer in front of a terminal. What fits the screen it passes on when it is closed, what
// does not it shows through the program that SOCKSTAT_PAGER or PAGER names, as in a shell. Without
// such a program it passes on everything at once.
type Pager struct {
	out      io.Writer
	terminal *os.File
	command  string // "" for none
	columns  int
	room     int // lines that fit the screen

	mu    sync.Mutex // held while the pager may be shown
	held  bytes.Buffer
	seen  int // bytes of held whose lines are counted
	lines int
	cmd   *exec.Cmd // nil until the pager runs
	in    io.WriteCloser
	shown bool // the pager ran
}

// errPagerQuit is the error of writing to a pager that its user has quit: the rest is not wanted.
var errPagerQuit = fmt.Errorf("pager: %w", syscall.EPIPE)

// NewPager returns the pager in front of a writer, and sets the screen of the settings, if the
// writer is a terminal; else it returns a pager that only passes on.
func NewPager(out io.Writer, s *format.Settings, hint string) *Pager {
	f, ok := terminal(out)
	if !ok {
		return &Pager{out: out}
	}
	return newPager(out, f, s, hint)
}

// newPager returns the pager in front of a terminal that out writes to.
func newPager(out io.Writer, f *os.File, s *format.Settings, hint string) *Pager {
	s.Screen = newScreen(f, s, hint)
	columns, rows := size(f)
	p := &Pager{out: out, terminal: f, columns: columns, room: rows - 1}
	if !s.NoPager && !trust.Raised() {
		p.command = cmp.Or(os.Getenv("SOCKSTAT_PAGER"), os.Getenv("PAGER"))
	}
	if p.command == "cat" {
		p.command = ""
	}
	if p.command != "" && s.MaxRows == 0 {
		s.Screen.Limit = 0 // one can look at all of them
	}
	return p
}

func (p *Pager) Write(b []byte) (int, error) {
	if p.command == "" {
		return p.out.Write(b)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.cmd != nil:
		return p.page(b)
	case p.shown:
		return 0, errPagerQuit
	}
	p.held.Write(b)
	if p.fits() {
		return len(b), nil
	}
	if err := p.start(); err != nil { // there is no such thing here
		p.command = ""
		_, err = p.out.Write(p.held.Bytes())
		return len(b), err
	}
	_, err := p.page(p.held.Bytes())
	p.held.Reset()
	return len(b), err
}

// fits reports whether what is held fits the screen.
func (p *Pager) fits() bool {
	c := format.Screen{Columns: p.columns}
	for p.lines <= p.room {
		line, _, ended := bytes.Cut(p.held.Bytes()[p.seen:], []byte("\n"))
		if !ended {
			return true
		}
		p.seen += len(line) + 1
		p.lines += c.Lines(string(line))
	}
	return false
}

// start starts the pager.
func (p *Pager) start() error {
	cmd := exec.Command("/bin/sh", "-c", p.command)
	cmd.Stdout, cmd.Stderr = p.terminal, os.Stderr
	cmd.Env = os.Environ()
	if _, set := os.LookupEnv("LESS"); !set {
		cmd.Env = append(cmd.Env, "LESS=FRX") // it shows colors, and leaves what it showed on the screen
	}
	in, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err == nil {
		p.cmd, p.in, p.shown = cmd, in, true
	}
	return err
}

// page writes to the pager.
func (p *Pager) page(b []byte) (int, error) {
	n, err := p.in.Write(b)
	if errors.Is(err, syscall.EPIPE) { // it has ended, or never began
		if err = p.wait(); err == nil {
			err = errPagerQuit
		}
	}
	return n, err
}

// Close passes on what is held, or waits until the user has quit the pager.
func (p *Pager) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd != nil {
		return p.wait()
	}
	if p.held.Len() == 0 {
		return nil
	}
	defer p.held.Reset()
	_, err := p.out.Write(p.held.Bytes())
	return err
}

// Wait waits until the user has quit the pager, which gets no more. It reports whether there was one.
func (p *Pager) Wait() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd != nil {
		p.wait()
	}
	return p.shown
}

// wait waits for the end of the pager.
func (p *Pager) wait() error {
	p.in.Close()
	err := p.cmd.Wait()
	p.cmd = nil
	var exit *exec.ExitError
	if errors.As(err, &exit) && (exit.ExitCode() == 126 || exit.ExitCode() == 127) { // of the shell
		return format.WithHint(fmt.Errorf("pager %q cannot be run", p.command), "set SOCKSTAT_PAGER or PAGER, or use --no-pager")
	}
	return nil // how it ended is its user's business
}
