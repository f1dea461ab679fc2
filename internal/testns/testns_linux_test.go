package testns

import (
	"net"
	"os"
	"strings"
	"testing"
)

func TestMain(m *testing.M) {
	Enter()
	os.Exit(m.Run())
}

// In a namespace of their own there is nothing but what the tests make.
func TestNamespace(t *testing.T) {
	if os.Getenv(stage) == refused {
		t.Skip("no namespace is permitted")
	}
	interfaces, err := net.Interfaces()
	if err != nil || len(interfaces) != 1 || interfaces[0].Flags&net.FlagUp == 0 {
		t.Fatalf("%v, %v", interfaces, err)
	}
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Error(err)
			continue
		}
		l.Close()
	}
	if os.Geteuid() != 0 {
		if l, err := net.Listen("tcp", "127.0.0.1:80"); err == nil {
			l.Close()
			t.Error("the tests have capabilities")
		}
	}
}

// The tables of sockets are of this namespace alone where the kernel can do that.
func TestOwnTables(t *testing.T) {
	if os.Getenv(stage) == refused {
		t.Skip("no namespace is permitted")
	}
	size, err := os.ReadFile("/proc/sys/net/ipv4/tcp_ehash_entries")
	if err != nil {
		t.Skip("before Linux 6.1: ", err)
	}
	got := strings.TrimSpace(string(size))
	switch err := ownTables(); {
	case got == "4096":
	case err != nil:
		t.Skip("settings cannot be changed: ", err)
	default:
		t.Errorf("%s entries, which are negative if the tables are those of the machine", got)
	}
}
