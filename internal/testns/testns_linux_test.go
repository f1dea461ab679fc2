package testns

import (
	"net"
	"os"
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
