package main

import "errors"

// usageError is an error in the command line.
type usageError struct {
	error
	hint string
}

func (e *usageError) Unwrap() error { return e.error }

// Hint returns what to do about it.
func (e *usageError) Hint() string {
	if e.hint != "" {
		return e.hint
	}
	var own interface{ Hint() string }
	if errors.As(e.error, &own) {
		return own.Hint()
	}
	return "sockstat -h explains the options"
}

// advises reports whether it has a hint of its own.
func (e *usageError) advises() bool { return e.Hint() != (&usageError{errors.New(""), ""}).Hint() }

// asUsageError makes an error one in the command line, if it is none yet.
func asUsageError(err error) error {
	var e *usageError
	if err == nil || errors.As(err, &e) {
		return err
	}
	return &usageError{err, ""}
}

// errQuiet is for those who know -q from FreeBSD.
var errQuiet = &usageError{errors.New("-q takes SQL"), "FreeBSD's quiet is -H here"}
