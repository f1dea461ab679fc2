package linux

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"sockstat/internal/testns"
	"sockstat/proc"
)

// The test binary starts itself with this variable set to be one of these processes.
const childVariable = "SOCKSTAT_PROC_TEST_CHILD"

var children = map[string]func(args []string){
	"idle":    func([]string) {},
	"sockets": childSockets,
	"message": childMessage,
	"name":    childName,
	"exit":    func([]string) { os.Exit(0) },
	"leader":  childLeader,
	"receive": childReceive,
	"ring":    childRing,
	"thread":  childThread,
	"view":    childView,
	"way":     childWay,
	"zone":    childZone,
}

func init() {
	if of := os.Getenv(childVariable); strings.HasPrefix(of, "leader") || strings.HasPrefix(of, "thread") {
		runtime.LockOSThread() // main keeps the first thread: to end it, or so that another is another
	}
}

func TestMain(m *testing.M) {
	if command := os.Getenv(childVariable); command != "" {
		args := strings.Split(command, "\n")
		children[args[0]](args[1:])
		fmt.Println("ready")
		io.Copy(io.Discard, os.Stdin) // until the parent closes it or ends
		os.Exit(0)
	}
	testns.Enter()
	os.Exit(m.Run())
}

// live reads the running machine, as a program does.
func live() Proc {
	p := Live()
	p.Way = os.Getenv(WayVariable)
	return p
}

// child is a process that the test has started, and what it said.
type child struct {
	*exec.Cmd
	pid   int32
	said  []string
	stdin io.Closer
}

// start starts a child that does what args say, and waits until it has done it.
// Change may alter the command before.
func start(t testing.TB, change func(*exec.Cmd), args ...string) *child {
	t.Helper()
	// Not by the path of the binary: another user may not be allowed to go there.
	cmd := exec.Command("/proc/self/exe", "-test.run=^$")
	cmd.Env = append(os.Environ(), childVariable+"="+strings.Join(args, "\n"))
	cmd.Stderr = os.Stderr
	if change != nil {
		change(cmd)
	}
	stdin, err1 := cmd.StdinPipe()
	stdout, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	c := &child{Cmd: cmd, pid: int32(cmd.Process.Pid), stdin: stdin}
	t.Cleanup(func() {
		stdin.Close()
		cmd.Process.Kill()
		cmd.Wait()
	})
	lines := bufio.NewScanner(stdout)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() && lines.Text() != "ready" {
		c.said = append(c.said, lines.Text())
	}
	return c
}

// childSockets opens as many sockets as it is told and prints their inodes.
func childSockets(args []string) {
	n, _ := strconv.Atoi(args[0])
	for range n {
		fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			fmt.Fprintln(os.Stderr, "socket:", err)
			os.Exit(1)
		}
		fmt.Println(inodeOf(fd))
	}
}

