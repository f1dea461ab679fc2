package linux

import (
	"errors"
	"fmt"
	"io/fs"
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

func zones(t *testing.T) []proc.Zone {
	t.Helper()
	all, err := live().Zones(t.Context())
	if hidden := new(proc.HiddenError); err != nil && !errors.As(err, &hidden) { // also from root, in some sandboxes
		t.Fatal(err)
	}
	return all
}

// findZone returns the zone with an id, which must be there.
func findZone(t *testing.T, all []proc.Zone, id uint64) proc.Zone {
	t.Helper()
	i := slices.IndexFunc(all, func(z proc.Zone) bool { return z.ID == id })
	if i < 0 {
		t.Fatalf("no zone %d in %+v", id, all)
	}
	return all[i]
}

// bare returns what tests compare of a zone: not through which process it is reached.
func bare(z proc.Zone) proc.Zone {
	return proc.Zone{ID: z.ID, Name: z.Name, Kind: z.Kind, Path: z.Path, Processes: z.Processes}
}

func allBare(zones []proc.Zone) (list []proc.Zone) {
	for _, z := range zones {
		list = append(list, bare(z))
	}
	return list
}

func TestOwnZone(t *testing.T) {
	var st unix.Stat_t
	if err := unix.Stat("/proc/self/ns/net", &st); err != nil {
		t.Fatal(err)
	}
	own, err := live().OwnZone()
	if err != nil || own.ID != st.Ino || own.Name == "" || own.Path == "" || own.Processes != 0 {
		t.Errorf("got %+v, %v, want zone %d", own, err, st.Ino)
	}
	z := findZone(t, zones(t), own.ID)
	if z.Name != own.Name || z.Kind != own.Kind || z.Processes < 1 {
		t.Errorf("listed as %+v, own zone is %+v", z, own)
	}
	p := process(t, int32(os.Getpid()), proc.PartZone)
	if p.Zone != own.ID {
		t.Errorf("process in zone %d, own zone is %d", p.Zone, own.ID)
	}
}

// The machine's first zone is that of the kernel's threads, and comes first. The tests run
// in another one where they may.
func TestFirstZoneOfMachine(t *testing.T) {
	if comm, err := os.ReadFile("/proc/2/comm"); err != nil || string(comm) != "kthreadd\n" {
		t.Skip("no threads of the kernel are to be seen")
	}
	var first, mine unix.Stat_t
	if err := unix.Stat("/proc/2/ns/net", &first); err != nil {
		t.Skip("the namespace of the kernel's threads may not be seen: ", err)
	}
	if err := unix.Stat("/proc/self/ns/net", &mine); err != nil {
		t.Fatal(err)
	}
	all := zones(t)
	if z := all[0]; z.ID != first.Ino || z.Name != "global" || z.Kind != "global" || z.Processes < 1 {
		t.Errorf("the first zone is %+v, want %d", z, first.Ino)
	}
	own, err := live().OwnZone()
	if err != nil || (own.Kind == "global") != (mine.Ino == first.Ino) {
		t.Errorf("own zone is %+v, %v, the first is %d", own, err, first.Ino)
	}
	if mine.Ino != first.Ino && (own.Kind != "anonymous" || own.Name != live().ZoneName(own.ID)) {
		t.Errorf("own zone is %+v", own)
	}
}

// mayUnshareNet returns what starts a command in a network namespace of its own. The test
// is skipped where that is not allowed.
func mayUnshareNet(t *testing.T) func(*exec.Cmd) {
	t.Helper()
	unshare := func(cmd *exec.Cmd) {
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
		if uid := os.Getuid(); uid != 0 {
			cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
			cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: uid, Size: 1}}
		}
	}
	if !mayUnshare(t, unshare) {
		t.Skip("this user may not make network namespaces")
	}
	return unshare
}

// A process whose first thread has ended is in its zone all the same.
func TestZoneOfOtherThreads(t *testing.T) {
	c := start(t, mayUnshareNet(t), "leader")
	id := process(t, c.pid, proc.PartZone).Zone
	z := findZone(t, zones(t), id)
	var st unix.Stat_t
	if err := unix.Stat(z.Path, &st); err != nil || st.Ino != id || z.Processes != 1 {
		t.Errorf("zone %d is %+v, with inode %d: %v", id, z, st.Ino, err)
	}
}

