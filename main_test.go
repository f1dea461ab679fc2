package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes the test binary the program itself where it is started as such.
func TestMain(m *testing.M) {
	if os.Getenv("SOCKSTAT_TEST_MAIN") != "" {
		main()
	}
	testscript.Main(m, map[string]func(){"sockstat": main})
}

// sockstat runs the program and returns its standard output.
func sockstat(t testing.TB, args ...string) string {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), "SOCKSTAT_TEST_MAIN=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("sockstat %q: %v\n%s", args, err, stderr.String())
	}
	return string(out)
}

// Each script in testdata/script is a story about the command line. Those in a directory
// of a system run there only.
func TestScripts(t *testing.T) {
	for _, dir := range []string{"testdata/script", filepath.Join("testdata/script", runtime.GOOS)} {
		if _, err := os.Stat(dir); err != nil {
			continue
		}
		testscript.Run(t, testscript.Params{Dir: dir, Setup: func(e *testscript.Env) error {
			captures, err := filepath.Abs("mib2/testdata/illumos")
			if err != nil {
				return err
			}
			e.Setenv("CAPTURES", captures) // replies of illumos kernels
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("XDG_CONFIG_HOME", filepath.Join(e.WorkDir, "config"))
			e.Setenv("XDG_STATE_HOME", filepath.Join(e.WorkDir, "state"))
			return nil
		}})
	}
}
