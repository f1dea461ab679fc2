package illumos_test

import (
	"context"
	"fmt"
	"os"

	"sockstat/proc"
	"sockstat/proc/illumos"
)

// Who holds a TCP socket of which the kernel has told the inode?
func ExampleProc_Holders() {
	holders, err := illumos.Live().Holders(context.Background(), nil)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	socket := proc.Endpoint{Inode: 4711, Type: proc.TypeStream, Family: proc.FamilyInet}
	for _, holder := range holders.Of(socket) {
		fmt.Println(holder.PID, holder.FD)
	}
}
