package main

import (
	"bytes"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"sockstat/internal/testns"
)

// TestMain makes the test binary the program itself where it is started as such.
func TestMain(m *testing.M) {
	if os.Getenv("SOCKSTAT_TEST_MAIN") != "" {
		main()
	}
	testns.Enter() // returns at once in a command of a script
	testscript.Main(m, map[string]func(){"sockstat": main})
}

// sockstat runs the program and returns its standard output.
func sockstat(t testing.TB, args ...string) string {
	t.Helper()
	return sockstatReading(t, "", args...)
}

// sockstatReading runs the program with a text as its standard input.
func sockstatReading(t testing.TB, input string, args ...string) string {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Stdin = strings.NewReader(input)
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
// of a system run there only. They find a socket of each kind, and a connection between two.
func TestScripts(t *testing.T) {
	port := openSockets(t)
	for _, dir := range []string{"testdata/script", filepath.Join("testdata/script", runtime.GOOS)} {
		if _, err := os.Stat(dir); err != nil {
			continue
		}
		testscript.Run(t, testscript.Params{Dir: dir, Setup: func(e *testscript.Env) error {
			captures, err := filepath.Abs("mib2/illumos/testdata")
			if err != nil {
				return err
			}
			e.Setenv("CAPTURES", captures) // replies of illumos kernels
			e.Setenv("PORT", port)
			e.Setenv("PID", strconv.Itoa(os.Getpid())) // who holds it
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("XDG_CONFIG_HOME", filepath.Join(e.WorkDir, "config"))
			e.Setenv("XDG_STATE_HOME", filepath.Join(e.WorkDir, "state"))
			return nil
		}})
	}
}

// openSockets opens a connection on 127.0.0.1, a UDP socket and a Unix one, which last as long
// as the test, and returns the port of the connection's listener.
func openSockets(t *testing.T) (port string) {
	keep := func(c io.Closer, err error) {
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	keep(l, err)
	keep(net.Dial("tcp4", l.Addr().String()))
	keep(l.Accept())
	keep(net.ListenPacket("udp4", "127.0.0.1:0"))
	keep(net.Listen("unix", filepath.Join(t.TempDir(), "socket")))
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return port
}

// A saved reply gives the same sockets by every way to ask for them.
func TestReplay(t *testing.T) {
	for capture, want := range map[string]int{"small": 20, "empty": 0, "grown": 10, "oldkernel": 7, "sockinfo": 8} {
		file := "mib2/illumos/testdata/" + capture + ".tpi"
		for _, args := range [][]string{{"-H"}, {"-4H"}, {"-6H"}, {"-HZasn", "--where", "creator IS NOT NULL OR pid IS NULL"},
			{"-Hu"}, {"-H", "--holders"}, {"-o", "list", "-H", "-q", "SELECT 1 FROM udp UNION ALL SELECT 1 FROM tcp"}} {
			lines := strings.Count(sockstat(t, append([]string{"--mib", file}, args...)...), "\n")
			switch args[0] {
			case "-4H":
				lines += strings.Count(sockstat(t, "--mib", file, "-6H"), "\n")
			case "-6H", "-Hu":
				lines = want
			}
			if lines != want {
				t.Errorf("%s %q: %d lines instead of %d", capture, args, lines, want)
			}
		}
	}
}

const endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"

// A signal ends a statement that would never end, with its own exit status once signals
// are watched for.
func TestSignals(t *testing.T) {
	skipWithoutSignals(t)
	watched := make(chan os.Signal, 1) // ignored ones, as in the background, would stay that for children
	signal.Notify(watched, syscall.SIGINT, syscall.SIGTERM)
	defer signal.Stop(watched)
	after := func(signal syscall.Signal, wait time.Duration) syscall.WaitStatus {
		cmd := exec.Command(os.Args[0], "--timeout", "1m", "-q", endless)
		cmd.Env = append(os.Environ(), "SOCKSTAT_TEST_MAIN=1")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(wait)
		cmd.Process.Signal(signal)
		cmd.Wait()
		return cmd.ProcessState.Sys().(syscall.WaitStatus)
	}
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		ended := after(signal, 0)
		for wait := 10 * unwatched; ended.Signaled() && wait < time.Minute; wait *= 4 {
			if ended.Signal() != signal {
				t.Fatalf("%v: ended by %v", signal, ended.Signal())
			}
			ended = after(signal, wait)
		}
		if ended.ExitStatus() != exitInterrupted {
			t.Errorf("%v: exit status %d", signal, ended.ExitStatus())
		}
	}
}

// A signal that who started us has ignored stays ignored.
func TestIgnoredSignal(t *testing.T) {
	skipWithoutSignals(t)
	signal.Ignore(syscall.SIGINT)
	defer signal.Reset(syscall.SIGINT)
	cmd := exec.Command(os.Args[0], "--timeout", "1s", "-q", endless)
	cmd.Env = append(os.Environ(), "SOCKSTAT_TEST_MAIN=1")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(20 * unwatched)
	cmd.Process.Signal(syscall.SIGINT)
	if cmd.Wait(); cmd.ProcessState.ExitCode() != exitFailed {
		t.Errorf("not ended by the timeout: %v", cmd.ProcessState)
	}
}

// skipWithoutSignals skips a test that sends signals to another process.
func skipWithoutSignals(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no signals to send")
	}
}
