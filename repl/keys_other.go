//go:build !linux && !illumos

package repl

func keysOnly() (restore func()) { return func() {} }
