package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/osquery/osquery-go/gen/osquery"
	"github.com/osquery/osquery-go/transport"

	"sockstat/internal/testns"
)

// asExtension in the environment makes the test program the extension.
const asExtension = "SOCKSTAT_TEST_EXTENSION"

func TestMain(m *testing.M) {
	if os.Getenv(asExtension) != "" {
		os.Exit(run(os.Args[1:]))
	}
	testns.Enter()
	os.Exit(m.Run())
}

// manager is osquery's side of its protocol, on a real socket.
type manager struct {
	path    string
	server  *thrift.TSimpleServer
	came    chan *osquery.InternalExtensionInfo
	gone    chan osquery.ExtensionRouteUUID
	mu      sync.Mutex
	routes  osquery.ExtensionRegistry
	pings   int
	refusal string // why an extension may not register
}

const uuid = 4711

func (m *manager) Ping(context.Context) (*osquery.ExtensionStatus, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pings++
	return &osquery.ExtensionStatus{Message: "OK"}, nil
}

func (m *manager) RegisterExtension(_ context.Context, info *osquery.InternalExtensionInfo, r osquery.ExtensionRegistry) (*osquery.ExtensionStatus, error) {
	m.mu.Lock()
	m.routes = r
	refusal := m.refusal
	m.mu.Unlock()
	if refusal != "" {
		return &osquery.ExtensionStatus{Code: 1, Message: refusal}, nil
	}
	m.came <- info
	return &osquery.ExtensionStatus{Message: "OK", UUID: uuid}, nil
}

func (m *manager) DeregisterExtension(_ context.Context, id osquery.ExtensionRouteUUID) (*osquery.ExtensionStatus, error) {
	m.gone <- id
	return &osquery.ExtensionStatus{Message: "OK"}, nil
}

func (m *manager) Call(context.Context, string, string, osquery.ExtensionPluginRequest) (*osquery.ExtensionResponse, error) {
	return &osquery.ExtensionResponse{Status: &osquery.ExtensionStatus{Code: 1, Message: "not asked"}}, nil
}
func (m *manager) Shutdown(context.Context) error { return nil }
func (m *manager) Extensions(context.Context) (osquery.InternalExtensionList, error) {
	return nil, nil
}
func (m *manager) Options(context.Context) (osquery.InternalOptionList, error) { return nil, nil }
func (m *manager) Query(context.Context, string) (*osquery.ExtensionResponse, error) {
	return nil, nil
}
func (m *manager) GetQueryColumns(context.Context, string) (*osquery.ExtensionResponse, error) {
	return nil, nil
}

// newManager starts a manager.
func newManager(t *testing.T) *manager {
	dir, err := os.MkdirTemp("", "osq") // t.TempDir may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	m := &manager{path: filepath.Join(dir, "s"), came: make(chan *osquery.InternalExtensionInfo, 1), gone: make(chan osquery.ExtensionRouteUUID, 1)}
	listener, err := transport.OpenServer(m.path, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	m.server = thrift.NewTSimpleServer2(osquery.NewExtensionManagerProcessor(m), listener)
	go m.server.Serve()
	t.Cleanup(func() { m.server.Stop() })
	return m
}

// start starts the extension as osqueryd does.
func (m *manager) start(t *testing.T) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "--verbose", "--socket", m.path, "--timeout", "3", "--interval", "1")
	cmd.Env = append(os.Environ(), asExtension+"=1")
	cmd.Stderr = t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	return cmd
}

// registered waits until an extension has come, and returns a connection to it.
func (m *manager) registered(t *testing.T) osquery.Extension {
	select {
	case info := <-m.came:
		if info.Name != "sockstat" || info.Version == "" {
			t.Errorf("%+v", info)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("nothing registered")
	}
	return dial(t, m)
}

// dial connects to an extension.
func dial(t *testing.T, m *manager) osquery.Extension {
	trans, err := transport.Open(m.path+".4711", 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { trans.Close() })
	return osquery.NewExtensionClientFactory(trans, thrift.NewTBinaryProtocolFactoryConf(nil))
}

// generate asks a table for rows with a context.
func generate(t *testing.T, e osquery.Extension, table, queryContext string) osquery.ExtensionPluginResponse {
	t.Helper()
	response, err := e.Call(t.Context(), "table", table, osquery.ExtensionPluginRequest{"action": "generate", "context": queryContext})
	if err != nil {
		t.Fatal(err)
	}
	if response.Status.Code != 0 {
		t.Fatalf("%s: %s", table, response.Status.Message)
	}
	return response.Response
}
