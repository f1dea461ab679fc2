package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Each event comes as soon as it happens, and Ctrl-C ends that.
func TestEventsStream(t *testing.T) {
	skipWithoutSignals(t)
	watched := make(chan os.Signal, 1) // one that is ignored, as in the background, would stay that for children
	signal.Notify(watched, syscall.SIGINT)
	defer signal.Stop(watched)
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	for _, format := range []string{"jsonl", "csv", "listing"} {
		cmd := exec.Command("sockstat", "--events", "-o", format, "-p", fmt.Sprint(port), "--where", "event = 'closed'")
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		stop := make(chan struct{})
		go connectUntil(stop, l)
		lines := bufio.NewScanner(out)
		var got []string
		for len(got) < 3 && lines.Scan() { // while it runs
			got = append(got, lines.Text())
		}
		must(t, cmd.Process.Signal(syscall.SIGINT))
		for lines.Scan() {
			got = append(got, lines.Text())
		}
		close(stop)
		var ended *exec.ExitError
		if err := cmd.Wait(); !errors.As(err, &ended) || ended.ExitCode() != exitInterrupted {
			t.Errorf("%s: %v", format, err)
		}
		headers := 0
		for _, line := range got {
			switch {
			case strings.HasPrefix(line, "time,event,") || strings.HasPrefix(line, "TIME "):
				headers++
			case !strings.Contains(line, "closed") || !strings.Contains(line, "127.0.0.1"):
				t.Errorf("%s: %q", format, line)
			case format == "jsonl" && !json.Valid([]byte(line)):
				t.Errorf("not JSON: %q", line)
			}
		}
		if len(got) < 3 || (headers == 1) != (format != "jsonl") || headers > 1 {
			t.Errorf("%s: %q", format, got)
		}
	}
}

// connectUntil makes a short connection now and then.
func connectUntil(stop <-chan struct{}, l net.Listener) {
	for {
		select {
		case <-stop:
			return
		case <-time.After(10 * time.Millisecond):
		}
		c, err := net.Dial("tcp4", l.Addr().String())
		if err != nil {
			continue
		}
		if s, err := l.Accept(); err == nil {
			s.Close()
		}
		c.Close()
	}
}
