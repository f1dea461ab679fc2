package main

import (
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"sockstat/vtab/saved"
)

// A recorder that is killed leaves a whole file, at whatever moment it is, and the next one goes
// on with it.
func TestRecorderIsKilled(t *testing.T) {
	openSockets(t)
	file := filepath.Join(privateDirectory(t), "m.db")
	times := 6
	if testing.Short() {
		times = 2
	}
	last := 0
	for range times {
		cmd := exec.Command(os.Args[0], "--save", file, "--watch", "1ms", "--keep", "2s,1MB")
		cmd.Env = append(os.Environ(), "SOCKSTAT_TEST_MAIN=1")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
			if f, err := saved.Open(file); err == nil {
				moment, err := f.Last()
				f.Close()
				if err == nil && int(moment.Number) > last+1 {
					break
				}
			}
		}
		time.Sleep(time.Duration(rand.IntN(20000)) * time.Microsecond)
		cmd.Process.Kill()
		cmd.Wait()
		f, err := saved.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		moment, err := f.Last()
		f.Close()
		if err != nil || int(moment.Number) <= last {
			t.Fatalf("moment %v after %d, %v", moment, last, err)
		}
		last = int(moment.Number)
		if rows := sockstat(t, "--db", file, "-o", "list", "-H", "-q", "SELECT count(*) > 0 FROM sockets"); rows != "1\n" {
			t.Errorf("%q", rows)
		}
	}
	if out, err := exec.Command("python3", "-c", "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute('PRAGMA integrity_check').fetchall())", file).Output(); err == nil && !strings.Contains(string(out), "'ok'") {
		t.Errorf("%s", out)
	}
	sockstat(t, "--save", file) // removes what was left behind
	if entries, err := os.ReadDir(filepath.Dir(file)); err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
}

// What is new, gone and changed is said in lines, in any format, by the exit status and in SQL.
func TestDiff(t *testing.T) {
	openSockets(t)
	file := filepath.Join(privateDirectory(t), "m.db")
	sockstat(t, "--save", file)
	if out := sockstat(t, "--diff", file); out != "" {
		t.Errorf("nothing is new, but %q", out)
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	end := l.Addr().String()
	out := sockstat(t, "--diff", file)
	if !strings.HasPrefix(out, "new      tcp   "+end+" ") || strings.Count(out, "\n") != 1 || !strings.Contains(out, os.Args[0]) {
		t.Errorf("a new listener: %q", out)
	}
	_, port, _ := net.SplitHostPort(end)
	for _, narrowed := range [][]string{{"-p", port}, {"--command", "*"}, {":" + port}, {"--where", "local_port = " + port}, {"-4", "-Ptcp"}} {
		if again := sockstat(t, append([]string{"--diff", file}, narrowed...)...); again != out {
			t.Errorf("%q: %q", narrowed, again)
		}
	}
	for _, narrowed := range [][]string{{"-p", "1"}, {"--command", "none of these"}, {"-u"}, {"-Pudp"}, {"--host", "192.0.2.0/24"}, {"-6"}} {
		if none := sockstat(t, append([]string{"--diff", file, "--exit-changed"}, narrowed...)...); none != "" {
			t.Errorf("%q: %q", narrowed, none)
		}
	}
	client, err := net.Dial("tcp4", end)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if again := sockstat(t, "--diff", file); again != out {
		t.Errorf("a connection: %q", again)
	}
	out = sockstat(t, "--diff", file, "-c")
	for _, want := range []string{"new      tcp   " + end + " > 127.0.0.1:* ", "new      tcp   127.0.0.1:* > " + end + " "} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in %q", want, out)
		}
	}
	cmd := exec.Command(os.Args[0], "--diff", file, "--exit-changed", "-o", "json")
	cmd.Env = append(os.Environ(), "SOCKSTAT_TEST_MAIN=1")
	b, err := cmd.Output()
	if cmd.ProcessState.ExitCode() != exitChanged || !strings.Contains(string(b), `"change":"new"`) {
		t.Errorf("%s, %v", b, err)
	}
	sockstat(t, "--save", file)
	l.Close()
	client.Close()
	sockstat(t, "--save", file)
	if out := sockstat(t, "--diff", file, "--at", "first", "--to", "last"); out != "" {
		t.Errorf("nothing is left, but %q", out)
	}
	rows := sockstat(t, "--diff", file, "--at", "first", "-H", "-o", "list", "-q", "SELECT count(*) FROM then_sockets AS t JOIN sockets AS s USING (cookie) WHERE t.local <> s.local")
	if rows != "0\n" {
		t.Errorf("%q", rows)
	}
}

// What was saved of other zones is not gone where only the caller's own is compared.
func TestDiffOfOneZone(t *testing.T) {
	if testing.Short() {
		t.Skip("reads all zones of the machine, which may be many")
	}
	openSockets(t)
	listener, err := listenElsewhere()
	if err != nil {
		t.Skip(err)
	}
	defer listener.Close()
	file := filepath.Join(privateDirectory(t), "m.db")
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	narrowed := []string{"--diff", file, "-p", port}
	sockstat(t, "--save", file, "-Z")
	if rows := sockstat(t, "--db", file, "-H", "-o", "list", "-q", "SELECT count(*) FROM sockets WHERE local_port = "+port); rows != "1\n" {
		t.Skipf("%s sockets are seen", rows)
	}
	if out := sockstat(t, narrowed...); out != "" {
		t.Errorf("%q", out)
	}
	listener.Close()
	if out := sockstat(t, append(narrowed, "-Z")...); !strings.HasPrefix(out, "gone     tcp   ") {
		t.Errorf("of all zones: %q", out)
	}
}

// listenElsewhere listens in a network namespace of its own.
func listenElsewhere() (l net.Listener, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // the thread ends with the goroutine
		if err = syscall.Unshare(syscall.CLONE_NEWNET); err == nil {
			l, err = net.Listen("tcp4", "0.0.0.0:0")
		}
	}()
	<-done
	return l, err
}

// privateDirectory returns a directory that is nobody else's, in memory where there is some.
func privateDirectory(t *testing.T) string {
	t.Helper()
	parent := ""
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		parent = "/dev/shm"
	}
	dir, err := os.MkdirTemp(parent, "sockstat")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}
