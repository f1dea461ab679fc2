package repl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"sockstat/internal/trust"
)

// redirect sends results to a file, or to Out again.
func redirect(s *Shell, c *call) error {
	name := c.arg(0)
	if len(c.args) > 1 {
		return errUsage
	}
	if name == "" || name == "stdout" {
		return s.closeFiles()
	}
	f, err := s.create(name)
	if err != nil {
		return err
	}
	err = s.closeFiles()
	s.redirect = f
	return err
}

// once sends the next result to a file.
func once(s *Shell, c *call) error {
	if len(c.args) != 1 || c.arg(0) == "" {
		return errUsage
	}
	f, err := s.create(c.arg(0))
	if err != nil {
		return err
	}
	err = s.endOnce()
	s.once = f
	return err
}

// create creates a file for results. Of sqlite3's names, "|command" is refused.
func (s *Shell) create(name string) (*file, error) {
	if err := s.refuse("write to " + name); err != nil {
		return nil, err
	}
	if strings.HasPrefix(name, "|") {
		return nil, errors.New("write to a command: not supported")
	}
	return create(name)
}

// refuse returns why nothing may be done with files, nil if it may.
func (s *Shell) refuse(what string) error {
	if s.Safe == "" {
		return nil
	}
	return fmt.Errorf("%s: refused: %s", what, s.Safe)
}

// Unsafe returns what [Shell.Safe] is to say of a file, given why another user could have written
// it; "" if none could.
func Unsafe(foreign string) string { return unsafe(foreign) }

// unsafe returns why commands of a file are refused files themselves, given why another user could
// have written it; "" if none could.
func unsafe(foreign string) string {
	if foreign == "" {
		return ""
	}
	return "another user could have written this command: its file: " + foreign
}

// changeDirectory has names of files mean those of another directory.
func changeDirectory(s *Shell, c *call) error {
	if len(c.args) != 1 {
		return errUsage
	}
	if err := s.refuse("cd " + c.arg(0)); err != nil {
		return err
	}
	return os.Chdir(c.arg(0))
}

// maxDepth is how deep files may read files.
const maxDepth = 16

// read runs a file, whose dot commands run as well.
func read(s *Shell, c *call) error {
	if len(c.args) != 1 {
		return errUsage
	}
	if s.depth >= maxDepth {
		return errors.New("read " + c.arg(0) + ": files read each other too deeply")
	}
	if err := s.refuse("read " + c.arg(0)); err != nil {
		return err
	}
	f, err := s.openFile(c.ctx, c.arg(0))
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if why := trust.Foreign(c.arg(0), info); why != "" {
		s.Safe = unsafe(why)
		defer func() { s.Safe = "" }() // as it was: else nothing could be read
	}
	s.depth++
	defer func() { s.depth-- }()
	in := newPrompter(f, io.Discard, s.interrupts)
	defer in.Close()
	return s.feed(c.ctx, in, c.arg(0))
}

// openFile opens a file. That of a FIFO takes until somebody writes to it, or until Ctrl-C.
func (s *Shell) openFile(ctx context.Context, name string) (*os.File, error) {
	type opened struct {
		f   *os.File
		err error
	}
	done := make(chan opened, 1)
	go func() {
		f, err := os.Open(name)
		done <- opened{f, err}
	}()
	closeLater := func() {
		o := <-done
		o.f.Close()
	}
	select {
	case o := <-done:
		return o.f, o.err
	case <-s.interrupts:
		go closeLater()
		s.interrupted = true
		return nil, ErrInterrupted
	case <-ctx.Done():
		go closeLater()
		return nil, context.Cause(ctx)
	}
}