// childName gives itself the name that it is told, quoted as in Go.
func childName(args []string) {
	name, _ := strconv.Unquote(args[0])
	if err := os.WriteFile("/proc/self/comm", []byte(name), 0); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

// childLeader ends its first thread; the others live on.
func childLeader([]string) {
	go func() {
		for !leaderIsZombie() {
			runtime.Gosched()
		}
		fmt.Println("ready")
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	unix.RawSyscall(unix.SYS_EXIT, 0, 0, 0)
}

// childReceive receives a descriptor over the socket that is its descriptor 3.
func childReceive([]string) {
	rights := make([]byte, unix.CmsgSpace(4))
	if _, n, _, _, err := unix.Recvmsg(3, make([]byte, 1), rights, 0); err != nil || n < len(rights) {
		fmt.Fprintln(os.Stderr, "receive:", n, err)
	}
}

// childThread gives a thread a table of descriptors of its own, with one socket more,
// and prints the inode and the descriptor of that.
func childThread([]string) {
	opened := make(chan int)
	go func() {
		runtime.LockOSThread()
		if err := unix.Unshare(unix.CLONE_FILES); err != nil {
			fmt.Fprintln(os.Stderr, "unshare:", err)
		}
		fd, _ := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		fmt.Println(inodeOf(fd))
		fmt.Println(fd)
		opened <- fd
		select {}
	}()
	<-opened
}

// childRing registers a socket with io_uring, closes the descriptor and prints the inode, or
// nothing where there is no io_uring.
func childRing([]string) {
	var parameters [120]byte // struct io_uring_params
	ring, _, errno := unix.Syscall(unix.SYS_IO_URING_SETUP, 4, uintptr(unsafe.Pointer(&parameters)), 0)
	if errno != 0 {
		return
	}
	fd, _ := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	files := [...]int32{-1, int32(fd), -1}
	const registerFiles = 2 // IORING_REGISTER_FILES
	if _, _, errno := unix.Syscall6(unix.SYS_IO_URING_REGISTER, ring, registerFiles,
		uintptr(unsafe.Pointer(&files)), uintptr(len(files)), 0, 0); errno != 0 {
		return
	}
	fmt.Println(inodeOf(fd))
	unix.Close(fd)
}

// childMessage leaves a socket in a message that nobody has read and prints its inode.
func childMessage([]string) {
	fd, _ := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	pair, _ := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err := unix.Sendmsg(pair[0], []byte{0}, unix.UnixRights(fd), nil, 0); err != nil {
		fmt.Fprintln(os.Stderr, "send:", err)
	}
	fmt.Println(inodeOf(fd))
	unix.Close(fd)
}

// childWay prints in which way it finds holders, or why it finds none.
func childWay([]string) {
	h, err := live().Holders(context.Background(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(h.Way)
}

func leaderIsZombie() bool {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(os.Getpid()) + "/stat")
	if err != nil {
		return false
	}
	s, err := parseStat(b)
	return err == nil && s.state == 'Z'
}

// view is what a child, perhaps of another user, sees of some processes.
type view struct {
	Hidden, HiddenOfAll int
	Holders             map[uint64][]proc.Holder
	Processes           []proc.Process
	Own                 proc.Zone
	Zones               []proc.Zone
	HiddenZones         int
	Errors              []string
}

// childView prints its view of the processes with the given PIDs.
func childView(args []string) {
	pids := []int32{}
	for _, arg := range args {
		pid, _ := strconv.Atoi(arg)
		pids = append(pids, int32(pid))
	}
	ctx := context.Background()
	var v view
	note := func(err error) {
		if err != nil {
			v.Errors = append(v.Errors, err.Error())
		}
	}
	h, err := live().Holders(ctx, pids)
	note(err)
	v.Hidden, v.Holders = h.Hidden, map[uint64][]proc.Holder{}
	for e, holders := range h.All() {
		v.Holders[e.Inode] = holders
	}
	h, err = live().Holders(ctx, nil)
	note(err)
	v.HiddenOfAll = h.Hidden
	v.Processes, err = readAll(ctx, pids, allParts)
	note(err)
	v.Own, err = live().OwnZone()
	note(err)
	v.Zones, err = live().Zones(ctx)
	if hidden := new(proc.HiddenError); errors.As(err, &hidden) {
		v.HiddenZones = hidden.Processes
	} else {
		note(err)
	}
	json.NewEncoder(os.Stdout).Encode(v)
}

// look starts a child that looks at the given processes, as nobody if that is possible
// and wanted, and returns what it saw.
func look(t *testing.T, change func(*exec.Cmd), pids ...int32) view {
	t.Helper()
	args := []string{"view"}
	for _, pid := range pids {
		args = append(args, strconv.Itoa(int(pid)))
	}
	c := start(t, change, args...)
	var v view
	if err := json.Unmarshal([]byte(strings.Join(c.said, "")), &v); err != nil {
		t.Fatalf("view: %v in %q", err, c.said)
	}
	if len(v.Errors) > 0 {
		t.Errorf("view: %v", v.Errors)
	}
	return v
}

const nobody = 65534

// asNobody lets a child run as the user nobody. Only root can do that.
func asNobody(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
}

// childZone prints the inode of its network namespace.
func childZone([]string) {
	var st unix.Stat_t
	if err := unix.Stat("/proc/self/ns/net", &st); err == nil {
		fmt.Println(st.Ino)
	}
}

// readAll reads all processes, or those given.
func readAll(ctx context.Context, pids []int32, parts proc.Parts) ([]proc.Process, error) {
	r, err := live().Processes(ctx, pids, parts)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return drain(r)
}

func drain(r proc.ProcessReader) (all []proc.Process, err error) {
	for {
		before := len(all)
		all, err = r.Read(all)
		switch {
		case err == io.EOF && len(all) == before:
			return all, nil
		case err != nil:
			return all, err
		case len(all) == before:
			return all, errors.New("Read added nothing before the end")
		}
	}
}

// process reads one process that must be there.
func process(t *testing.T, pid int32, parts proc.Parts) proc.Process {
	t.Helper()
	all, err := readAll(t.Context(), []int32{pid}, parts)
	if err != nil || len(all) != 1 || all[0].PID != pid {
		t.Fatalf("process %d: got %+v, %v", pid, all, err)
	}
	return all[0]
}

func inodeOf(fd int) uint64 {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return 0
	}
	return st.Ino
}

// inodes returns what a child of kind "sockets" said.
func (c *child) inodes() []uint64 {
	var inodes []uint64
	for _, line := range c.said {
		inode, _ := strconv.ParseUint(line, 10, 64)
		inodes = append(inodes, inode)
	}
	slices.Sort(inodes)
	return inodes
}
