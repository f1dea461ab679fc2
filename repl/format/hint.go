package format

import (
	"errors"
	"io"
)

// PrintError prints an error as one line that says whose it is, escaped, and a second one
// with the hint of an error that has a method Hint.
func PrintError(w io.Writer, err error) error {
	line := append(AppendEscaped([]byte("sockstat: "), err.Error()), '\n')
	var h interface{ Hint() string }
	if errors.As(err, &h) && h.Hint() != "" {
		line = append(AppendEscaped(append(line, "sockstat: hint: "...), h.Hint()), '\n')
	}
	_, err = w.Write(line)
	return err
}

// WithHint returns an error with a hint that [PrintError] prints: what to do about it. It
// takes the place of a hint that the error has.
func WithHint(err error, hint string) error { return hinted{err, hint} }

// hinted is an error with a hint.
type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }
func (h hinted) Hint() string  { return h.hint }
