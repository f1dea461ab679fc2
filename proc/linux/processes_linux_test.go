package linux

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sockstat/proc"
)

const allParts = proc.PartSockets | proc.PartStat | proc.PartStatus | proc.PartArgs | proc.PartExe | proc.PartCwd | proc.PartFDs | proc.PartLimits |
	proc.PartZone | proc.PartCgroup

func TestOwnProcess(t *testing.T) {
	pid := int32(os.Getpid())
	before := time.Now()
	p := process(t, pid, allParts)
	exe, _ := os.Executable()
	cwd, _ := os.Getwd()
	var limit unix.Rlimit
	unix.Getrlimit(unix.RLIMIT_NOFILE, &limit)
	fds, _ := os.ReadDir("/proc/self/fd")

	check := func(what string, got, want any) {
		t.Helper()
		if got != want {
			t.Errorf("%s: got %v, want %v", what, got, want)
		}
	}
	check("Has", p.Has, allParts)
	check("Name", p.Name, strings.TrimSuffix(string(readTestFile(t, "/proc/self/comm")), "\n"))
	check("PPID", p.PPID, int32(os.Getppid()))
	check("PGID", p.PGID, int32(unix.Getpgrp()))
	check("UID", p.UID, uint32(os.Getuid()))
	check("EUID", p.EUID, uint32(os.Geteuid()))
	check("GID", p.GID, uint32(os.Getgid()))
	check("Args", p.Args, strings.TrimRight(strings.Join(os.Args, " "), " "))
	check("Exe", p.Exe, exe)
	check("Cwd", p.Cwd, cwd)
	check("FDLimit", p.FDLimit, limit.Cur)
	check("Cgroup", strings.Contains(string(readTestFile(t, "/proc/self/cgroup")), ":"+p.Cgroup+"\n"), true)
	// Reading them takes up to three more; the runtime may have opened others.
	if n := int(p.FDCount); n < 3 || n < len(fds)-3 || n > len(fds)+8 {
		t.Errorf("FDCount: got %d, listed %d", n, len(fds))
	}
	if p.Start.After(before.Add(time.Second)) || p.Start.Before(before.Add(-time.Hour)) {
		t.Errorf("Start: got %v at %v", p.Start, before)
	}
	if p.Threads < 1 || p.VSize == 0 || p.RSS == 0 || p.State.String() == "" {
		t.Errorf("got %+v", p)
	}
}

// Only what is asked for is read and set.
func TestParts(t *testing.T) {
	pid := int32(os.Getpid())
	for part := proc.PartStat; part <= proc.PartCgroup; part <<= 1 {
		p := process(t, pid, part)
		if p.Has != part || p.Name == "" {
			t.Errorf("part %#x: got %+v", part, p)
		}
		p.Name, p.Has = "", 0
		if p == (proc.Process{PID: pid}) && (part != proc.PartStatus || os.Getuid() != 0) {
			t.Errorf("part %#x: nothing is set", part)
		}
	}
	if p := process(t, pid, 0); p.Name == "" || (p != proc.Process{PID: pid, Name: p.Name}) {
		t.Errorf("no parts: got %+v", p)
	}
}

func TestOddNames(t *testing.T) {
	for _, name := range []string{"a b", "a) R 1 (b", "new\nline", "end\n", "((", "\x1b[31m", "\xff\xfe", `back\slash`} {
		c := start(t, nil, "name", strconv.Quote(name))
		for _, parts := range []proc.Parts{0, proc.PartStat, proc.PartStatus} {
			if p := process(t, c.pid, parts); p.Name != name {
				t.Errorf("parts %#x: got name %q, want %q", parts, p.Name, name)
			}
		}
	}
}

