//go:build !linux && !illumos

package repl

import "github.com/peterh/liner"

func newState() *liner.State { return liner.NewLiner() }

func keysOnly() (restore func()) { return func() {} }
