package vtab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sockstat/internal/ahead"
	tables "sockstat/mib2/linux"
	"sockstat/proc/linux"
)

// kernelFault is what happens to one system call: to the nth by which sockets are read, or the
// nth by which processes are.
type kernelFault struct {
	err     error // nil: the call takes until release
	n       int64
	sockets bool   // of sockets, not of processes
	proc    string // a directory like /proc
	release chan struct{}
	reached chan struct{}

	made atomic.Int64
}

func newFault(err error, n int64, sockets bool, proc string) *kernelFault {
	return &kernelFault{err: err, n: n, sockets: sockets, proc: proc, release: make(chan struct{}), reached: make(chan struct{})}
}

// call counts a call and returns its error.
func (f *kernelFault) call(ofSockets bool) error {
	if f.sockets != ofSockets || f.made.Add(1) != f.n {
		return nil
	}
	if f.err == nil {
		close(f.reached)
		<-f.release
	}
	return f.err
}

// machine returns a machine with the live sockets and some processes, read by calls of which one
// is faulty.
func (f *kernelFault) machine(way string) *Machine {
	real := linux.Kernel()
	p := linux.Proc{Root: f.proc, Netns: filepath.Join(f.proc, "netns"), Passwd: "/etc/passwd", Way: "proc"}
	p.Calls.Openat = func(dir int, path []byte, flags int) (int, error) {
		if err := f.call(false); err != nil {
			return -1, err
		}
		return real.Openat(dir, path, flags)
	}
	p.Calls.Read = func(fd int, b []byte) (int, error) {
		if err := f.call(false); err != nil {
			return 0, err
		}
		return real.Read(fd, b)
	}
	p.Calls.Getdents = func(fd int, b []byte) (int, error) {
		if err := f.call(false); err != nil {
			return 0, err
		}
		return real.Getdents(fd, b)
	}
	p.Calls.Readlinkat = func(dir int, path, b []byte) (int, error) {
		if err := f.call(false); err != nil {
			return 0, err
		}
		return real.Readlinkat(dir, path, b)
	}
	s := tables.Tables{Way: way}
	s.Calls.Send = func(fd int, b []byte) error {
		if err := f.call(true); err != nil {
			return err
		}
		return unix.Sendto(fd, b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
	}
	s.Calls.Open = func(path string) (int, error) {
		if err := f.call(true); err != nil {
			return -1, err
		}
		return unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	}
	s.Calls.Read = func(fd int, b []byte) (int, error) {
		if err := f.call(true); err != nil {
			return 0, err
		}
		return unix.Read(fd, b)
	}
	return &Machine{Sockets: s, Processes: p, Holders: p, Zones: p, Users: p, Interfaces: interfaceNames}
}

// makeProc makes a directory like /proc, with one other process than this, that is said to hold all
// sockets there are. The processes of the machine may be thousands, and come and go.
func makeProc(t *testing.T) string {
	root := t.TempDir()
	var made error
	do := func(err error) { made = errors.Join(made, err) }
	for _, file := range []string{"stat", "self/stat", "self/status", "self/cmdline", "self/cgroup", "self/limits"} {
		text, err := os.ReadFile("/proc/" + file)
		do(err)
		file = filepath.Join(root, strings.Replace(file, "self/", "1/", 1))
		do(os.MkdirAll(filepath.Join(filepath.Dir(file), "fd"), 0o700))
		do(os.WriteFile(file, text, 0o600))
	}
	for _, name := range []string{"1", "thread-self", "self"} {
		do(os.MkdirAll(filepath.Join(root, name, "ns"), 0o700))
		for _, namespace := range []string{"net", "pid", "user"} {
			text, err := os.Readlink("/proc/self/ns/" + namespace)
			do(err)
			do(os.Symlink(text, filepath.Join(root, name, "ns", namespace)))
		}
	}
	do(os.Symlink("/proc/self/exe", filepath.Join(root, "1/exe")))
	db := openDB(t)
	for fd, inode := range query(t, db, "SELECT inode FROM tcp UNION ALL SELECT inode FROM udp UNION ALL SELECT inode FROM unix") {
		do(os.Symlink("socket:["+inode+"]", filepath.Join(root, "1/fd", strconv.Itoa(fd))))
	}
	if made != nil {
		t.Fatal(made)
	}
	return root
}

// faultyStatements read each table in the ways there are.
var faultyStatements = []string{
	"SELECT label, state, local, remote, pid, fd FROM sockets WHERE family = 'unix' OR local_port > 0",
	"SELECT label, state, local, remote FROM sockets WHERE proto = 'tcp' AND coalesce(command, user, args, pid, '') <> 'x'",
	"SELECT label, state, local, rtt_us > 0 FROM tcp", "SELECT label, state, local, drops FROM udp", "SELECT label, state, path FROM unix",
	"SELECT name, kind FROM zones", "SELECT pid, name, user, exe, unit FROM processes",
}

// A system call that fails makes an error, or a notice, or takes nothing away: no socket and no
// holder is lost, and none is there twice, without a word.
func TestSystemCallsThatFail(t *testing.T) {
	l, _ := listen(t)
	dial(t, l)
	for network, address := range map[string]string{"unixgram": filepath.Join(t.TempDir(), "s"), "udp": "127.0.0.1:0"} {
		c, err := net.ListenPacket(network, address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	proc := makeProc(t)
	for _, sql := range faultyStatements {
		for _, way := range []string{tables.WayNetlink, tables.WayProc} {
			if way == tables.WayProc && !strings.Contains(sql, "FROM sockets") {
				continue // one has been read so
			}
			for _, sockets := range []bool{true, false} {
				whole := newFault(nil, 0, sockets, proc)
				want := lasting(query(t, openMachine(t, whole.machine(way)), "%s", sql))
				if len(want) == 0 {
					t.Fatalf("%s: no rows", sql)
				}
				for n := int64(1); n <= whole.made.Load(); n += 1 + n/8 {
					for _, errno := range []error{syscall.EIO, syscall.EINTR, syscall.ENOMEM, syscall.EACCES} {
						got, noted, err := rowsOrError(t, newFault(errno, n, sockets, proc).machine(way), sql)
						if got = lasting(got); err == nil && noted == "" && strings.Contains(sql, "label") && !slices.Equal(got, want) {
							t.Errorf("%s (%s), %v of call %d: %q instead of %q", sql, way, errno, n, got, want)
						}
						if errno == syscall.EINTR && (err != nil || !slices.Equal(got, want)) {
							t.Errorf("%s (%s), call %d interrupted: %q, %v", sql, way, n, got, err)
						}
					}
				}
			}
		}
	}
}

// lasting sorts rows without those that the kernel takes away by itself after a minute.
func lasting(rows []string) []string {
	rows = slices.DeleteFunc(rows, func(row string) bool { return strings.Contains(row, "TIME_WAIT") })
	slices.Sort(rows)
	return rows
}

// rowsOrError runs a statement that may fail, and returns what was noted.
func rowsOrError(t *testing.T, m *Machine, sql string) (rows []string, noted string, err error) {
	db, err := Open(m)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	notices := noticesOf(db)
	st, _, err := db.Prepare(sql)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	for {
		more, err := st.Step(context.Background())
		if err != nil || !more {
			return rows, notices.take(), err
		}
		var row []string
		for i := range st.Columns() {
			text := st.Value(i).Clone().String()
			if st.Value(i).IsNull() {
				text = "-"
			}
			row = append(row, text)
		}
		rows = append(rows, strings.Join(row, " "))
	}
}

// A system call that takes long holds up neither the end of a statement's context nor, for long,
// its closing.
func TestSystemCallsThatTakeLong(t *testing.T) {
	proc := makeProc(t)
	for _, sql := range faultyStatements[:2] {
		for _, sockets := range []bool{true, false} {
			t.Run(fmt.Sprint(sql, sockets), func(t *testing.T) {
				t.Parallel()
				fault := newFault(nil, 2, sockets, proc)
				db, err := Open(fault.machine(tables.WayProc))
				if err != nil {
					t.Fatal(err)
				}
				defer db.Close()
				st, _, err := db.Prepare(sql)
				if err != nil {
					t.Fatal(err)
				}
				enough := errors.New("enough")
				ctx, cancel := context.WithCancelCause(t.Context())
				ended := make(chan time.Time, 1)
				go func() {
					<-fault.reached
					ended <- time.Now()
					cancel(enough)
				}()
				for more := true; more && err == nil; {
					more, err = st.Step(ctx)
				}
				start := <-ended
				stepped := time.Since(start)
				st.Close()
				if closed := time.Since(start); !errors.Is(err, enough) || stepped > 10*ahead.Patience || closed > 20*ahead.Patience { // the machine may be busy
					t.Errorf("%v after %v, closed after %v", err, stepped, closed)
				}
				close(fault.release)
			})
		}
	}
}