func TestOddProgram(t *testing.T) {
	exe, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a) b\n\x1b[31m")
	if err := os.WriteFile(path, exe, 0o755); err != nil {
		t.Fatal(err)
	}
	c := start(t, func(cmd *exec.Cmd) {
		cmd.Path, cmd.Dir = path, filepath.Dir(path)
		cmd.Args = []string{"odd", "", "x y\n", ""}
	}, "idle")
	p := process(t, c.pid, allParts)
	if p.Name != filepath.Base(path) || p.Exe != path || p.Cwd != filepath.Dir(path) || p.Args != "odd  x y\n" {
		t.Errorf("got %+v", p)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if p := process(t, c.pid, proc.PartExe); p.Exe != path+" (deleted)" {
		t.Errorf("got %q, want deleted", p.Exe)
	}
}

func TestZombie(t *testing.T) {
	c := start(t, nil, "exit") // its output ends when it does
	for process(t, c.pid, proc.PartStat).State != 'Z' {
		time.Sleep(time.Millisecond)
	}
	p := process(t, c.pid, allParts)
	if p.State.String() != "zombie" || p.PPID != int32(os.Getpid()) || p.Args != "" || p.Exe != "" || p.Name == "" {
		t.Errorf("got %+v", p)
	}
	c.Wait()
	if all, err := readAll(t.Context(), []int32{c.pid}, allParts); err != nil || len(all) > 0 {
		t.Errorf("after wait: got %+v, %v", all, err)
	}
}

// What is listed agrees with ps(1).
func TestLikePS(t *testing.T) {
	if _, err := exec.LookPath("ps"); err != nil {
		t.Skip("no ps(1) to compare with")
	}
	c := start(t, func(cmd *exec.Cmd) { cmd.Args = []string{"child", "a", "b c"} }, "name", `"ps test"`)
	var got, want string
	for range 10 { // the child may start a thread in between
		p := process(t, c.pid, allParts)
		out, err := exec.Command("ps", "-o", "ppid=,pgid=,sid=,uid=,euid=,gid=,nice=,nlwp=,tty=,args=",
			"-p", strconv.Itoa(int(c.pid))).Output()
		if err != nil {
			t.Fatal(err)
		}
		tty := p.TTY
		if tty == "" {
			tty = "?"
		}
		want = fmt.Sprintln(p.PPID, p.PGID, p.SID, p.UID, p.EUID, p.GID, p.Nice, p.Threads, tty, p.Args)
		if got = strings.Join(strings.Fields(string(out)), " ") + "\n"; got == want {
			return
		}
	}
	t.Errorf("ps says %q, we say %q", got, want)
}

// All processes come once, in the order of their PIDs, in batches.
func TestAllProcesses(t *testing.T) {
	c := start(t, nil, "idle")
	all, err := readAll(t.Context(), nil, proc.PartStat)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSortedFunc(all, func(a, b proc.Process) int { return int(a.PID) - int(b.PID) }) {
		t.Error("not in the order of the PIDs")
	}
	for _, pid := range []int32{c.pid, int32(os.Getpid())} {
		if !slices.ContainsFunc(all, func(p proc.Process) bool { return p.PID == pid }) {
			t.Errorf("process %d is missing", pid)
		}
	}
}

func TestChosenProcesses(t *testing.T) {
	a, b := start(t, nil, "idle"), start(t, nil, "idle")
	all, err := readAll(t.Context(), []int32{b.pid, a.pid, -1, 0, 1 << 30, a.pid}, 0)
	if err != nil {
		t.Fatal(err)
	}
	var pids []int32
	for _, p := range all {
		pids = append(pids, p.PID)
	}
	want := []int32{a.pid, b.pid}
	slices.Sort(want)
	if !slices.Equal(pids, want) {
		t.Errorf("got %v, want %v", pids, want)
	}
	if all, err := readAll(t.Context(), []int32{}, 0); len(all) > 0 || err != nil {
		t.Errorf("no PIDs: got %v, %v", all, err)
	}
}

// A thread is no process, although /proc has a directory for it.
func TestThreadIsNoProcess(t *testing.T) {
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		tid, _ := strconv.Atoi(task.Name())
		if tid == os.Getpid() {
			continue
		}
		for _, parts := range []proc.Parts{0, proc.PartStat, proc.PartStatus} {
			if all, err := readAll(t.Context(), []int32{int32(tid)}, parts); len(all) > 0 || err != nil {
				t.Errorf("thread %d, parts %#x: got %+v, %v", tid, parts, all, err)
			}
		}
		if h, err := live().Holders(t.Context(), []int32{int32(tid)}); err != nil || len(h.PIDs()) > 0 {
			t.Errorf("thread %d: holds sockets of %v, %v", tid, h.PIDs(), err)
		}
	}
}

