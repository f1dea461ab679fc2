package vtab

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"sockstat/vtab/engine"
)

// realZone is a network namespace that a test made, with a listener at the address that all of
// them have in common, or empty.
type realZone struct {
	ns, inode uint64    // inode of the listener, 0 if there is none
	pid       int       // process that holds it; 0 if it is this one
	name      string    // of the file that stands for it, if any
	file      *os.File  // open, of the namespace, or nil
	command   *exec.Cmd // that process
}

// onNewThread calls f on a thread in a new network namespace, which ends with it.
func onNewThread(f func() error) error {
	done := make(chan error)
	var work func()
	work = func() {
		runtime.LockOSThread()            // the thread ends with the goroutine, and leaves the namespace
		if unix.Gettid() == os.Getpid() { // the first thread would take the program with it
			go work()
			runtime.UnlockOSThread()
			return
		}
		err := unix.Unshare(unix.CLONE_NEWNET)
		if err == nil {
			err = f()
		}
		done <- err
	}
	go work()
	return <-done
}

const realPort = 8080

// listenHere opens a listener at the common address in the namespace of the calling thread.
func listenHere() (*os.File, uint64, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, 0, err
	}
	f := os.NewFile(uintptr(fd), "listener")
	var st unix.Stat_t
	err = errors.Join(unix.Bind(fd, &unix.SockaddrInet4{Port: realPort, Addr: [4]byte{127, 0, 0, 1}}), unix.Listen(fd, 9), unix.Fstat(fd, &st))
	return f, st.Ino, err
}

// makeRealZone makes a namespace with what its kind says: "process" is a listener that a process
// in it holds, "named" one of this program's in a namespace that a mounted file stands for, "named process" both,
// "socket" one that alone keeps it, "file" an empty one that an open file keeps, "empty" one that
// a process keeps, "mounted" one that a mounted file keeps.
func makeRealZone(t *testing.T, kind string) (z realZone) {
	t.Helper()
	var listener *os.File
	err := onNewThread(func() (err error) {
		const own = "/proc/thread-self/ns/net"
		var st unix.Stat_t
		if err := unix.Stat(own, &st); err != nil {
			return err
		}
		z.ns = st.Ino
		if slices.Contains([]string{"process", "named", "socket", "named process"}, kind) {
			if listener, z.inode, err = listenHere(); err != nil {
				return err
			}
		}
		if kind == "process" || kind == "empty" || kind == "named process" {
			z.command = exec.Command("/bin/sleep", "60")
			if listener != nil {
				z.command.ExtraFiles = []*os.File{listener}
			}
			err = z.command.Start() // this thread forks, in its namespace
		}
		if kind == "named" || kind == "mounted" || kind == "named process" {
			z.name = fmt.Sprintf("sockstat-test-%d-%d", os.Getpid(), z.ns)
			path := filepath.Join("/run/netns", z.name)
			if err = errors.Join(err, os.MkdirAll("/run/netns", 0o755), os.WriteFile(path, nil, 0o600)); err == nil {
				err = unix.Mount(own, path, "", unix.MS_BIND, "")
			}
		}
		if kind == "file" {
			z.file, err = os.Open(own)
		}
		return err
	})
	t.Cleanup(func() {
		if listener != nil {
			listener.Close()
		}
		if z.file != nil {
			z.file.Close()
		}
		if z.name != "" {
			unix.Unmount("/run/netns/"+z.name, unix.MNT_DETACH)
			os.Remove("/run/netns/" + z.name)
		}
		if z.command != nil && z.command.Process != nil {
			z.command.Process.Kill()
			z.command.Wait()
		}
	})
	if err != nil {
		t.Skip("no network namespace can be made: ", err)
	}
	if z.command != nil {
		z.pid = z.command.Process.Pid
		if listener != nil {
			listener.Close() // only that process holds it
		}
	} else if z.inode != 0 {
		z.pid = os.Getpid()
	}
	return z
}

// names returns what the zone may be called.
func (z *realZone) names() (names []string) {
	if z.name != "" {
		names = append(names, z.name)
	} else {
		names = append(names, fmt.Sprintf("netns:%d", z.ns))
	}
	if z.command != nil {
		names = append(names, fmt.Sprintf("pid:%d", z.pid))
	}
	return names
}

const listenersSQL = "SELECT zone, inode, pid FROM sockets WHERE local_port = 8080 AND state = 'LISTEN' AND proto = 'tcp'"

// checkListeners checks that rows of zone, inode and process are each of one zone, with its own
// listener and process, and that none of those that have to be there is missing. Without
// privilege a process may not be seen.
func checkListeners(t *testing.T, what string, rows []string, zones []realZone, have func(*realZone) bool, pidSeen bool) {
	t.Helper()
	seen := map[string]bool{}
	for i := range zones {
		z := &zones[i]
		if z.inode == 0 {
			continue
		}
		for _, name := range z.names() {
			seen[fmt.Sprintf("%s %d %d", name, z.inode, z.pid)] = true
			if !pidSeen {
				seen[fmt.Sprintf("%s %d -", name, z.inode)] = true
			}
		}
		found := slices.ContainsFunc(rows, func(row string) bool { return strings.Fields(row)[1] == fmt.Sprint(z.inode) })
		if !found && have(z) {
			t.Errorf("%s: the listener %d in %v is missing", what, z.inode, z.names())
		}
	}
	shown := map[string]bool{}
	for _, row := range rows {
		inode := strings.Fields(row)[1]
		if shown[inode] {
			t.Errorf("%s: row %q, of a listener that is shown as another zone's too", what, row)
		}
		shown[inode] = true
		if !seen[row] {
			t.Errorf("%s: row %q, which is none of a namespace, or a second time", what, row)
		}
		delete(seen, row)
	}
}

