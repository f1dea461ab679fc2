package linux_test

import (
	"context"
	"fmt"
	"net"

	"sockstat/mib2"
	"sockstat/mib2/linux"
)

// Who listens on a port of this machine.
func Example() {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer l.Close()
	port := uint16(l.Addr().(*net.TCPAddr).Port)

	filter := mib2.Filter{States: []mib2.State{mib2.Listen}, LocalPorts: []mib2.PortRange{{Lo: port, Hi: port}}}
	sockets, err := mib2.ReadAll(context.Background(), linux.Tables{}, []mib2.Protocol{mib2.TCP}, filter)
	if err != nil {
		fmt.Println(err)
	}
	for i := range sockets {
		s := &sockets[i]
		fmt.Println(s.Label(), s.State, s.Local.Addr(), s.Local.Port() == port)
	}
	// Output: tcp4 LISTEN 127.0.0.1 true
}

// The tables in a directory that has what /proc had on some machine, a batch at a time.
func ExampleTables_Open() {
	tables := linux.Tables{Proc: "testdata/proc", Way: linux.WayProc}
	ctx := context.Background()
	for rest := mib2.Protocols; len(rest) > 0; {
		var r mib2.Reader
		var err error
		if r, rest, err = tables.Open(ctx, rest, mib2.Filter{}); err != nil {
			fmt.Println(err)
			return
		}
		defer r.Close()
		for {
			sockets, err := r.Read(nil) // in the end io.EOF
			if err != nil {
				break
			}
			for i := range sockets {
				s := &sockets[i]
				if s.Unix != nil {
					fmt.Println(s.Label(), s.State, s.Unix.Path)
					continue
				}
				fmt.Println(s.Label(), s.State, s.Local)
			}
		}
	}
	// Output:
	// udp4 IDLE 127.0.0.53:53
	// tcp4 LISTEN 0.0.0.0:22
	// tcp4 ESTABLISHED 127.0.0.1:35488
	// stream LISTEN /run/docker.sock
}
