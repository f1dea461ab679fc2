package linux

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/bits"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sockstat/proc"
)

// container is the control group of a container whose short id is "0123456789ab".
const container = "0::/docker/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n"

// machineOfFaults is a machine with processes of all kinds: enough for several workers, one whose
// first thread has ended, a zombie, one of the kernel, and one in a container.
func machineOfFaults(t *testing.T) (Proc, Calls) {
	statOf := func(pid int, rest string) string { return fmt.Sprintf("%d (a) b\n)%s", pid, rest) }
	ended := strings.Replace(strings.Replace(statRest, " S ", " Z ", 1), " 8192000 ", " 0 ", 1)
	files := map[string]string{
		"stat":                       "cpu  1 2 3\nintr 9" + strings.Repeat(" 0", 9000) + "\nbtime 1700000000\nprocesses 7\n",
		"sys/fs/file-nr":             "99\t0\t1000000\n",
		"sys/net/core/netdev_budget": "300\n",
		"self/ns/net":                "->net:[20]",
		"self/ns/pid":                "->pid:[1]",
		"self/fd/0":                  "->/dev/null",
		"2/stat":                     "2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 21 0 0 0\n",
	}
	process := func(pid int, at, stat, zone string) {
		files[at+"stat"] = statOf(pid, stat)
		files[at+"comm"] = "a) b\n\n"
		files[at+"status"] = strings.Replace(statusFile, "Tgid:\t42", fmt.Sprint("Tgid:\t", pid), 1)
		files[at+"cmdline"] = fmt.Sprintf("program\x00%d\x00", pid)
		files[at+"limits"] = "Limit Soft Hard\nMax open files            1024                 524288               files\n"
		files[at+"cgroup"] = "9:name=systemd:/\n0::/a.service\n"
		files[at+"ns/net"] = "->net:[" + zone + "]"
		files[at+"exe"] = "->/bin/program"
		files[at+"cwd"] = "->/"
		files[at+"fd/0"] = "->/dev/null"
		files[at+"fd/3"] = fmt.Sprintf("->socket:[%d]", 1000+pid)
		files[at+"fd/4"] = fmt.Sprintf("->socket:[%d]", 1000+pid)
		files[at+"fd/5"] = "->socket:[77]"
	}
	for pid := 10; pid < 30; pid++ {
		process(pid, fmt.Sprintf("%d/", pid), statRest, "20")
	}
	process(1, "1/", statRest, "20")
	process(40, "40/", statRest, "11")
	files["40/cgroup"] = container
	files["41/stat"] = statOf(41, ended) // its first thread
	files["41/task/41/stat"] = statOf(41, ended)
	process(41, "41/task/42/", statRest, "11")
	for _, pid := range []int{41, 43} {
		files[fmt.Sprintf("%d/comm", pid)] = "a) b\n\n"
		files[fmt.Sprintf("%d/status", pid)] = strings.Replace(statusFile, "Tgid:\t42", fmt.Sprint("Tgid:\t", pid), 1)
	}
	files["41/cmdline"] = ""                                                     // as the kernel says of a thread that has ended
	files["42/ns/net"] = "->net:[11]"                                            // its other thread, which the kernel does not list but has
	files["43/stat"] = statOf(43, strings.Replace(ended, " -5 3 ", " -5 1 ", 1)) // a zombie
	root := tree(t, files)
	for _, dir := range []string{"41/fd", "41/task/41/fd", "43/fd"} {
		if err := os.MkdirAll(root+"/"+dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	calls := kernel
	calls.Fstatat = func(dir int, path string, to *unix.Stat_t, flags int) error {
		if strings.HasSuffix(path, "/self/ns/pid") {
			to.Ino = 0xEFFFFFFC // the first PID namespace
			return nil
		}
		return unix.Fstatat(dir, path, to, flags)
	}
	return Proc{Root: root, Netns: tree(t, map[string]string{"unmounted": ""})}, calls
}

// Whatever goes wrong while processes are read, rows are right, or an error says so.
func TestFaultsOfProcesses(t *testing.T) {
	p, calls := machineOfFaults(t)
	for _, pids := range [][]int32{nil, {1, 10, 40, 41, 43}} {
		for _, parts := range []proc.Parts{0, proc.PartStatus | proc.PartArgs, allParts} {
			read := func(ctx context.Context, calls Calls) ([]proc.Process, proc.Missing, error) {
				p.Calls = calls
				r, err := p.Processes(ctx, pids, parts)
				if err != nil {
					return nil, proc.Missing{}, err
				}
				defer r.Close()
				all, err := drain(r)
				return all, r.(proc.MissingTeller).Missing(), err
			}
			want, missing, err := read(t.Context(), calls)
			if err != nil || len(want) < 3 || missing.Failed > 0 || len(missing.Hidden) > 0 {
				t.Fatalf("without a fault: %+v, %+v, %v", want, missing, err)
			}
			t.Run(fmt.Sprintf("%d of parts %#x", len(want), parts), func(t *testing.T) {
				walkFaults(t, calls, 250, func(ctx context.Context, calls Calls, f fault) string {
					got, missing, err := read(ctx, calls)
					if err != nil {
						return failure(err, f)
					}
					return cmp.Or(wrongProcesses(got, want, f), unsaid(got, want, missing, f))
				})
			})
		}
	}
}

// wrongProcesses says what is wrong with processes that were read without an error. One may
// be missing if something of it was not there. Parts may be, but for harmless faults.
func wrongProcesses(got, want []proc.Process, f fault) string {
	missing := len(want) - len(got)
	if missing < 0 || missing > 1 || missing == 1 && !f.isAbsence() {
		return fmt.Sprintf("%d processes of %d", len(got), len(want))
	}
	for _, p := range got {
		i := slices.IndexFunc(want, func(w proc.Process) bool { return w.PID == p.PID })
		if i < 0 {
			return fmt.Sprintf("process %d is none", p.PID)
		}
		w := want[i]
		if p.Start.IsZero() && !f.isHarmless() {
			w.Start = time.Time{} // the time of boot could not be read
		}
		if p.Sockets < w.Sockets && isGone(f.err) {
			w.Sockets = p.Sockets // some were closed meanwhile, or its other thread had ended
		}
		if p.PID == 41 && p.Args == "" && isGone(f.err) {
			w.Args = "" // its other thread had ended as well
		}
		if !f.isHarmless() {
			w = only(w, p.Has)
		}
		if p != w {
			return fmt.Sprintf("got  %+v\nwant %+v", p, w)
		}
	}
	return ""
}

// unsaid says what is missing without a word: a process that may not be looked at, or a part
// that could not be read, though neither is it gone nor permission missing.
func unsaid(got, want []proc.Process, said proc.Missing, f fault) string {
	if len(got) < len(want) && isDenied(f.err) && len(said.Hidden) != len(want)-len(got) {
		return fmt.Sprintf("%d processes are missing, %v said to be", len(want)-len(got), said.Hidden)
	}
	var parts, wanted int
	for _, p := range got {
		parts += bits.OnesCount16(uint16(p.Has))
	}
	for _, p := range want {
		wanted += bits.OnesCount16(uint16(p.Has))
	}
	if said.Failed == 0 && parts < wanted && !f.isAbsence() {
		return fmt.Sprintf("%d parts of %d, %d said to be missing: %v", parts, wanted, said.Failed, said.Err)
	}
	return ""
}

// only returns a process of which just some parts are known.
func only(p proc.Process, has proc.Parts) proc.Process {
	q := proc.Process{PID: p.PID, Name: p.Name, Has: p.Has & has}
	if has&proc.PartStat != 0 {
		q = p
		q.Has &= has
		q.UID, q.EUID, q.GID, q.Args, q.Exe, q.Cwd, q.FDCount, q.FDLimit, q.Zone, q.Cgroup, q.Sockets = 0, 0, 0, "", "", "", 0, 0, 0, "", 0
		q.Container, q.ExeDeleted, q.Root, q.EGID, q.SUID, q.SGID, q.ReadBytes, q.WrittenBytes = proc.Container{}, false, "", 0, 0, 0, 0, 0
	}
	for part, set := range map[proc.Parts]func(){
		proc.PartStatus: func() {
			q.UID, q.EUID, q.GID, q.EGID, q.SUID, q.SGID = p.UID, p.EUID, p.GID, p.EGID, p.SUID, p.SGID
		},
		proc.PartArgs:    func() { q.Args = p.Args },
		proc.PartExe:     func() { q.Exe, q.ExeDeleted = p.Exe, p.ExeDeleted },
		proc.PartCwd:     func() { q.Cwd = p.Cwd },
		proc.PartFDs:     func() { q.FDCount = p.FDCount },
		proc.PartLimits:  func() { q.FDLimit = p.FDLimit },
		proc.PartZone:    func() { q.Zone = p.Zone },
		proc.PartCgroup:  func() { q.Cgroup, q.Container = p.Cgroup, p.Container },
		proc.PartSockets: func() { q.Sockets = p.Sockets },
	} {
		if has&part != 0 {
			set()
		}
	}
	return q
}

// Whatever goes wrong while descriptors are walked, holders are right, and if some are not
// known SocketHolders or an error says so.
func TestFaultsOfHolders(t *testing.T) {
	p, calls := machineOfFaults(t)
	for name, pids := range map[string][]int32{"all": nil, "chosen": {1, 10, 40, 41, 43}} {
		read := func(ctx context.Context, calls Calls) (*proc.SocketHolders, error) {
			p.Calls = calls
			return p.Holders(ctx, pids)
		}
		want, err := read(t.Context(), calls)
		if err != nil || want.Partial() != "" || len(want.Of(endpoint(77))) != len(want.PIDs()) || !slices.Contains(want.PIDs(), 41) {
			t.Fatalf("without a fault: %v, %q, %v", want.PIDs(), want.Partial(), err)
		}
		t.Run(name, func(t *testing.T) {
			walkFaults(t, calls, 250, func(ctx context.Context, calls Calls, f fault) string {
				got, err := read(ctx, calls)
				if err != nil {
					return failure(err, f)
				}
				return wrongHolders(got, want, f)
			})
		})
	}
}

// wrongHolders says what is wrong with holders that were found without an error.
func wrongHolders(got, want *proc.SocketHolders, f fault) string {
	if got.Partial() != "" && f.isHarmless() {
		return got.Partial()
	}
	for e, holders := range got.All() {
		for _, h := range holders {
			of := want.Of(e)
			i := slices.IndexFunc(of, func(w proc.Holder) bool { return w.PID == h.PID })
			// Descriptor 3 may have been closed; 4 is the same socket.
			if i < 0 || h.FD != of[i].FD && (!isGone(f.err) || h.FD != of[i].FD+1) {
				return fmt.Sprintf("socket %d is held by %v, want %v", e.Inode, h, of)
			}
		}
	}
	lacking := map[int32]bool{}
	for e, holders := range want.All() {
		for _, w := range holders {
			if !slices.ContainsFunc(got.Of(e), func(h proc.Holder) bool { return h.PID == w.PID }) {
				lacking[w.PID] = true
			}
		}
	}
	// One process or descriptor may be gone, but what may not be seen is said to be partial.
	if len(lacking) > 0 && got.Partial() == "" && (len(lacking) > 1 || !isGone(f.err)) {
		return fmt.Sprintf("some of processes %v are missing: %q", lacking, got.Partial())
	}
	return ""
}

// Whatever goes wrong while zones are listed, they are right, or an error says so.
func TestFaultsOfZones(t *testing.T) {
	p, calls := machineOfFaults(t)
	zonesOf := func(ctx context.Context, calls Calls) ([]proc.Zone, error) {
		p.Calls = calls
		return p.Zones(ctx)
	}
	want, err := zonesOf(t.Context(), calls)
	if err != nil || len(want) != 2 || want[0].Kind != "global" || want[0].Processes != 21 ||
		want[1].Name != "0123456789ab" || want[1].Processes != 3 {
		t.Fatalf("without a fault: %+v, %v", want, err)
	}
	walkFaults(t, calls, 250, func(ctx context.Context, calls Calls, f fault) string {
		got, err := zonesOf(ctx, calls)
		hidden := new(proc.HiddenError)
		if errors.As(err, &hidden) && isDenied(f.err) {
			err = nil
		}
		if err != nil {
			return failure(err, f)
		}
		if hidden.Processes == 0 && isDenied(f.err) && counted(got) != counted(want) {
			return "not all processes are counted, and no word"
		}
		if isGone(f.err) && len(got) == 1 && got[0].ID == 0 {
			return "" // as where the kernel has no namespaces
		}
		return wrongZones(got, want, f)
	})
}

func counted(zones []proc.Zone) (processes int) {
	for _, z := range zones {
		processes += z.Processes
	}
	return processes
}

// wrongZones says what is wrong with zones that were listed without an error. One process
// may be missing if its zone was not to be seen, and the best of names.
func wrongZones(got, want []proc.Zone, f fault) string {
	if slices.Equal(got, want) {
		return ""
	}
	if len(got) != len(want) || !f.isAbsence() {
		return fmt.Sprintf("got  %+v\nwant %+v", got, want)
	}
	missing := 0
	for _, w := range want {
		i := slices.IndexFunc(got, func(z proc.Zone) bool { return z.ID == w.ID })
		if i < 0 || got[i].Name != w.Name && got[i].Name != Live().ZoneName(w.ID) {
			return fmt.Sprintf("got  %+v\nwant %+v", got, want)
		}
		missing += w.Processes - got[i].Processes
	}
	if missing < 0 || missing > 1 {
		return fmt.Sprintf("got  %+v\nwant %+v", got, want)
	}
	return ""
}

// Whatever goes wrong while the caller's zone is looked for, it is right, or an error says so.
func TestFaultsOfOwnZone(t *testing.T) {
	p, calls := machineOfFaults(t)
	calls.Fstatat = func(stat func(int, string, *unix.Stat_t, int) error) func(int, string, *unix.Stat_t, int) error {
		return func(dir int, path string, to *unix.Stat_t, flags int) error {
			if strings.HasSuffix(path, "/netdev_budget") {
				return unix.ENOENT // not the first zone of the machine
			}
			return stat(dir, path, to, flags)
		}
	}(calls.Fstatat)
	ownZone := func(calls Calls) (proc.Zone, error) {
		p.Calls = calls
		return p.OwnZone()
	}
	want, err := ownZone(calls)
	if err != nil || want.ID != 20 || want.Name != "netns:20" {
		t.Fatalf("without a fault: %+v, %v", want, err)
	}
	walkFaults(t, calls, 250, func(_ context.Context, calls Calls, f fault) string {
		got, err := ownZone(calls)
		switch {
		case err != nil:
			return failure(err, f)
		case got == want, f.stop:
			return ""
		case isGone(f.err) && got == globalZone: // as where the kernel has no namespaces
			return ""
		case f.isAbsence() && got.ID == want.ID && got.Name == want.Name: // the path is of another process
			return ""
		}
		return fmt.Sprintf("got %+v, want %+v", got, want)
	})
}

// Whatever goes wrong with BPF or while it is prepared, the holders are right: the walk finds
// them too.
func TestFaultsOfBPF(t *testing.T) {
	skipWithoutBPF(t)
	files := t.TempDir() + "/file-nr"
	if err := os.WriteFile(files, []byte("1000000\t0\t1000000\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	calls := kernel
	calls.Openat = func(dir int, path []byte, flags int) (int, error) {
		if string(path) == "/proc/sys/fs/file-nr\x00" { // many files, so that BPF is tried
			path = append([]byte(files), 0)
		}
		return openat(dir, path, flags)
	}
	c := start(t, nil, "sockets", "5")
	ways := map[string]int{}
	walkFaults(t, calls, 40, func(ctx context.Context, calls Calls, f fault) string {
		p := Live()
		p.Calls = calls
		h, err := p.Holders(ctx, nil)
		if err != nil {
			return failure(err, f)
		}
		ways[strings.Split(h.Way, ":")[0]]++
		if h.Way != "bpf" && f.err == unix.EINTR {
			return "found by " + h.Way
		}
		for _, socket := range c.inodes() {
			of := h.Of(endpoint(socket))
			if len(of) == 1 && of[0].PID == c.pid || len(of) == 0 && (h.Partial() != "" || isGone(f.err)) {
				continue
			}
			return fmt.Sprintf("socket %d: %v instead of process %d by %s", socket, of, c.pid, h.Way)
		}
		return ""
	})
	if ways["bpf"] == 0 || ways["/proc/*/fd (bpf"] == 0 {
		t.Errorf("the ways were %v", ways)
	}
}
