package vtab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"sockstat/proc"
	"sockstat/proc/linux"
)

// startAt starts a program with a PID that another had before, and returns what ends it. Only
// clone3(2) gives just this one again: to move on the counter of PIDs would give those of other
// programs again, too.
func startAt(t *testing.T, pid int, path string, args ...string) (end func()) {
	t.Helper()
	argv, err1 := syscall.SlicePtrFromStrings(append([]string{path}, args...))
	file, err2 := syscall.BytePtrFromString(path)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	id := int32(pid)
	arguments := struct { // clone_args of linux/sched.h
		flags, pidfd, child, parent, signal, stack, size, tls uint64
		setTID                                                *int32
		setTIDSize                                            uint64
	}{signal: uint64(unix.SIGCHLD), setTID: &id, setTIDSize: 1}
	var env *byte
	child, _, errno := syscall.RawSyscall(unix.SYS_CLONE3, uintptr(unsafe.Pointer(&arguments)), unsafe.Sizeof(arguments), 0)
	if errno == 0 && child == 0 { // nothing of Go's runtime works here
		syscall.RawSyscall(unix.SYS_EXECVE, uintptr(unsafe.Pointer(file)), uintptr(unsafe.Pointer(&argv[0])), uintptr(unsafe.Pointer(&env)))
		syscall.RawSyscall(unix.SYS_EXIT_GROUP, 1, 0, 0)
	}
	if errno != 0 {
		t.Skip("the PID is not given again: ", errno)
	}
	for range 1000 { // until then it is a copy of this process, and holds what it does
		if name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid)); strings.TrimSpace(string(name)) == filepath.Base(path) {
			break
		}
		time.Sleep(time.Millisecond)
	}
	return func() {
		unix.Kill(pid, unix.SIGKILL)
		unix.Wait4(pid, nil, 0, nil)
	}
}

// afterSearch does something after each search for holders.
type afterSearch struct {
	linux.Proc
	do func()
}

func (a *afterSearch) Holders(ctx context.Context, pids []int32) (*proc.SocketHolders, error) {
	h, err := a.Proc.Holders(ctx, pids)
	a.do()
	return h, err
}

// A process ends after it was found to hold a socket, and another gets its PID before its name
// is read: that is not shown as the holder.
func TestPIDGivenAgainForReal(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can say which PID is next")
	}
	tail, err := exec.LookPath("tail")
	if err != nil {
		t.Skip(err)
	}
	l, port := listen(t)
	file, err := l.File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, way := range []string{"proc", "bpf"} {
		t.Run(way, func(t *testing.T) {
			victim := exec.Command("sleep", "60")
			victim.ExtraFiles = []*os.File{file}
			if err := victim.Start(); err != nil {
				t.Fatal(err)
			}
			pid := victim.Process.Pid
			var end func()
			a := &afterSearch{Proc: linux.Live(), do: func() {
				if end == nil {
					victim.Process.Kill()
					victim.Wait()
					end = startAt(t, pid, tail, "-f", "/dev/null")
				}
			}}
			a.Way = way
			m := Live()
			m.Holders, m.Processes = a, a
			defer func() {
				if end != nil {
					end()
				}
			}()
			db := openMachine(t, m)
			st, _, err := db.Prepare(fmt.Sprintf("SELECT pid, command FROM sockets WHERE local_port = %d", port))
			if err != nil {
				t.Fatal(err)
			}
			defer st.Close()
			var rows []string
			for {
				more, err := st.Step(t.Context())
				if err != nil {
					t.Skip(err) // BPF is refused
				}
				if !more {
					break
				}
				rows = append(rows, st.Value(0).String()+" "+st.Value(1).Clone().String())
			}
			if len(rows) != 1 || !strings.HasPrefix(rows[0], strconv.Itoa(os.Getpid())+" ") {
				t.Errorf("got %q, where %d is given again", rows, pid)
			}
		})
	}
}

