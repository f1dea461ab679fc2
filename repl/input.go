package repl

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/peterh/liner"
	"golang.org/x/term"

	"sockstat/vtab/engine"
)

// lineReader reads input line by line.
type lineReader interface {
	// ReadLine returns the next line without its end, io.EOF after the last one, or
	// ErrInterrupted after Ctrl-C. A terminal shows the prompt.
	ReadLine(ctx context.Context, prompt string) (string, error)
	Close() error
}

// greeting is the line that the shell begins with where somebody types.
const greeting = `End SQL with ";". Try .help or .tables` + "\n"

// open returns the reader of In.
func (s *Shell) open() lineReader {
	in, inTerminal := terminal(s.In)
	out, outTerminal := terminal(s.Out)
	s.interactive = inTerminal
	switch {
	case !inTerminal:
		return newPrompter(s.In, io.Discard, s.interrupts)
	case outTerminal && in == os.Stdin && out == os.Stdout && wide(out) && liner.TerminalSupported():
		e, err := newEditor(s, out)
		if err == nil {
			s.editor = e
			io.WriteString(s.screen, greeting)
			return e
		}
		s.report(err)
		return newPrompter(s.In, s.screen, s.interrupts)
	case outTerminal:
		io.WriteString(s.screen, greeting)
		return newPrompter(s.In, s.screen, s.interrupts)
	}
	io.WriteString(s.Err, greeting)
	return newPrompter(s.In, s.Err, s.interrupts) // the prompt is no part of a result
}

// terminal returns the file behind a reader or writer and whether it is a terminal.
func terminal(v any) (*os.File, bool) {
	f, ok := v.(*os.File)
	return f, ok && f != nil && term.IsTerminal(int(f.Fd()))
}

// wide reports whether a terminal has room for editing behind the prompt. One that does not know
// its size is taken to have it.
func wide(f *os.File) bool {
	columns, _, err := term.GetSize(int(f.Fd()))
	return err == nil && (columns == 0 || columns >= 2*len(prompt))
}

// lines reads lines from a file or pipe.
type lines struct {
	r       *bufio.Reader
	started bool
}

// ReadLine takes CR LF for the end of a line too, and leaves out a byte order mark.
func (l *lines) ReadLine(ctx context.Context, _ string) (string, error) {
	line, err := l.line()
	if err != nil && (err != io.EOF || line == "") {
		return "", err
	}
	if !l.started {
		line = strings.TrimPrefix(line, "\ufeff")
		l.started = true
	}
	return strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r"), nil
}

// line reads a line with its end. The shell cannot go on behind one that no statement can have:
// that may have no end at all.
func (l *lines) line() (string, error) {
	var line strings.Builder
	for {
		part, err := l.r.ReadSlice('\n')
		line.Write(part)
		switch {
		case line.Len() > engine.MaxSQL:
			return "", fmt.Errorf("line too long: the statement limit is %d MB", engine.MaxSQL>>20)
		case err != bufio.ErrBufferFull:
			return line.String(), err
		}
	}
}
