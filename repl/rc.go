package repl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"sockstat/internal/trust"
	"sockstat/repl/format"
)

// readRC runs the commands that the user has every shell begin with.
func (s *Shell) readRC(ctx context.Context) error {
	if s.RC == "" || s.Safe != "" {
		return nil
	}
	f, err := os.Open(s.RC)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		format.PrintError(s.Err, fmt.Errorf("left out: %w", err))
		return nil
	}
	defer f.Close()
	info, err := f.Stat()
	why := ""
	switch {
	case err != nil:
		why = err.Error()
	case !info.Mode().IsRegular():
		why = "not a regular file"
	default:
		why = trust.Foreign(s.RC, info)
	}
	if why != "" {
		format.PrintError(s.Err, fmt.Errorf("%s is left out: another user could have written it: %s", s.RC, why))
		return nil
	}
	in := newPrompter(f, io.Discard, s.interrupts)
	defer in.Close()
	return s.feed(ctx, in, s.RC)
}
