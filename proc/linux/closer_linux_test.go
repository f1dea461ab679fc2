package linux

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"sockstat/proc"
)

// closer looks more closely for the holders of a Unix socket.
func closer(t *testing.T, p Proc, inode uint64, pids []int32) *proc.SocketHolders {
	t.Helper()
	first, err := p.Holders(t.Context(), pids)
	if err != nil {
		t.Fatal(err)
	}
	e := proc.Endpoint{Inode: inode, Family: proc.FamilyUnix}
	if got := first.Of(e); len(got) != 0 {
		t.Errorf("a search for all found %v", got)
	}
	h, err := p.HoldersOf(t.Context(), []proc.Endpoint{e}, pids, first, true)
	if err != nil {
		t.Fatal(err)
	}
	if h.Hidden < first.Hidden-2 { // BPF may see more, but what is hidden remains so
		t.Errorf("%d processes are hidden, before %d", h.Hidden, first.Hidden)
	}
	return h
}

// Both ways find what a thread has for itself, and what is registered with io_uring, if they
// look closely, and only then. What is on its way in a message nobody holds, and it is not the
// kernel's own.
func TestCloser(t *testing.T) {
	forEachWay(t, func(t *testing.T) {
		thread, ring, message := start(t, nil, "thread"), start(t, nil, "ring"), start(t, nil, "message")
		number := func(s string) uint64 { n, _ := strconv.ParseUint(s, 10, 64); return n }
		for name, test := range map[string]struct {
			of   *child
			want string
		}{
			"thread":  {thread, fmt.Sprintf("[{%d %s}]", thread.pid, slices.Concat(thread.said, []string{"", ""})[1])},
			"ring":    {ring, fmt.Sprintf("[{%d %d}]", ring.pid, proc.NoFD)},
			"message": {message, "[]"},
		} {
			if len(test.of.said) == 0 {
				t.Logf("%s: not possible here", name)
				continue
			}
			inode := number(test.of.said[0])
			for _, pids := range [][]int32{nil, {test.of.pid}} {
				h := closer(t, live(), inode, pids)
				if got := fmt.Sprint(h.Of(endpoint(inode))); got != test.want || h.IsKernels(inode) {
					t.Errorf("%s, of %v: got %s, want %s; the kernel's own: %v", name, pids, got, test.want, h.IsKernels(inode))
				}
			}
		}
	})
}

// A process says what it holds in whatever way.
func TestHeld(t *testing.T) {
	for _, of := range []string{"thread", "ring", "sockets\n3"} {
		c := start(t, nil, strings.Split(of, "\n")...)
		if len(c.said) == 0 {
			t.Logf("%s: not possible here", of)
			continue
		}
		p := process(t, c.pid, proc.PartHeld|proc.PartSockets)
		n, _ := strconv.ParseUint(c.said[0], 10, 64)
		if got := p.Held.Of(endpoint(n)); p.Has&proc.PartHeld == 0 || len(got) != 1 || got[0].PID != c.pid {
			t.Errorf("%s: got %+v", of, p)
		}
		want := int32(0)
		if of == "sockets\n3" {
			want = 3
		}
		if p.Sockets != want {
			t.Errorf("%s: %d sockets, want %d", of, p.Sockets, want)
		}
	}
}

