package repl

import (
	"errors"
	"io"
)

// Errors that [Shell.Run] returns after it has told the user.
var (
	// ErrFailed says that a statement or command failed.
	ErrFailed = errors.New("a statement failed")
	// ErrInterrupted says that Ctrl-C ended input that is not typed.
	ErrInterrupted = errors.New("interrupted")
)

// PrintError prints an error as one line that says whose it is, escaped, and a second one
// with the hint of an error that has a method Hint.
func PrintError(w io.Writer, err error) error {
	hint := ""
	var h interface{ Hint() string }
	if errors.As(err, &h) {
		hint = h.Hint()
	}
	return printError(w, err, hint)
}

// printError prints an error with a hint of the caller.
func printError(w io.Writer, err error, hint string) error {
	line := append(AppendEscaped([]byte("sockstat: "), err.Error()), '\n')
	if hint != "" {
		line = append(AppendEscaped(append(line, "sockstat: hint: "...), hint), '\n')
	}
	_, err = w.Write(line)
	return err
}

// WithHint returns an error with a hint that [PrintError] prints: what to do about it.
func WithHint(err error, hint string) error { return hinted{err, hint} }

// hinted is an error with a hint.
type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }
func (h hinted) Hint() string  { return h.hint }

// first returns the first error that is one.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
