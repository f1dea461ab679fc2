package linux

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"sockstat/proc"
)

// forEachWay runs a test with every way to find holders.
func forEachWay(t *testing.T, test func(t *testing.T)) {
	for _, way := range holderWays {
		t.Run(way.name, func(t *testing.T) {
			force(t, way)
			test(t)
		})
	}
}

// force makes a test find holders in one way, or skips it where the kernel has no BPF.
func force(t testing.TB, way holderWay) {
	t.Helper()
	t.Setenv(WayVariable, way.name)
	if way.name == bpfWay.name {
		skipWithoutBPF(t)
	}
}

func sockets(t testing.TB, pids []int32) *proc.SocketHolders {
	t.Helper()
	h, err := live().Holders(t.Context(), pids)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestUnknownHolderWay(t *testing.T) {
	t.Setenv(WayVariable, "guess")
	_, err := live().Holders(t.Context(), nil)
	if err == nil || err.Error() != `SOCKSTAT_HOLDERS: unknown way "guess", have proc, bpf` {
		t.Errorf("got %v", err)
	}
}

// The sockets of a child are there, and gone when it has ended.
func TestSocketsOfChild(t *testing.T) {
	forEachWay(t, func(t *testing.T) {
		c := start(t, nil, "sockets", "100")
		all, only := sockets(t, nil), sockets(t, []int32{c.pid})
		for _, inode := range c.inodes() {
			if a, o := all.Of(endpoint(inode)), only.Of(endpoint(inode)); len(a) != 1 || a[0].PID != c.pid || !slices.Equal(a, o) {
				t.Errorf("socket %d: got %v of all, %v of process %d", inode, a, o, c.pid)
			}
		}
		if pids := only.PIDs(); !slices.Equal(pids, []int32{c.pid}) {
			t.Errorf("got PIDs %v", pids)
		}
		c.stdin.Close()
		c.Wait()
		if h := sockets(t, []int32{c.pid}); len(h.PIDs()) > 0 {
			t.Errorf("after its end: got %v", h.PIDs())
		}
		if h := sockets(t, nil); h.Of(endpoint(c.inodes()[0])) != nil {
			t.Errorf("after its end: got %v", h.Of(endpoint(c.inodes()[0])))
		}
	})
}

// What is found agrees with the links in /proc/<pid>/fd.
func TestLikeLinks(t *testing.T) {
	forEachWay(t, func(t *testing.T) {
		c := start(t, nil, "sockets", "9")
		dir := fmt.Sprintf("/proc/%d/fd/", c.pid)
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		h := sockets(t, []int32{c.pid})
		found := 0
		for _, entry := range entries {
			target, _ := os.Readlink(dir + entry.Name())
			var inode uint64
			if n, _ := fmt.Sscanf(target, "socket:[%d]", &inode); n != 1 {
				continue
			}
			found++
			want := fmt.Sprintf("[{%d %s}]", c.pid, entry.Name())
			if got := fmt.Sprint(h.Of(endpoint(inode))); got != want {
				t.Errorf("%s: got %s, want %s", target, got, want)
			}
		}
		if found < 9 || found != len(inodes(h)) {
			t.Errorf("%d links, %v", found, inodes(h))
		}
	})
}

func inodes(h *proc.SocketHolders) (list []uint64) {
	for e := range h.All() {
		list = append(list, e.Inode)
	}
	return list
}

// endpoint is a socket on Linux.
func endpoint(number uint64) proc.Endpoint { return proc.Endpoint{Inode: number} }

// One socket, held by three processes and in each through several descriptors.
func TestSharedSocket(t *testing.T) {
	forEachWay(t, func(t *testing.T) {
		fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		file := os.NewFile(uintptr(fd), "socket")
		defer file.Close()
		again, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(again)
		want := []proc.Holder{{PID: int32(os.Getpid()), FD: int32(min(fd, again))}}
		for range 2 {
			c := start(t, func(cmd *exec.Cmd) { cmd.ExtraFiles = []*os.File{file, file} }, "idle")
			want = append(want, proc.Holder{PID: c.pid, FD: 3})
		}
		slices.SortFunc(want, func(a, b proc.Holder) int { return int(a.PID - b.PID) })
		h := sockets(t, nil)
		if got := h.Of(endpoint(inodeOf(fd))); !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		h = sockets(t, []int32{want[1].PID})
		if got := h.Of(endpoint(inodeOf(fd))); !slices.Equal(got, want[1:2]) {
			t.Errorf("of process %d: got %v", want[1].PID, got)
		}
	})
}

// A process whose first thread has ended shows its descriptors with the other threads.
func TestLeaderHasEnded(t *testing.T) {
	forEachWay(t, func(t *testing.T) {
		fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		file := os.NewFile(uintptr(fd), "socket")
		defer file.Close()
		c := start(t, func(cmd *exec.Cmd) { cmd.ExtraFiles = []*os.File{file} }, "leader")
		for _, pids := range [][]int32{nil, {c.pid}} {
			if got := sockets(t, pids).Of(endpoint(inodeOf(fd))); !slices.Contains(got, proc.Holder{PID: c.pid, FD: 3}) {
				t.Errorf("got %v, want process %d", got, c.pid)
			}
		}
		p := process(t, c.pid, allParts)
		if p.State != 'Z' || p.Threads < 2 || p.FDCount < 4 || p.Has != allParts || p.Args == "" || p.Exe == "" {
			t.Errorf("got %+v", p)
		}
	})
}

func TestZombieHoldsNothing(t *testing.T) {
	forEachWay(t, func(t *testing.T) {
		c := start(t, nil, "exit")
		for process(t, c.pid, proc.PartStat).State != 'Z' {
		}
		if h := sockets(t, []int32{c.pid}); len(h.PIDs()) > 0 || h.Hidden > 0 {
			t.Errorf("got PIDs %v, hidden %d", h.PIDs(), h.Hidden)
		}
	})
}

// The sizes of directories tell which processes need not be looked at.
func TestIsEmpty(t *testing.T) {
	l := Live()
	if !l.finder().tellsSizes() {
		t.Skip("/proc/PID/fd has no size before Linux 6.2")
	}
	dir, err := os.Open(l.Root)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	w := &fdWalker{calls: &kernel, root: int(dir.Fd())}
	idle, leader := start(t, nil, "idle"), start(t, nil, "leader")
	wants := map[int32]bool{idle.pid: false, leader.pid: false, math.MaxInt32: false}
	if b, err := os.ReadFile("/proc/2/comm"); err == nil && string(b) == "kthreadd\n" {
		wants[2] = true
	}
	for pid, want := range wants {
		if got := w.isEmpty(pid); got != want {
			t.Errorf("process %d: %v, want %v", pid, got, want)
		}
	}
}

// Nobody sees what is his own, and how much is hidden; kernel threads hide nothing.
func TestUnprivileged(t *testing.T) {
	theirs := start(t, nil, "sockets", "3")
	as := func(*exec.Cmd) {}
	if os.Getuid() == 0 {
		as = asNobody
	}
	own := start(t, as, "sockets", "3")
	ended := start(t, as, "exit")
	for process(t, ended.pid, proc.PartStat).State != 'Z' {
	}
	v := look(t, as, theirs.pid, own.pid, ended.pid, 2)

	for _, inode := range own.inodes() {
		if h := v.Holders[inode]; len(h) != 1 || h[0].PID != own.pid {
			t.Errorf("own socket %d: got %v", inode, h)
		}
	}
	of := func(pid int32) proc.Process {
		i := slices.IndexFunc(v.Processes, func(p proc.Process) bool { return p.PID == pid })
		if i < 0 {
			t.Fatalf("process %d is missing", pid)
		}
		return v.Processes[i]
	}
	if p := of(own.pid); p.Has != allParts {
		t.Errorf("own process: got %+v", p)
	}
	if p := of(ended.pid); p.State != 'Z' {
		t.Errorf("zombie: got %+v", p)
	}
	if os.Getuid() != 0 {
		t.Skip("another user's process needs root to be started")
	}
	if bytes.Contains(readTestFile(t, "/proc/self/mounts"), []byte("hidepid=")) {
		t.Skip("proc is mounted with hidepid: other users' processes may not be seen at all")
	}
	if v.Hidden != 1 {
		t.Errorf("got %d hidden, want only process %d", v.Hidden, theirs.pid)
	}
	if len(v.Holders) > 6 || slices.ContainsFunc(theirs.inodes(), func(inode uint64) bool { return v.Holders[inode] != nil }) {
		t.Errorf("sockets of root: got %v", v.Holders)
	}
	if v.HiddenZones != 0 {
		t.Errorf("the zones of %d processes are hidden", v.HiddenZones)
	}
	const open = proc.PartStat | proc.PartStatus | proc.PartArgs | proc.PartLimits | proc.PartCgroup | proc.PartZone
	if p := of(theirs.pid); p.Has&open != open || p.Has&(proc.PartExe|proc.PartCwd) != 0 || p.Exe != "" {
		t.Errorf("root's process: got %+v", p)
	}
}

// Descriptors come as the kernel never gave them.
func TestOddDescriptors(t *testing.T) {
	files := map[string]string{
		"1/stat":          "1 (init)" + statRest,
		"1/fd/0":          "->socket:[18446744073709551615]",
		"1/fd/1":          "->socket:[]",
		"1/fd/2":          "->socket:[1x]",
		"1/fd/3":          "->socket:[99999999999999999999]",
		"1/fd/4":          "->" + strings.Repeat("x", 500),
		"1/fd/x":          "->socket:[7]",
		"1/fd/4294967296": "->socket:[7]",
		"1/fd/10":         "->socket:[8]",
		"1/fd/9":          "->socket:[8]",
		"2/fd/3":          "->socket:[8]",
		"3/stat":          "no fd directory",
	}
	for pid := 10; pid < 100; pid++ { // enough for several workers
		files[fmt.Sprintf("%d/fd/3", pid)] = "->socket:[9]"
	}
	h, err := Proc{Root: tree(t, files)}.finder().walkDescriptors(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := h.Of(endpoint(8)), []proc.Holder{{PID: 1, FD: 9}, {PID: 2, FD: 3}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := h.Of(endpoint(9)); len(got) != 90 || !slices.IsSortedFunc(got, func(a, b proc.Holder) int { return int(a.PID - b.PID) }) {
		t.Errorf("got %v", got)
	}
	// 2^64-1 is more than an inode that the parser lets through.
	if inodes := inodes(h); !slices.Equal(inodes, []uint64{8, 9}) {
		t.Errorf("got inodes %v", inodes)
	}
	if _, err := (Proc{Root: "/nowhere"}).finder().walkDescriptors(t.Context(), nil); err == nil {
		t.Error("no proc: no error")
	}
}

// The sockets of DESIGN.md's measurements: 61,300 in 100 processes.
func BenchmarkSockets(b *testing.B) {
	for _, size := range []struct{ processes, sockets int }{{1, 50}, {10, 100}, {80, 100}, {100, 613}, {1, 15000}} {
		b.Run(fmt.Sprintf("%dx%d", size.processes, size.sockets), func(b *testing.B) {
			var pids []int32
			for range size.processes {
				pids = append(pids, start(b, nil, "sockets", fmt.Sprint(size.sockets)).pid)
			}
			for _, way := range holderWays {
				b.Run(way.name, func(b *testing.B) {
					force(b, way)
					b.Run("all", func(b *testing.B) { benchmarkSockets(b, nil) })
					b.Run("chosen", func(b *testing.B) { benchmarkSockets(b, pids) })
				})
			}
		})
	}
}

func benchmarkSockets(b *testing.B, pids []int32) {
	b.ReportAllocs()
	for b.Loop() {
		sockets(b, pids)
	}
	b.ReportMetric(float64(Live().finder().openFiles()), "files")
}
