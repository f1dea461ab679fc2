package main

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/osquery/osquery-go/gen/osquery"
)

// The extension registers every table with its columns, answers about real sockets with the
// columns and rows that are asked for, says what is wrong, and deregisters.
func TestExtension(t *testing.T) {
	m := newManager(t)
	cmd := m.start(t)
	e := m.registered(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	port := strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)

	t.Run("routes", func(t *testing.T) {
		m.mu.Lock()
		defer m.mu.Unlock()
		for _, name := range []string{"sockets", "tcp", "udp", "unix", "processes", "zones", "users", "tables", "listeners", "time_wait"} {
			if len(m.routes["table"][prefix+name]) == 0 {
				t.Errorf("no table %s", name)
			}
		}
		want := map[string]string{"id": "column", "name": "local_port", "type": "BIGINT", "op": "1"}
		found := false
		for _, r := range m.routes["table"][prefix+"tcp"] {
			found = found || fmt.Sprint(r) == fmt.Sprint(want)
		}
		if !found {
			t.Errorf("no %v in %v", want, m.routes["table"][prefix+"tcp"])
		}
		columns, err := e.Call(t.Context(), "table", prefix+"tcp", osquery.ExtensionPluginRequest{"action": "columns"})
		if err != nil || fmt.Sprint(columns.Response) != fmt.Sprint(m.routes["table"][prefix+"tcp"]) {
			t.Errorf("other columns: %v, %v", columns, err)
		}
	})
	t.Run("constraints and columns", func(t *testing.T) {
		rows := generate(t, e, prefix+"sockets", `{"constraints":[{"name":"local_port","affinity":"BIGINT","list":[{"op":2,"expr":"`+port+`"}]},
			{"name":"pid","list":""}],"colsUsed":["pid","local_address","remote_port"]}`)
		want := osquery.ExtensionPluginResponse{{"pid": strconv.Itoa(os.Getpid()), "local_address": "127.0.0.1"}}
		if fmt.Sprint(rows) != fmt.Sprint(want) {
			t.Errorf("%v, want %v", rows, want)
		}
	})
	t.Run("all columns", func(t *testing.T) {
		for _, row := range generate(t, e, prefix+"tcp", `{"constraints":[]}`) {
			if row["local_port"] == port && row["state"] == "LISTEN" {
				return
			}
		}
		t.Error("the listener is missing")
	})
	t.Run("saved query", func(t *testing.T) {
		rows := generate(t, e, prefix+"port", `{"constraints":[{"name":"port","list":[{"op":"2","expr":"`+port+`"}]}]}`)
		if len(rows) != 1 || rows[0]["port"] != port || rows[0]["command"] == "" {
			t.Errorf("%v", rows)
		}
	})
	t.Run("argument", func(t *testing.T) {
		if rows := generate(t, e, prefix+"events", `{"constraints":[{"name":"seconds","list":[{"op":2,"expr":"0"}]}],"colsUsed":["event"]}`); len(rows) > 0 {
			t.Errorf("%v", rows)
		}
	})
	t.Run("errors", func(t *testing.T) {
		for _, c := range []struct{ table, action, context, want string }{
			{"tcp", "generate", "{", "context"}, {"tcp", "generate", `{"constraints":[{"name":"pid","list":[{"op":"x","expr":""}]}]}`, "operator"},
			{"tcp", "delete", "", `unknown action "delete"`}, {"nothing", "generate", "{}", "Unknown registry item"},
			{"port", "generate", "{}", "WHERE port = ... is missing"},
		} {
			r, err := e.Call(t.Context(), "table", prefix+c.table, osquery.ExtensionPluginRequest{"action": c.action, "context": c.context})
			if err != nil || r.Status.Code == 0 || !strings.Contains(r.Status.Message, c.want) {
				t.Errorf("%v: %v, %v", c, r, err)
			}
		}
	})
	t.Run("side by side", func(t *testing.T) {
		for range 8 {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				e := dial(t, m)
				for range 5 {
					if rows := generate(t, e, prefix+"tcp", `{"constraints":[{"name":"local_port","list":[{"op":2,"expr":"`+port+`"}]}]}`); len(rows) != 1 {
						t.Errorf("%v", rows)
					}
				}
			})
		}
	})
	if s, err := e.Ping(t.Context()); err != nil || s.Code != 0 {
		t.Errorf("ping: %v, %v", s, err)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case id := <-m.gone:
		if id != uuid {
			t.Errorf("deregistered %d", id)
		}
	case <-time.After(10 * time.Second):
		t.Error("not deregistered")
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// Osquery ends an extension by its shutdown call.
func TestShutdown(t *testing.T) {
	m := newManager(t)
	cmd := m.start(t)
	if err := m.registered(t).Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// An extension ends when osquery is gone.
func TestLostManager(t *testing.T) {
	m := newManager(t)
	cmd := m.start(t)
	m.registered(t)
	m.server.Stop()
	if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("%v", cmd.ProcessState)
	}
}

// A refusal, a socket that is not there and a wrong command line are errors.
func TestRefused(t *testing.T) {
	m := newManager(t)
	m.mu.Lock()
	m.refusal = "duplicate extension"
	m.mu.Unlock()
	cmd := m.start(t)
	if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("refused: %v", cmd.ProcessState)
	}
	for _, c := range []struct {
		args []string
		want int
	}{
		{nil, 2}, {[]string{"--socket", "/nowhere/s", "--timeout", "0"}, 1}, {[]string{"--socket", "s", "more"}, 2},
		{[]string{"--timeout", "-1", "--socket", "s"}, 2}, {[]string{"--help"}, 2},
	} {
		if got := run(c.args); got != c.want {
			t.Errorf("%q: %d, want %d", c.args, got, c.want)
		}
	}
}