// Processes that end while they are read leave no half rows behind.
func TestEndingProcesses(t *testing.T) {
	program, args := "/proc/self/exe", []string{"-test.run=^$"}
	if path, err := exec.LookPath("true"); err == nil { // ends sooner
		program, args = path, nil
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for end := time.Now().Add(300 * time.Millisecond); time.Now().Before(end); {
			exec.Command(program, args...).Run()
		}
	}()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		all, err := readAll(t.Context(), nil, allParts)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range all {
			if p.Has&proc.PartStat == 0 || p.Has&proc.PartStatus == 0 || p.State == 0 { // a name may be empty
				t.Errorf("half-read: %+v", p)
			}
		}
		if _, err := live().Holders(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r, err := live().Processes(ctx, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cancel()
	if _, err := r.Read(nil); err != context.Canceled {
		t.Errorf("Read: got %v", err)
	}
	_, processes := live().Processes(ctx, nil, 0)
	_, sockets := live().Holders(ctx, nil)
	_, zones := live().Zones(ctx)
	for _, err := range []error{processes, sockets, zones} {
		if !errors.Is(err, context.Canceled) { // which way was taken may stand before it
			t.Errorf("got %v", err)
		}
	}
}

// The kernel never wrote these files, so whatever they hold gives a row or none.
func TestOddFiles(t *testing.T) {
	root := tree(t, map[string]string{
		"stat":        "btime 1700000000\n",
		"1/stat":      "1 (ok) S 0 1 1 0 -1 0 0 0 0 0 1 2 3 4 20 0 1 0 100 4096 1",
		"1/status":    statusFile,
		"1/cmdline":   strings.Repeat("x", 200<<10),
		"1/limits":    "Max open files unlimited unlimited files\n",
		"1/cgroup":    "0::/init.scope\n",
		"1/ns/net":    "->net:[7]",
		"1/exe":       "->/bin/true (deleted)",
		"1/fd/0":      "->/dev/null",
		"2/stat":      "2 (short) S 1",
		"2/status":    "Uid:\n",
		"2/limits":    "",
		"2/cgroup":    "",
		"2/ns/net":    "->net:[x]",
		"3/stat":      "",
		"4/status":    "no stat",
		"05x/stat":    "not a process",
		"self/stat":   "nor this",
		"99999999999": "too large",
	})
	r, err := Proc{Root: root}.Processes(t.Context(), nil, allParts)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	all, err := drain(r)
	if err != nil || len(all) != 2 {
		t.Fatalf("got %+v, %v", all, err)
	}
	// The size of a directory is the number of its entries only in proc.
	if p := all[0]; p.Has != allParts&^proc.PartCwd || p.Args != strings.Repeat("x", 128<<10)+"…" || p.FDLimit != proc.NoLimit ||
		p.Cgroup != "/init.scope" || p.Zone != 7 || p.Exe != "/bin/true (deleted)" || p.Start.Unix() != 1_700_000_001 {
		p.Args = p.Args[:min(9, len(p.Args))]
		t.Errorf("got %+v", p)
	}
	if p, want := all[1], (proc.Process{PID: 2, Name: "short"}); p != want {
		t.Errorf("got %+v, want %+v", p, want)
	}
	m := r.(proc.MissingTeller).Missing()
	if len(m.Hidden) > 0 || m.Failed != 1 || fmt.Sprint(m.Err) != "read "+root+"/2/stat: parse stat: field 5" {
		t.Errorf("missing are %+v", m)
	}
	if _, err := r.Read(all); err != io.EOF {
		t.Errorf("after the end: got %v", err)
	}
	// Of those that were asked for, only what can be told to be a process.
	chosen := tree(t, map[string]string{
		"42/comm": "ok\n", "42/stat": "42 (ok) S 1", "42/status": statusFile,
		"43/stat": "43 (thread) S 1", "43/status": statusFile,
		"44/stat": "44 (odd) S 1", "44/status": "Uid:\n",
		"45/stat": "45 (none) S 1",
	})
	for _, parts := range []proc.Parts{0, proc.PartStat, proc.PartStatus, allParts} {
		r, err := Proc{Root: chosen}.Processes(t.Context(), []int32{42, 43, 44, 45}, parts)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if all, err := drain(r); err != nil || len(all) != 1 || all[0].PID != 42 || all[0].Name != "ok" {
			t.Errorf("parts %#x: got %+v, %v", parts, all, err)
		}
	}
	if _, err := (Proc{Root: root + "/none"}).Processes(t.Context(), nil, 0); err == nil {
		t.Error("no proc: no error")
	}
}

// tree makes a directory with the given files; "->" starts the target of a link.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		path := filepath.Join(root, name)
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if target, ok := strings.CutPrefix(content, "->"); ok && err == nil {
			err = os.Symlink(target, path)
		} else if err == nil {
			err = os.WriteFile(path, []byte(content), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func readTestFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func BenchmarkProcesses(b *testing.B) {
	for _, set := range []struct {
		name  string
		parts proc.Parts
	}{{"name", 0}, {"stat", proc.PartStat}, {"listing", proc.PartStatus | proc.PartArgs}, {"all", allParts}} {
		b.Run(set.name, func(b *testing.B) {
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				all, err := readAll(b.Context(), nil, set.parts)
				if err != nil {
					b.Fatal(err)
				}
				n += len(all)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/process")
		})
	}
}
