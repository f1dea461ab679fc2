package illumos_test

import (
	"context"
	"fmt"

	"sockstat/mib2"
	"sockstat/mib2/illumos"
)

// The listeners in a saved reply of some illumos machine.
func ExampleReply() {
	tables := illumos.Reply{File: "testdata/sockinfo.tpi"}
	filter := mib2.Filter{States: []mib2.State{mib2.Listen}}
	sockets, err := mib2.ReadAll(context.Background(), tables, mib2.Protocols, filter)
	if err != nil {
		fmt.Println(err)
	}
	for i := range sockets {
		s := &sockets[i]
		fmt.Println(s.Label(), s.Local, "created by", s.Origin.PID)
	}
	// Output:
	// tcp4 0.0.0.0:80 created by 2000
	// tcp4 127.0.0.1:2019 created by 2000
	// tcp6 [::]:80 created by 2000
}
