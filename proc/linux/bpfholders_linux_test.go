package linux

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	library "github.com/cilium/ebpf/btf"
	"golang.org/x/sys/unix"

	"sockstat/proc"
)

// skipWithoutBPF skips a test where this kernel and this user have no BPF, and fails it
// if BPF is refused for another reason.
func skipWithoutBPF(t testing.TB) {
	t.Helper()
	_, err := Live().finder().askBPF(t.Context(), []int32{})
	for _, is := range []error{
		unix.EPERM, unix.EOPNOTSUPP, unix.ENOSYS, // no right, no BPF
		fs.ErrNotExist,  // no BTF
		errPIDNamespace, // a container
	} {
		if errors.Is(err, is) {
			t.Skip(err)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// The library's package btf, which reads all of the kernel's types, finds the same.
func TestKernelTypes(t *testing.T) {
	spec, err := library.LoadKernelSpec()
	if errors.Is(err, library.ErrNotSupported) {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
	f := Live().finder()
	defer f.close()
	b, err := f.kernelTypes()
	if err != nil {
		t.Fatal(err)
	}
	got, err1 := findTaskFileTypes(b, true, false)
	sockets, err2 := findSocketTypes(b)
	var function *library.Func
	err = errors.Join(err1, err2, spec.TypeByName(taskFile, &function))
	id, err2 := spec.TypeID(function)
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	offset := func(of string, names ...string) (sum int16) {
		var in *library.Struct
		if err := spec.TypeByName(of, &in); err != nil {
			t.Fatal(err)
		}
		members := in.Members
		for _, name := range names {
			m := memberOf(t, members, name)
			sum += int16(m.Offset.Bytes())
			if s, ok := library.UnderlyingType(m.Type).(*library.Struct); ok {
				members = s.Members
			}
		}
		return sum
	}
	want := taskFileTypes{uint32(id), offset("file", "f_inode"), offset("inode", "i_ino"), offset("task_struct", "tgid"),
		offset("task_struct", "pid"), offset("task_struct", "group_leader"), offset("task_struct", "files"), got.ring, nil}
	if got != want || *got.ring != (ringTypes{offset("file", "f_path", "dentry"), offset("dentry", "d_name", "name")}) {
		t.Errorf("got %+v with %+v, want %+v", got, got.ring, want)
	}
	if want := (socketTypes{offset("sock", "sk_socket"), offset("sock", "__sk_common", "skc_state"), offset("socket", "file"), offset("socket_alloc", "vfs_inode", "i_ino")}); sockets != want {
		t.Errorf("got %+v, want %+v", sockets, want)
	}
}

// memberOf finds a member, also within unnamed ones, with its offset from the first of all.
func memberOf(t *testing.T, members []library.Member, name string) library.Member {
	t.Helper()
	var in func(members []library.Member, at library.Bits) (library.Member, bool)
	in = func(members []library.Member, at library.Bits) (library.Member, bool) {
		for _, m := range members {
			m.Offset += at
			if m.Name == name {
				return m, true
			}
			var within []library.Member
			switch of := library.UnderlyingType(m.Type).(type) {
			case *library.Struct:
				within = of.Members
			case *library.Union:
				within = of.Members
			}
			if m.Name == "" {
				if found, ok := in(within, m.Offset); ok {
					return found, true
				}
			}
		}
		return library.Member{}, false
	}
	m, ok := in(members, 0)
	if !ok {
		t.Fatalf("no member %s", name)
	}
	return m
}

// Both ways agree about sockets that are inherited, duplicated and passed on, and about
// what only looks like a socket.
func TestWaysAgree(t *testing.T) {
	skipWithoutBPF(t)
	path := filepath.Join(t.TempDir(), "name")
	fd, err1 := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	socket := os.NewFile(uintptr(fd), "socket")
	defer socket.Close()
	err2 := unix.Bind(fd, &unix.SockaddrUnix{Name: path})
	name, err3 := os.OpenFile(path, unix.O_PATH, 0)
	pair, err4 := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	defer name.Close()
	defer unix.Close(pair[0])
	passedOn := os.NewFile(uintptr(pair[1]), "pair")
	defer passedOn.Close()
	if err := unix.Sendmsg(pair[0], []byte{0}, unix.UnixRights(fd), nil, 0); err != nil {
		t.Fatal(err)
	}

	with := func(files ...*os.File) func(*exec.Cmd) {
		return func(cmd *exec.Cmd) { cmd.ExtraFiles = files }
	}
	pids := []int32{int32(os.Getpid())}
	for _, c := range []*child{
		start(t, with(socket), "sockets", "20"),
		start(t, with(name, socket, socket), "idle"),
		start(t, with(passedOn), "receive"),
		start(t, with(socket, name), "leader"),
		start(t, with(name), "exit"),
	} {
		pids = append(pids, c.pid)
	}
	in := func(way holderWay, pids []int32) (map[uint64][]proc.Holder, int) {
		force(t, way)
		found := map[uint64][]proc.Holder{}
		h := sockets(t, pids)
		for e, holders := range h.All() {
			found[e.Inode] = holders
		}
		return found, h.Hidden
	}
	walked, _ := in(walkWay, pids)
	asked, _ := in(bpfWay, pids)
	if fmt.Sprint(walked) != fmt.Sprint(asked) {
		t.Errorf("/proc: %v\nBPF: %v", walked, asked)
	}
	if got := asked[inodeOf(fd)]; len(got) != 5 {
		t.Errorf("got %v, want five holders", got)
	}
	allWalked, hiddenWalked := in(walkWay, nil)
	allAsked, hiddenAsked := in(bpfWay, nil)
	if os.Getuid() == 0 && hiddenWalked != hiddenAsked {
		t.Errorf("hidden: /proc %d, BPF %d", hiddenWalked, hiddenAsked)
	}
	for inode := range walked {
		if fmt.Sprint(allWalked[inode]) != fmt.Sprint(allAsked[inode]) {
			t.Errorf("socket %d: /proc %v, BPF %v", inode, allWalked[inode], allAsked[inode])
		}
	}
}

// What a program says that found holders in its way, or could not.
func TestHolderWay(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can be another user")
	}
	skipWithoutBPF(t)
	for _, test := range []struct {
		forced string
		change func(*exec.Cmd)
		want   string
	}{
		{"bpf", nil, "bpf (SOCKSTAT_HOLDERS)"},
		{"proc", nil, "/proc/*/fd (SOCKSTAT_HOLDERS)"},
		{"bpf", asNobody, "SOCKSTAT_HOLDERS=bpf: load BPF program: operation not permitted"},
		{"bpf", inPIDNamespace, "SOCKSTAT_HOLDERS=bpf: not in the first PID namespace"},
	} {
		t.Setenv(WayVariable, test.forced)
		if got := strings.Join(start(t, test.change, "way").said, "\n"); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

func inPIDNamespace(cmd *exec.Cmd) {
	cmd.SysProcAttr = &unix.SysProcAttr{Cloneflags: unix.CLONE_NEWPID}
}

// The number of open files decides, and if there is no BPF /proc is walked.
func TestHolderWayByCost(t *testing.T) {
	process := map[string]string{"1/stat": "1 (init)" + statRest, "1/fd/3": "->socket:[8]"}
	for fileNr, want := range map[string]string{
		"2000\t0\t1000000\n": "2000 open files are few",
		"2001\t0\t1000000\n": "bpf: stat ROOT/self/ns/pid: no such file or directory",
		"":                   "0 open files are few",
	} {
		process["sys/fs/file-nr"] = fileNr
		root := tree(t, process)
		h, err := Proc{Root: root}.Holders(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		want = "/proc/*/fd (" + strings.ReplaceAll(want, "ROOT", root) + ")"
		if h.Way != want || len(h.Of(endpoint(8))) != 1 {
			t.Errorf("got %q with %v, want %q", h.Way, h.Of(endpoint(8)), want)
		}
	}
}

// A few processes of a large machine are walked.
func TestHolderWayOfFewProcesses(t *testing.T) {
	l := Proc{Root: tree(t, map[string]string{"sys/fs/file-nr": "1000000\t0\t1000000\n"})}
	if n, small := l.finder().isSmall([]int32{1, 2}); n != 0 || !small {
		t.Errorf("got %d descriptors, small %v", n, small)
	}
	if n, small := l.finder().isSmall(nil); n != 1_000_000 || small {
		t.Errorf("all: got %d descriptors, small %v", n, small)
	}
}

func TestDescriptorsOf(t *testing.T) {
	var st unix.Stat_t
	if err := unix.Stat("/proc/self/fd", &st); err != nil || st.Size == 0 {
		t.Skip("before Linux 6.2 the directory's size says nothing: ", err)
	}
	c := start(t, nil, "sockets", "50")
	for enough, want := range map[int][2]int{0: {50, 70}, 60: {100, 140}, 1000: {100, 140}} {
		got := Live().finder().descriptorsOf([]int32{c.pid, 1 << 30, c.pid}, enough)
		if got < want[0] || got > want[1] {
			t.Errorf("until more than %d: got %d, want %d to %d", enough, got, want[0], want[1])
		}
	}
}

// What has to be done before the first descriptor is seen.
func BenchmarkBPFLoad(b *testing.B) {
	skipWithoutBPF(b)
	b.Run("types", func(b *testing.B) {
		for b.Loop() {
			f := Live().finder()
			f.kernelTypes()
			f.close()
		}
	})
	b.Run("program", func(b *testing.B) {
		f := Live().finder()
		defer f.close()
		image, err := f.kernelTypes()
		if err != nil {
			b.Fatal(err)
		}
		types, err := findTaskFileTypes(image, false, false)
		for b.Loop() && err == nil {
			var fd int
			fd, err = kernel.openIterator(socketFiles(types, nil), types.function)
			unix.Close(fd)
		}
	})
}
