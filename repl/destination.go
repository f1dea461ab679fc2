package repl

import (
	"bufio"
	"io"
	"os"
)

// file is what .output or .once opened.
type file struct {
	*bufio.Writer
	name string
	f    *os.File
}

// create creates a file for results, or empties it.
func create(name string) (*file, error) {
	f, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	return &file{bufio.NewWriter(f), name, f}, nil
}

// Close writes what is left. It may be called on nil.
func (f *file) Close() error {
	if f == nil {
		return nil
	}
	return first(f.Flush(), f.f.Close())
}

// destination returns where results go.
func (s *Shell) destination() io.Writer {
	switch {
	case s.once != nil:
		return s.once
	case s.redirect != nil:
		return s.redirect
	}
	return s.screen
}

// onTerminal reports whether results go to a terminal.
func (s *Shell) onTerminal() bool {
	var to any = s.Out
	switch {
	case s.once != nil:
		to = s.once.f
	case s.redirect != nil:
		to = s.redirect.f
	}
	_, ok := terminal(to)
	return ok
}

// endOnce ends what .once began.
func (s *Shell) endOnce() error {
	err := s.once.Close()
	s.once = nil
	return err
}

// endResult ends what a statement or command printed: its text is in the file of .output then,
// not in a buffer.
func (s *Shell) endResult() error {
	err := s.endOnce()
	if s.redirect != nil {
		err = first(err, s.redirect.Flush())
	}
	return err
}

// closeFiles sends results to Out again.
func (s *Shell) closeFiles() error {
	err := first(s.endOnce(), s.redirect.Close())
	s.redirect = nil
	return err
}
