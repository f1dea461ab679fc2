package vtab_test

import (
	"context"
	"fmt"
	"net/netip"

	"sockstat/mib2"
	"sockstat/proc"
	"sockstat/vtab"
)

// A machine is a value: this one is made of rows. That of the program is vtab.Live().
func ExampleOpen() {
	m := &vtab.Machine{
		Sockets: mib2.Rows{{Proto: mib2.TCP, Family: mib2.Inet, State: mib2.Listen, Inode: 7,
			Local: netip.MustParseAddrPort("127.0.0.1:5432")}},
		Holders: holders{},
	}
	db, err := vtab.Open(m)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()
	st, _, err := db.Prepare("SELECT pid, local FROM sockets WHERE state = 'LISTEN'")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer st.Close()
	for {
		more, err := st.Step(context.Background())
		if err != nil || !more {
			break
		}
		fmt.Println(st.Value(0), st.Value(1))
	}
	// Output: 1234 127.0.0.1:5432
}

// holders say that process 1234 holds the socket with inode 7.
type holders struct{}

func (holders) Holders(context.Context, []int32) (*proc.SocketHolders, error) {
	return proc.NewSocketHolders([]proc.Held{{Inode: 7, Holder: proc.Holder{PID: 1234, FD: 5}}}, 0), nil
}
