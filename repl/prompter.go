package repl

import (
	"bufio"
	"context"
	"io"
	"os"
	"time"
)

// prompter reads lines of what cannot be edited, or not by us: a file or pipe, a terminal
// with TERM=dumb, a very narrow one, or one whose output goes elsewhere. A terminal's own
// editing remains.
type prompter struct {
	lines      chan typed
	wanted     chan struct{}
	waiting    bool // for a line after Ctrl-C
	out        io.Writer
	interrupts <-chan os.Signal
}

// typed is a line or the error in its place.
type typed struct {
	line string
	err  error
}

// newPrompter shows prompts on out.
func newPrompter(in io.Reader, out io.Writer, interrupts <-chan os.Signal) *prompter {
	p := &prompter{lines: make(chan typed, 1), wanted: make(chan struct{}), out: out, interrupts: interrupts}
	go p.read(&lines{r: bufio.NewReader(in)})
	return p
}

// read reads a line whenever one is wanted, until Close. Reading cannot be interrupted, so
// it may outlive the shell by one line.
func (p *prompter) read(in *lines) {
	for range p.wanted {
		line, err := in.ReadLine(context.Background(), "")
		p.lines <- typed{line, err}
	}
}

func (p *prompter) ReadLine(ctx context.Context, prompt string) (string, error) {
	if _, err := io.WriteString(p.out, prompt); err != nil {
		return "", err
	}
	if !p.waiting {
		p.wanted <- struct{}{}
		p.waiting = true
	}
	select {
	case t := <-p.lines:
		p.waiting = false
		if t.err == io.EOF {
			return "", p.end()
		}
		return t.line, t.err
	case <-p.interrupts:
		io.WriteString(p.out, "\n")
		return "", ErrInterrupted
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// end returns the error at the end of the input. Ctrl-C also ends who writes to a pipe, and
// the end of that may be seen before the signal is.
func (p *prompter) end() error {
	io.WriteString(p.out, "\n")
	select {
	case <-p.interrupts:
		return ErrInterrupted
	case <-time.After(10 * time.Millisecond):
		return io.EOF
	}
}

func (p *prompter) Close() error {
	close(p.wanted)
	return nil
}