// Sockets that are in no table: what processes says of their number, and their rows.
func TestSocketsInNoTable(t *testing.T) {
	db := openDB(t)
	pid := os.Getpid()
	const count = "SELECT sockets, fd_count >= sockets FROM processes WHERE pid = %d"
	var before int
	fmt.Sscan(query(t, db, count, pid)[0], &before)
	want := map[string]string{}
	for _, of := range []struct {
		family, kind int
		proto        string
	}{
		{unix.AF_INET, unix.SOCK_STREAM, "tcp"}, {unix.AF_INET6, unix.SOCK_STREAM, "tcp"}, {unix.AF_INET, unix.SOCK_DGRAM, "udp"},
		{unix.AF_NETLINK, unix.SOCK_RAW, "netlink"}, {unix.AF_VSOCK, unix.SOCK_STREAM, "vsock"}, {unix.AF_ALG, unix.SOCK_SEQPACKET, "alg"},
	} {
		fd, err := unix.Socket(of.family, of.kind|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Logf("%s: %v", of.proto, err)
			continue
		}
		defer unix.Close(fd)
		var st unix.Stat_t
		if err := unix.Fstat(fd, &st); err != nil {
			t.Fatal(err)
		}
		want[strconv.FormatUint(st.Ino, 10)] = fmt.Sprintf("%d %s %d %d ok %d", st.Ino, of.proto, pid, fd, os.Geteuid())
	}
	equal(t, query(t, db, count, pid), fmt.Sprintf("%d 1", before+len(want)))
	rows := query(t, db, "SELECT inode, proto, pid, fd, owner_status, uid FROM sockets WHERE pid = %d AND state IS NULL", pid)
	rows = slices.DeleteFunc(rows, func(row string) bool { // another test may have some
		inode, _, _ := strings.Cut(row, " ")
		return want[inode] == ""
	})
	var all []string
	for _, row := range want {
		all = append(all, row)
	}
	equal(t, rows, all...)

	// One that is bound is in its table.
	l, port := listen(t)
	defer l.Close()
	equal(t, query(t, db, "SELECT proto, local_port FROM sockets WHERE inode = (SELECT inode FROM tcp WHERE local_port = %d)", port), fmt.Sprintf("tcp %d", port))
	u, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer u.Close()
	equal(t, query(t, db, "SELECT count(*) FROM sockets WHERE proto = 'udp' AND local_port = %d", u.LocalAddr().(*net.UDPAddr).Port), "1")
}

// listenInThread has a thread with a table of descriptors of its own listen on a port, until
// the test ends.
func listenInThread(t *testing.T) (port int) {
	t.Helper()
	ports, end := make(chan int), make(chan struct{})
	t.Cleanup(func() { close(end) })
	var body func()
	body = func() {
		runtime.LockOSThread() // the thread ends with the goroutine
		if unix.Gettid() == unix.Getpid() {
			go body() // on another thread, as this one is taken
			<-end
			runtime.UnlockOSThread()
			return
		}
		fd, port := -1, 0
		err := unix.Unshare(unix.CLONE_FILES)
		if err == nil {
			fd, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		}
		if err == nil {
			err = unix.Listen(fd, 5) // on a port that the kernel chooses
		}
		if address, nameErr := unix.Getsockname(fd); err == nil && nameErr == nil {
			port = address.(*unix.SockaddrInet4).Port
		}
		ports <- port
		<-end
	}
	go body()
	if port = <-ports; port == 0 {
		t.Skip("a thread may not have descriptors of its own")
	}
	return port
}

// A listener that only a thread's own table has is held by its process, in whatever way that
// is found.
func TestThreadsOwnListener(t *testing.T) {
	port := listenInThread(t)
	for _, way := range []string{"", "proc", "bpf"} {
		p := linux.Live()
		p.Way = way
		m := Live()
		m.Holders = p
		if _, err := p.Holders(t.Context(), nil); err != nil {
			t.Logf("%s: %v", way, err)
			continue
		}
		for _, condition := range []string{"1", fmt.Sprintf("pid = %d", os.Getpid())} {
			equal(t, query(t, openMachine(t, m), "SELECT pid, owner_status FROM sockets WHERE local_port = %d AND %s", port, condition),
				fmt.Sprintf("%d ok", os.Getpid()))
		}
	}
}
