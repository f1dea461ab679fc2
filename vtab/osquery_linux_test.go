package vtab

import (
	"fmt"
	"net"
	"os"
	"testing"
)

// The tables of osquery show the sockets of this machine.
func TestOsqueryLive(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	m := Live()
	if m.Network == nil {
		t.Skip("not supported")
	}
	db := openMachine(t, m)
	own, err := m.ownZone()
	if err != nil {
		t.Skip(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	equal(t, query(t, db, "SELECT pid, family, protocol, address, net_namespace FROM listening_ports WHERE port = %d", port),
		fmt.Sprintf("%d 2 6 127.0.0.1 %d", os.Getpid(), own.ID))
	equal(t, query(t, db, "SELECT listens > 0, root, wired_size FROM processes WHERE pid = %d", os.Getpid()), "1 / 0")
}
