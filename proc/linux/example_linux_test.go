package linux_test

import (
	"context"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"sockstat/proc"
	"sockstat/proc/linux"
)

// The process that asks and its parent.
func ExampleProc_Processes() {
	machine := linux.Live()
	pids := []int32{int32(os.Getpid())}
	r, err := machine.Processes(context.Background(), pids, proc.PartStat|proc.PartArgs)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	var processes []proc.Process
	for {
		if processes, err = r.Read(processes); err == io.EOF {
			break
		} else if err != nil {
			fmt.Println(err)
			return
		}
	}
	p := processes[0]
	fmt.Println(len(processes), p.PID == int32(os.Getpid()), p.PPID == int32(os.Getppid()))
	// Output: 1 true true
}

// Who holds a socket that this process has just opened?
func ExampleProc_Holders() {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		fmt.Println(err)
		return
	}
	holders, err := linux.Live().Holders(context.Background(), []int32{int32(os.Getpid())})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, holder := range holders.Of(proc.Endpoint{Inode: st.Ino}) {
		fmt.Println(holder.PID == int32(os.Getpid()), holder.FD == int32(fd))
	}
	// Output: true true
}

// A machine on which no file can be opened any more.
func ExampleCalls() {
	machine := linux.Live()
	machine.Calls.Openat = func(int, []byte, int) (int, error) { return -1, unix.EMFILE }
	_, err := machine.Zones(context.Background())
	fmt.Println(err)
	// Output: open /proc: too many open files
}
