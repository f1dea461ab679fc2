package vtab

import (
	"net"
	"testing"
)

// The tables of this machine join with its sockets.
func TestCompanionsOfSockets(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	m := Live()
	if m.Network == nil {
		t.Skip("there is no network")
	}
	db := openMachine(t, m)
	port := l.Addr().(*net.TCPAddr).Port
	equal(t, query(t, db, `SELECT i.name, a.prefix_len, a.scope, i.zone = s.zone FROM tcp s JOIN addresses a ON a.address = s.local_address AND a.zone = s.zone
		JOIN interfaces i ON i.name = a.interface AND i.zone = a.zone WHERE s.state = 'LISTEN' AND s.local_port = %d`, port), "lo 8 loopback 1")
}
