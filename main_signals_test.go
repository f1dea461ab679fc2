//go:build unix

package main

import (
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
	"time"
)

const endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"

// A signal ends a statement that would never end, with its own exit status once signals
// are watched for.
func TestSignals(t *testing.T) {
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