// A namespace without a name: the process that made it sees that it is not the first,
// and so do we.
func TestAnonymousZone(t *testing.T) {
	unshare := mayUnshareNet(t)
	c := start(t, unshare, "zone")
	id, _ := strconv.ParseUint(c.said[0], 10, 64)
	all := zones(t)
	want := proc.Zone{
		ID: id, Name: "netns:" + c.said[0], Kind: "anonymous",
		Path: fmt.Sprintf("/proc/%d/ns/net", c.pid), Processes: 1,
	}
	if got := findZone(t, all, id); bare(got) != want || got.PID != c.pid || got.Own {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if p := process(t, c.pid, proc.PartZone); p.Zone != id {
		t.Errorf("process: got zone %d, want %d", p.Zone, id)
	}

	v := look(t, unshare)
	if v.Own.Kind != "anonymous" || v.Own.Name != fmt.Sprintf("netns:%d", v.Own.ID) {
		t.Errorf("from within: own zone is %+v", v.Own)
	}
	if os.Getuid() == 0 { // in a user namespace of our own we may not see the others
		first := zones(t)[0]
		if got := findZone(t, v.Zones, first.ID); got.Kind != first.Kind {
			t.Errorf("from within: got %+v, want %+v", got, first)
		}
	}
}

func mayUnshare(t *testing.T, unshare func(*exec.Cmd)) bool {
	cmd := exec.CommandContext(t.Context(), "/proc/self/exe", "-test.run=^$")
	unshare(cmd)
	return cmd.Run() == nil
}

func TestNamedZone(t *testing.T) {
	ip, err := exec.LookPath("ip")
	if err != nil || os.Getuid() != 0 {
		t.Skip("ip-netns(8) and root are needed to name a network namespace")
	}
	name := fmt.Sprintf("sockstat-%d", os.Getpid())
	if out, err := exec.Command(ip, "netns", "add", name).CombinedOutput(); err != nil {
		t.Skipf("ip netns add: %v: %s", err, out)
	}
	t.Cleanup(func() { exec.Command(ip, "netns", "del", name).Run() })
	var st unix.Stat_t
	if err := unix.Stat("/run/netns/"+name, &st); err != nil {
		t.Fatal(err)
	}
	want := proc.Zone{ID: st.Ino, Name: name, Kind: "named", Path: "/run/netns/" + name}
	if got := bare(findZone(t, zones(t), st.Ino)); got != want {
		t.Errorf("empty: got %+v, want %+v", got, want)
	}
	c := start(t, func(cmd *exec.Cmd) {
		cmd.Path = ip
		cmd.Args = append([]string{"ip", "netns", "exec", name, "/proc/self/exe"}, cmd.Args[1:]...)
		exe, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		cmd.Args[4] = exe
	}, "view")
	want.Processes = 1
	if got := bare(findZone(t, zones(t), st.Ino)); got != want {
		t.Errorf("with process %d: got %+v, want %+v", c.pid, got, want)
	}
	if !strings.Contains(c.said[0], fmt.Sprintf(`"Own":{"ID":%d,"Name":%q,"Kind":"named"`, st.Ino, name)) {
		t.Errorf("from within: got %s", c.said[0])
	}
	v := look(t, asNobody)
	want.Processes = 0 // nobody may not see where root's processes live
	if got := bare(findZone(t, v.Zones, st.Ino)); got != want {
		t.Errorf("as nobody: got %+v, want %+v", got, want)
	}
}

// Without root or namespaces of our own to look at, the trees say what names follow.
func TestZoneNames(t *testing.T) {
	const id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	files := map[string]string{
		"self/ns/net":                "->net:[20]",
		"sys/net/core/netdev_budget": "300",
		"1/ns/net":                   "->net:[20]",
		"5/ns/net":                   "->net:[11]",
		"5/cgroup":                   "0::/docker/" + id,
		"6/ns/net":                   "->net:[11]",
		"7/ns/net":                   "->net:[12]", // the same container's second namespace
		"7/cgroup":                   "0::/docker/" + id,
		"8/ns/net":                   "->net:[13]",
		"8/cgroup":                   "0::/lxc/global",
		"9/ns/net":                   "->net:[14]",
		"9/cgroup":                   "junk",
		"10/ns/net":                  "->net:[x]",
		"11/stat":                    "has no namespace",
		"12/ns/net":                  "->user:[14]",
	}
	root := tree(t, files)
	l := Proc{Root: root, Netns: tree(t, map[string]string{"unmounted": ""})}
	got, err := l.Zones(t.Context())
	want := []proc.Zone{
		{ID: 20, Name: "global", Kind: "global", Path: root + "/1/ns/net", Processes: 1},
		{ID: 11, Name: "0123456789ab", Kind: "container", Path: root + "/5/ns/net", Processes: 2},
		{ID: 12, Name: "netns:12", Kind: "anonymous", Path: root + "/7/ns/net", Processes: 1},
		{ID: 13, Name: "netns:13", Kind: "anonymous", Path: root + "/8/ns/net", Processes: 1}, // there is but one global zone
		{ID: 14, Name: "netns:14", Kind: "anonymous", Path: root + "/9/ns/net", Processes: 1},
	}
	if err != nil || !slices.Equal(allBare(got), want) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
}

func TestFirstZone(t *testing.T) {
	const kernelThread = "2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 21 0 0 0"
	for _, test := range []struct {
		about string
		files map[string]string
		own   proc.Zone
	}{
		{"no namespaces", map[string]string{"self/stat": ""}, proc.Zone{Name: "global", Kind: "global"}},
		{
			"the number of Linux 6.18", map[string]string{"self/ns/net": "->net:[4026531833]"},
			proc.Zone{ID: 4026531833, Name: "global", Kind: "global", Path: "self/ns/net"},
		},
		{
			"settings of the machine",
			map[string]string{"self/ns/net": "->net:[4026531840]", "sys/net/core/netdev_budget": ""},
			proc.Zone{ID: 4026531840, Name: "global", Kind: "global", Path: "self/ns/net"},
		},
		{
			"with the kernel's threads",
			map[string]string{"self/ns/net": "->net:[4026531840]", "2/ns/net": "->net:[4026531840]", "2/stat": kernelThread},
			proc.Zone{ID: 4026531840, Name: "global", Kind: "global", Path: "self/ns/net"},
		},
		{
			"not with them",
			map[string]string{"self/ns/net": "->net:[7]", "2/ns/net": "->net:[4026531840]", "2/stat": kernelThread},
			proc.Zone{ID: 7, Name: "netns:7", Kind: "anonymous"},
		},
		{
			"process 2 of a container",
			map[string]string{"self/ns/net": "->net:[7]", "2/ns/net": "->net:[7]", "2/stat": "2 (sh)" + statRest},
			proc.Zone{ID: 7, Name: "netns:7", Kind: "anonymous", Path: "2/ns/net"},
		},
	} {
		test.files["9/stat"] = "" // some process, of which nothing is known
		root := tree(t, test.files)
		if test.own.Path != "" {
			test.own.Path = root + "/" + test.own.Path
		}
		l := Proc{Root: root, Netns: root + "/none"}
		if got, err := l.OwnZone(); err != nil || bare(got) != test.own || !got.Own {
			t.Errorf("%s: got %+v, %v, want %+v", test.about, got, err, test.own)
		}
		all, err := l.Zones(t.Context())
		if err != nil || findZone(t, all, test.own.ID).Name != test.own.Name {
			t.Errorf("%s: listed are %+v, %v", test.about, all, err)
		}
	}
}

// If the caller's namespace cannot be read a second time it is the same all the same.
func TestOwnZoneReadOnce(t *testing.T) {
	root := tree(t, map[string]string{"self/ns/net": "->net:[7]", "1/stat": ""})
	reads := 0
	calls := Calls{Readlinkat: func(dir int, path, buf []byte) (int, error) {
		if strings.HasSuffix(string(path), "self/ns/net\x00") {
			if reads++; reads > 1 {
				return 0, unix.ENOENT
			}
		}
		return kernel.Readlinkat(dir, path, buf)
	}}
	want := proc.Zone{ID: 7, Name: "netns:7", Kind: "anonymous"}
	if got, err := (Proc{Root: root, Calls: calls}).OwnZone(); err != nil || bare(got) != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

// A namespace that cannot be seen is not the first of the machine.
func TestOwnZoneThatIsNotSeen(t *testing.T) {
	seen := map[string]string{"self/ns/net": "->net:[4026531840]", "1/ns/net": "->net:[7]", "2/ns/net": "->net:[4026531840]", "2/stat": "2 (sh)" + statRest}
	for _, test := range []struct {
		hidden string // what may not be looked at
		files  map[string]string
		cause  error
	}{
		{"self/ns/net\x00", seen, fs.ErrPermission},
		{"netdev_budget", seen, fs.ErrPermission},
		{"", map[string]string{"1/ns/net": "->net:[7]"}, fs.ErrNotExist},
		{"", nil, fs.ErrNotExist},
	} {
		denied := func(path string) bool { return test.hidden != "" && strings.HasSuffix(path, test.hidden) }
		p := Proc{Root: tree(t, test.files), Netns: "/nowhere"}
		p.Calls = Calls{
			Readlinkat: func(dir int, path, buf []byte) (int, error) {
				if denied(string(path)) {
					return 0, unix.EACCES
				}
				return kernel.Readlinkat(dir, path, buf)
			},
			Fstatat: func(dir int, path string, to *unix.Stat_t, flags int) error {
				if denied(path) {
					return unix.EACCES
				}
				return kernel.Fstatat(dir, path, to, flags)
			},
		}
		if z, err := p.OwnZone(); !errors.Is(err, test.cause) || z != (proc.Zone{}) {
			t.Errorf("without %q: %+v, %v", test.hidden, z, err)
		}
		all, err := p.Zones(t.Context())
		for _, z := range all {
			if z.Name == "global" || z.ID == 0 {
				t.Errorf("without %q: listed are %+v, %v", test.hidden, all, err)
			}
		}
		if len(all) == 0 && err == nil {
			t.Errorf("without %q: no zones", test.hidden)
		}
	}
}

// In the proc of another PID namespace "self" leads nowhere, but processes have zones.
func TestZonesWithoutSelf(t *testing.T) {
	const kernelThread = "2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 21 0 0 0\n"
	root := tree(t, map[string]string{
		"1/ns/net": "->net:[4026531840]", "2/ns/net": "->net:[4026531840]", "2/stat": kernelThread, "9/ns/net": "->net:[7]",
	})
	got, err := Proc{Root: root}.Zones(t.Context())
	want := []proc.Zone{
		{ID: 4026531840, Name: "global", Kind: "global", Path: root + "/1/ns/net", Processes: 2},
		{ID: 7, Name: "netns:7", Kind: "anonymous", Path: root + "/9/ns/net", Processes: 1},
	}
	if err != nil || !slices.Equal(allBare(got), want) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
}
