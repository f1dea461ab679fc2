//go:build !linux && !illumos

package repl

import (
	"os"

	"github.com/peterh/liner"
)

// keyboard does nothing: the editor reads the terminal itself.
type keyboard struct{}

func (k *keyboard) read() (stop func()) { return func() {} }
func (k *keyboard) completed(bool)      {}
func (k *keyboard) Close() error        { return nil }

func newState() (*liner.State, *keyboard, error) { return liner.NewLiner(), nil, nil }

func keysOnly() (restore func()) { return func() {} }

func giveSize(*os.File) (restore func()) { return nil }