// needReal skips unless namespaces can be made and entered.
func needReal(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("others may not enter a network namespace")
	}
	if testing.Short() {
		t.Skip("a hundred network namespaces")
	}
}

// realZones makes a hundred namespaces of all kinds.
func realZones(t *testing.T) (zones []realZone) {
	needReal(t)
	kinds := slices.Concat(slices.Repeat([]string{"process"}, 76), slices.Repeat([]string{"named process"}, 4), slices.Repeat([]string{"named"}, 8),
		slices.Repeat([]string{"socket"}, 4), slices.Repeat([]string{"empty"}, 4), []string{"file", "file", "mounted", "mounted"})
	for _, kind := range kinds {
		zones = append(zones, makeRealZone(t, kind))
	}
	return zones
}

// bpfFinds reports whether namespaces that only a socket keeps are found.
func bpfFinds(t *testing.T, db *engine.DB, zones []realZone) bool {
	t.Helper()
	for i := range zones {
		if z := &zones[i]; z.command == nil && z.name == "" && z.inode != 0 {
			return query(t, db, "SELECT count(*) FROM zones WHERE id = %d", z.ns)[0] == "1"
		}
	}
	return true
}

// A hundred namespaces with identical addresses, some empty, some that only a file or a socket
// keeps: each socket is shown once, with the zone and the process that are its own. What others
// may see of them is less, and never another's.
func TestHundredZones(t *testing.T) {
	zones := realZones(t)
	db := openMachineLive(t, Selection{All: true})
	bpf := bpfFinds(t, db, zones)
	listed := func(z *realZone) bool { return bpf || z.command != nil || z.name != "" }
	checkListeners(t, "root", query(t, db, listenersSQL), zones, listed, true)
	checkListeners(t, "root, tcp", query(t, db, "SELECT t.zone, t.inode, s.pid FROM tcp t JOIN sockets s USING (inode) WHERE t.local_port = 8080 AND t.state = 'LISTEN' AND s.zone IS t.zone"), zones, listed, true)
	named := query(t, db, "SELECT name, id FROM zones")
	for i := range zones {
		if z := &zones[i]; listed(z) && !slices.Contains(named, fmt.Sprintf("%s %d", z.names()[0], z.ns)) {
			t.Errorf("zone %d is not called %s", z.ns, z.names()[0])
		}
	}
	one := &zones[1]
	checkListeners(t, "some", query(t, openMachineLive(t, Selection{Only: []string{fmt.Sprint(one.pid), fmt.Sprint(zones[2].ns)}}), listenersSQL),
		zones, func(z *realZone) bool { return z == one || z == &zones[2] }, true)

	inside := func(z *realZone) bool { return z.command != nil }     // /proc/PID/net shows them to anybody
	look := []uintptr{unix.CAP_SYS_PTRACE, unix.CAP_DAC_READ_SEARCH} // at the descriptors of others
	for _, who := range []struct {
		name string
		caps []uintptr
	}{
		{"nobody", nil}, {"who may look at processes", look}, {"who may enter namespaces", []uintptr{unix.CAP_SYS_ADMIN}},
	} {
		t.Run(who.name, func(t *testing.T) {
			t.Parallel()
			checkListeners(t, who.name, asNobody(t, who.caps), zones, inside, len(who.caps) == len(look))
		})
	}
}

// asNobody reads the listeners in a process of nobody's with some capabilities.
func asNobody(t *testing.T, caps []uintptr) []string {
	t.Helper()
	const nobody = 65534
	cmd := exec.Command("/proc/self/exe", "-test.run=^TestListenersOfChild$")
	cmd.Env = append(os.Environ(), "SOCKSTAT_TEST_LISTENERS=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}, AmbientCaps: caps}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var rows []string
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		if row, ok := strings.CutPrefix(lines.Text(), "row "); ok {
			rows = append(rows, row)
		}
	}
	return rows
}

// TestListenersOfChild is what asNobody runs.
func TestListenersOfChild(t *testing.T) {
	if os.Getenv("SOCKSTAT_TEST_LISTENERS") == "" {
		t.Skip("only in a process of another test")
	}
	for _, row := range query(t, openMachineLive(t, Selection{All: true}), listenersSQL) {
		fmt.Println("row " + row)
	}
}

// Namespaces that end while they are read are there with what is their own, or not at all.
func TestZonesThatDieWhileRead(t *testing.T) {
	needReal(t)
	var zones []realZone
	for range 24 {
		zones = append(zones, makeRealZone(t, "process"))
	}
	const lasting = 4
	db := openMachineLive(t, Selection{All: true})
	var killers sync.WaitGroup
	killers.Go(func() {
		for _, z := range zones[lasting:] {
			z.command.Process.Kill()
			z.command.Wait()
		}
	})
	defer killers.Wait()
	for range 6 {
		checkListeners(t, "dying", query(t, db, listenersSQL), zones, func(z *realZone) bool {
			return slices.ContainsFunc(zones[:lasting], func(l realZone) bool { return l.ns == z.ns })
		}, false)
	}
}
