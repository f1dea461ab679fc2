package repl

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScript runs the shell as a command, with input that is not a terminal.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script"})
}