// BPF counts the sockets of a process like the walk, and where the first thread has ended
// leaves that to the walk.
func TestCountSockets(t *testing.T) {
	skipWithoutBPF(t)
	c, thread, leader := start(t, nil, "sockets", "7"), start(t, nil, "thread"), start(t, nil, "leader")
	p := Live()
	many := t.TempDir() + "/file-nr"
	if err := os.WriteFile(many, []byte("1000000\t0\t1000000\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	p.Calls.Openat = func(dir int, path []byte, flags int) (int, error) {
		if string(path) == "/proc/sys/fs/file-nr\x00" {
			path = append([]byte(many), 0)
		}
		return openat(dir, path, flags)
	}
	counts := p.countSockets(t.Context(), nil)
	n, counted := counts.of[c.pid]
	if own, ok := counts.of[thread.pid]; n != 7 || !counted || own != 0 || !ok {
		t.Errorf("got %d, %v; of the thread's process %d, %v", n, counted, own, ok)
	}
	for _, pid := range []int32{c.pid, thread.pid, leader.pid} {
		r, err := p.Processes(t.Context(), nil, proc.PartSockets|proc.PartStat)
		if err != nil {
			t.Fatal(err)
		}
		all, err := drain(r)
		r.Close()
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(all, func(p proc.Process) bool { return p.PID == pid })
		if walked := process(t, pid, proc.PartSockets); i < 0 || all[i].Sockets != walked.Sockets || all[i].Has&proc.PartSockets == 0 {
			t.Errorf("process %d: walked %+v", pid, walked)
		}
	}
	twice := &heldRecords{seen: map[int32]struct{}{7: {}, 8: {}, 9: {}}, found: []proc.Held{held(1, 7, 3), held(1, 7, 4), held(2, 8, 5), held(2, 8, 5)}}
	if got := fmt.Sprint(countDescriptors(twice)); got != "map[7:2 9:0]" {
		t.Errorf("got %s", got)
	}
}

// A socket that the kernel opened for itself, here a tunnel, is known to be its own.
func TestKernelsOwn(t *testing.T) {
	skipWithoutBPF(t)
	const port = 4789
	add := exec.Command("ip", "link", "add", "sockstat0", "type", "vxlan", "id", "1", "dstport", strconv.Itoa(port), "dev", "lo")
	if out, err := add.CombinedOutput(); err != nil {
		t.Skipf("no tunnel: %v: %s", err, out)
	}
	t.Cleanup(func() { exec.Command("ip", "link", "del", "sockstat0").Run() })
	if out, err := exec.Command("ip", "link", "set", "sockstat0", "up").CombinedOutput(); err != nil {
		t.Skipf("no tunnel: %v: %s", err, out)
	}
	inode := uint64(0)
	for line := range strings.Lines(string(readTestFile(t, "/proc/net/udp"))) {
		if f := strings.Fields(line); len(f) > 9 && strings.HasSuffix(f[1], fmt.Sprintf(":%04X", port)) {
			inode, _ = strconv.ParseUint(f[9], 10, 64)
		}
	}
	udp := proc.Endpoint{Inode: inode, Type: proc.TypeDatagram, Family: proc.FamilyInet}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	forEachWay(t, func(t *testing.T) {
		others := []proc.Endpoint{{Inode: 1, Type: proc.TypeStream, Family: proc.FamilyInet}, {Inode: 2, Family: proc.FamilyUnix}}
		h, err := live().HoldersOf(t.Context(), append(others, udp), nil, &proc.SocketHolders{}, true)
		if err != nil || !h.IsKernels(inode) || h.IsKernels(inodeOf(fd)) {
			t.Errorf("%+v: %v, a process's: %v; %v by %s", udp, h.IsKernels(inode), h.IsKernels(inodeOf(fd)), err, h.Way)
		}
	})
}

// The capabilities that suffice to see the sockets of others, on a small machine too.
func TestCapabilities(t *testing.T) {
	if unix.Geteuid() != 0 {
		t.Skip("only root can hand on capabilities")
	}
	skipWithoutBPF(t)
	theirs := start(t, nil, "sockets", "2")
	for name, test := range map[string]struct {
		capabilities []uintptr
		sees         bool
	}{
		"none":     {nil, false},
		"BPF only": {[]uintptr{unix.CAP_BPF}, false},
		"trace":    {[]uintptr{unix.CAP_SYS_PTRACE}, false},
		"walk":     {[]uintptr{unix.CAP_SYS_PTRACE, unix.CAP_DAC_READ_SEARCH}, true},
		"BPF":      {[]uintptr{unix.CAP_BPF, unix.CAP_PERFMON}, true},
		"admin":    {[]uintptr{unix.CAP_SYS_ADMIN}, true},
	} {
		v := look(t, func(cmd *exec.Cmd) {
			asNobody(cmd)
			cmd.SysProcAttr.AmbientCaps = test.capabilities
		}, theirs.pid)
		for _, inode := range theirs.inodes() {
			if h := v.Holders[inode]; (len(h) == 1 && h[0].PID == theirs.pid) != test.sees || (v.Hidden == 0) != test.sees {
				t.Errorf("%s: socket %d of process %d: %v, %d hidden", name, inode, theirs.pid, h, v.Hidden)
			}
		}
	}
}

// Where the walk is denied and BPF refused all the same, as in a user namespace, the walk's
// answer stands.
func TestBPFRefused(t *testing.T) {
	p, calls := machineOfFaults(t)
	calls.Capabilities = func() (uint64, error) { return 1<<unix.CAP_BPF | 1<<unix.CAP_PERFMON, nil }
	calls.Openat = func(dir int, path []byte, flags int) (int, error) {
		switch string(path) {
		case "10/fd\x00":
			return -1, unix.EACCES
		case "/sys/kernel/btf/vmlinux\x00":
			return -1, unix.EPERM
		}
		return openat(dir, path, flags)
	}
	p.Calls = calls
	h, err := p.Holders(t.Context(), nil)
	if err != nil || !slices.Equal(h.HiddenPIDs, []int32{10}) || !strings.HasPrefix(h.Way, "/proc/*/fd (bpf: ") || h.Of(endpoint(1011)) == nil {
		t.Errorf("hidden %v, way %q, %v", h.HiddenPIDs, h.Way, err)
	}
}

// In another PID namespace's proc threads are compared by what they have, and whoever was
// hidden stays so.
func TestCloserInTree(t *testing.T) {
	p, calls := machineOfFaults(t)
	p.Calls = calls
	first, err := p.Holders(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	first.HiddenPIDs = []int32{11}
	h, err := p.HoldersOf(t.Context(), []proc.Endpoint{{Inode: 77}}, nil, first, true)
	if err != nil || h.Hidden != 1 || !slices.Equal(h.HiddenPIDs, []int32{11}) {
		t.Errorf("hidden %v, %v", h.HiddenPIDs, err)
	}
	if of := h.Of(endpoint(77)); len(of) != len(first.Of(endpoint(77)))-1 || slices.ContainsFunc(of, func(h proc.Holder) bool { return h.PID == 11 }) {
		t.Errorf("got %v, before %v", of, first.Of(endpoint(77)))
	}
}

// Whatever goes wrong in a closer search, holders are right, and if some are not known
// SocketHolders or an error says so.
func TestFaultsOfCloser(t *testing.T) {
	c := start(t, nil, "thread")
	inode, _ := strconv.ParseUint(c.said[0], 10, 64)
	e := proc.Endpoint{Inode: inode, Family: proc.FamilyUnix}
	for _, way := range []holderWay{walkWay, bpfWay} {
		t.Run(way.name, func(t *testing.T) {
			force(t, way)
			walkFaults(t, kernel, 30, func(ctx context.Context, calls Calls, f fault) string {
				p := live()
				p.Calls = calls
				h, err := p.HoldersOf(ctx, []proc.Endpoint{e}, []int32{c.pid}, &proc.SocketHolders{}, true)
				if err != nil && f.short > 0 && way.name == bpfWay.name {
					return "" // the kernel does not cut off records
				} else if err != nil {
					return failure(err, f)
				}
				of := h.Of(e)
				if len(of) == 1 && of[0].PID == c.pid || len(of) == 0 && (h.Partial() != "" || isGone(f.err)) {
					return ""
				}
				return fmt.Sprintf("%v, %q", of, h.Partial())
			})
		})
	}
}

// A descriptor tells the protocol, the owner and whether it stands for its socket still.
func TestDescribe(t *testing.T) {
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Skip(err)
	}
	defer unix.Close(fd)
	pid := int32(unix.Getpid())
	elsewhere := start(t, func(cmd *exec.Cmd) {
		if unix.Geteuid() == 0 {
			cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET}
		}
	}, "sockets", "1")
	own := proc.Held{Inode: inodeOf(fd), Holder: proc.Holder{PID: pid, FD: int32(fd)}}
	other, gone, theirs := own, own, own
	other.Inode++
	gone.PID = 1 << 30
	theirs.Inode, theirs.PID = elsewhere.inodes()[0], elsewhere.pid
	zone, err := Live().OwnZone()
	if err != nil {
		t.Fatal(err)
	}
	got, err := Live().Describe(t.Context(), []proc.Held{own, other, gone, theirs}, []proc.Zone{zone})
	want := []proc.Description{{Held: true, Protocol: "TCPv6", UID: uint32(unix.Geteuid()), Zone: zone.ID, Here: true}, {Zone: zone.ID, Here: true}, {}, {}}
	if unix.Geteuid() != 0 {
		got, want = got[:3], want[:3]
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

func TestParseUserFiles(t *testing.T) {
	for content, want := range map[string]userFiles{
		"SqThread:\t-1\nUserFiles:\t3\n    1: socket:[4711]\n    2: /a\\040b\nUserBufs:\t1\n    0: 0x1/2\n": {[]uint64{4711}, 3, 2},
		"UserFiles:\t2\n    0: TCP\n    1: <none>\nUserBufs:\t0\n":                                          {nil, 2, 2},
		"UserFiles:\t2\nUserBufs:\t0\n":                                                                     {nil, 2, 0},
		"UserFiles:\t0\n":                                                                                   {},
		"SqMask:\t0x3\nCqHead:\t0\n":                                                                        {slots: notTold},
		"UserFiles:\tmany\n":                                                                                {slots: notTold},
		"":                                                                                                  {slots: notTold},
	} {
		if got := parseUserFiles([]byte(content)); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%q: got %v, want %v", content, got, want)
		}
	}
}
