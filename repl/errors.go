package repl

import "errors"

// Errors that [Shell.Run] returns after it has told the user.
var (
	// ErrFailed says that a statement or command failed.
	ErrFailed = errors.New("a statement failed")
	// ErrInterrupted says that Ctrl-C ended input that is not typed.
	ErrInterrupted = errors.New("interrupted")
)

// first returns the first error that is one.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
