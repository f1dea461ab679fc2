package repl

import (
	"bufio"
	"io"
	"os"

	"sockstat/repl/format"
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

// file returns the file that results go to, nil if it is none.
func (s *Shell) file() *os.File {
	switch {
	case s.once != nil:
		return s.once.f
	case s.redirect != nil:
		return s.redirect.f
	}
	f, _ := s.Out.(*os.File)
	return f
}

// pager returns what a result is written to, and sets the screen if that is a terminal.
func (s *Shell) pager(settings *format.Settings) *Pager {
	f, ok := terminal(s.file())
	if !ok {
		return &Pager{out: s.destination()}
	}
	return newPager(s.destination(), f, settings, ".maxrows -1 shows all")
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
