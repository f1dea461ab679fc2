package linux

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sockstat/mib2"
)

// fault is what happens to a system call of a run.
type fault struct {
	name string
	// err is the error of the call, which is then not made.
	err error
	// on says that all later calls fail too.
	on bool
	// short has a read get less than it asks for, and a reply be cut off.
	short bool
	// slow has the context of the run end during the call.
	slow bool
}

var faults = []fault{
	{name: "interrupted", err: syscall.EINTR},
	{name: "short", short: true},
	{name: "slow", slow: true},
	{name: "I/O error", err: syscall.EIO},
	{name: "I/O error from then on", err: syscall.EIO, on: true},
	{name: "no memory", err: syscall.ENOBUFS},
	{name: "too many files", err: syscall.EMFILE, on: true},
	{name: "no entry", err: syscall.ENOENT},
	{name: "refused", err: syscall.EACCES},
	{name: "refused from then on", err: syscall.EPERM, on: true},
}

// faulty makes real calls, but for the nth one.
type faulty struct {
	fault
	n      int // counts from 1; 0: none
	cancel func()

	mu   sync.Mutex // one walk is beside the other
	made int
	what string // the call that the fault happened to
	open map[int]bool
	bad  []string // descriptors that were used after they were closed, or closed twice
}

// next counts a call and reports whether the fault happens to it.
func (f *faulty) next(what string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.made++
	if f.n == 0 || f.made < f.n || f.made > f.n && !f.on {
		return false
	}
	f.what += what + " "
	if f.slow {
		f.cancel()
	}
	return true
}

// uses notes a descriptor that is not open.
func (f *faulty) uses(fd int, closing bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.open[fd] {
		f.bad = append(f.bad, fmt.Sprint(fd))
	}
	if closing {
		delete(f.open, fd)
	}
}

func (f *faulty) opened(fd int, err error) (int, error) {
	if err == nil {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.open[fd] = true
	}
	return fd, err
}

// happened says to what the fault happened, and whether the run came so far.
func (f *faulty) happened() (what string, all bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return fmt.Sprintf("call %d (%s)", f.n, strings.TrimSpace(f.what)), f.made >= f.n
}

// left returns how many descriptors are open in the end. The walk beside the other closes
// its own when it notices that nobody wants it.
func (f *faulty) left() int {
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		f.mu.Lock()
		n := len(f.open)
		f.mu.Unlock()
		if n == 0 || time.Now().After(deadline) {
			return n
		}
	}
}

// read makes a call that reads into b.
func (f *faulty) read(what string, fd int, b []byte, call func([]byte) (int, error)) (int, error) {
	f.uses(fd, false)
	if f.next(what) {
		if f.err != nil {
			return 0, f.err
		}
		if f.short {
			b = b[:min(len(b), 61)] // in the middle of a line, and of a message
		}
	}
	return call(b)
}

func (f *faulty) calls() Calls {
	f.open = map[int]bool{}
	return Calls{
		Socket: func() (int, error) {
			if f.next("socket") && f.err != nil {
				return 0, f.err
			}
			return f.opened(realCalls.Socket())
		},
		Send: func(fd int, b []byte) error {
			f.uses(fd, false)
			if f.next("send") && f.err != nil {
				return f.err
			}
			return realCalls.Send(fd, b)
		},
		Receive: func(fd int, b []byte) (n int, cut bool, sender uint32, err error) {
			n, err = f.read("receive", fd, b, func(b []byte) (n int, err error) {
				n, cut, sender, err = realCalls.Receive(fd, b)
				return n, err
			})
			return n, cut, sender, err
		},
		Open: func(path string) (int, error) {
			if f.next("open "+path) && f.err != nil {
				return 0, f.err
			}
			return f.opened(realCalls.Open(path))
		},
		Read: func(fd int, b []byte) (int, error) {
			return f.read("read", fd, b, func(b []byte) (int, error) { return realCalls.Read(fd, b) })
		},
		ReadAt: func(fd int, b []byte, at int64) (int, error) {
			return f.read("pread", fd, b, func(b []byte) (int, error) { return realCalls.ReadAt(fd, b, at) })
		},
		Close: func(fd int) error {
			err := f.err
			if failed := f.next("close"); !failed {
				err = nil
			}
			f.uses(fd, true)
			if closing := realCalls.Close(fd); err == nil { // the descriptor is gone in any case
				err = closing
			}
			return err
		},
		Setns: func(fd int) error {
			f.uses(fd, false)
			if f.next("setns") && f.err != nil {
				return f.err
			}
			return realCalls.Setns(fd)
		},
		Release: func() (string, error) {
			if f.next("uname") && f.err != nil {
				return "", f.err
			}
			return realCalls.Release()
		},
	}
}

// enter has tables that are to be those of another namespace go there by calls of the run, and
// returns what ends that.
func (f *faulty) enter(t *Tables) (leave func()) {
	if t.In == nil {
		return func() {}
	}
	there := *t.In
	there.Visitor = NewVisitor(t.Calls)
	open := t.Calls.Open
	there.Enter = func() (fd int, err error) {
		err = again(func() error {
			fd, err = open(anotherNamespace)
			return err
		})
		return fd, err
	}
	t.In = &there
	return func() { there.Visitor.Close() }
}

// outcome is what a run gives: rows by protocol, and where they come from.
type outcome struct {
	rows    map[mib2.Protocol][]string
	sources map[mib2.Protocol]string
}

// runAll reads the tables of all protocols, as a whole or not at all.
func runAll(ctx context.Context, tables Tables, f mib2.Filter, mine map[uint64]bool) (o outcome, err error) {
	o = outcome{map[mib2.Protocol][]string{}, map[mib2.Protocol]string{}}
	for protocols := mib2.Protocols; len(protocols) > 0; {
		proto := protocols[0]
		var r mib2.Reader
		if r, protocols, err = tables.Open(ctx, protocols, f); err != nil {
			return o, err
		}
		sockets, err := all(r)
		closing := r.Close()
		if err != io.EOF {
			return o, err
		}
		if closing != nil {
			return o, closing
		}
		for _, s := range sockets {
			if mine[s.Inode] {
				o.rows[proto] = append(o.rows[proto], describeAll(s))
			}
		}
		slices.Sort(o.rows[proto])
		o.sources[proto] = r.(mib2.Sourcer).Source()
	}
	return o, nil
}

// describeAll says all that does not change on its own.
func describeAll(s mib2.Socket) string {
	text := describe(s) + fmt.Sprint(" ", s.Inode, s.Cookie, s.UID, s.RecvQ, s.SendQ)
	if s.Unix != nil {
		return text + fmt.Sprintf(" %+v", *s.Unix)
	}
	if s.Info != nil {
		text += fmt.Sprint(" ", s.Info.Attrs, s.Info.Congestion, s.Info.TCP.State, s.Info.TCP.AccECNOptSeen, s.Info.TCP.Options2)
	}
	return text
}

// faultScene opens some sockets of every protocol, and returns their inodes.
func faultScene(t *testing.T) map[uint64]bool {
	mine := map[uint64]bool{}
	rows := scene(t)
	for _, proto := range internetProtocols {
		settle(t, Tables{}, rows, proto, false, 0)
	}
	for _, r := range rows {
		if r.want.State != mib2.SynSent { // it may change on its own
			mine[r.fd.inode()] = true
		}
	}
	for _, inodes := range specialScene(t) {
		for _, inode := range inodes {
			mine[inode] = true
		}
	}
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	sockets, err := mib2.ReadAll(t.Context(), Tables{}, []mib2.Protocol{mib2.Unix}, mib2.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sockets {
		if (s.Unix.Path == path || s.Unix.PeerPath == path) && s.Inode != 0 {
			mine[s.Inode] = true
		}
	}
	return mine
}

// TestFaults walks whole runs again and again, and each time another of their system calls
// fails, is interrupted, is short or takes so long that the context ends. What comes out is
// right, or an error: never a part. Where the fault has the reader turn to /proc/net, right
// is what that tells, and the reader says so.
func TestFaults(t *testing.T) {
	mine := faultScene(t)
	for name, f := range map[string]mib2.Filter{
		"parts":   {Parts: everything},
		"ports":   {LocalPorts: []mib2.PortRange{{Lo: 1, Hi: 65535}}}, // the other walk begins at once
		"bound":   {States: []mib2.State{mib2.Bound}},
		"nothing": {States: []mib2.State{}},
	} {
		want := rightOutcomes(t, f, mine)
		for _, way := range []string{"", WayNetlink, WayProc} {
			if way != "" && name != "parts" {
				continue // the calls are among those of the best way
			}
			for _, kind := range faults {
				t.Run(strings.Join([]string{name, "way " + way, kind.name}, "/"), func(t *testing.T) {
					t.Parallel()
					walkFaults(t, Tables{Way: way}, f, mine, kind, want)
				})
			}
		}
	}
}

// anotherNamespace is the file that stands for the namespace of TestFaultsElsewhere.
var anotherNamespace string

// The same of another network namespace, with the way there. A fault there never has the tables
// of the caller's own namespace read in its place.
func TestFaultsElsewhere(t *testing.T) {
	file, inode := listenElsewhere(t)
	anotherNamespace = fmt.Sprintf("/proc/self/fd/%d", file.Fd())
	mine := faultScene(t) // none of these is there
	mine[inode] = true
	tables := Tables{Way: WayNetlink, In: &Namespace{NothingBound: true, Files: func() (string, func() error) { return "", nil }}}
	var run faulty
	right := tables
	right.Calls = run.calls()
	defer run.enter(&right)()
	o, err := runAll(t.Context(), right, mib2.Filter{}, mine)
	if err != nil || len(o.rows[mib2.TCP]) != 1 || len(o.rows[mib2.Unix]) > 0 {
		t.Fatalf("%v, %v", o.rows, err)
	}
	for _, kind := range faults {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			walkFaults(t, tables, mib2.Filter{}, mine, kind, map[string]outcome{WayNetlink: o, WayProc: o})
		})
	}
}

// listenElsewhere makes a network namespace with a listener, and returns a file that stands for
// it and the inode of the listener.
func listenElsewhere(t *testing.T) (file *os.File, inode uint64) {
	t.Helper()
	v := NewVisitor(Calls{})
	defer v.Close()
	own, err := os.Open("/proc/self/ns/net")
	if err != nil {
		t.Skip(err)
	}
	defer own.Close()
	// To go to one's own namespace takes the privilege that a new one does.
	here := &Namespace{Visitor: v, Enter: func() (int, error) { return syscall.Dup(int(own.Fd())) }}
	err = v.In(here, func() error {
		if err := syscall.Unshare(syscall.CLONE_NEWNET); err != nil {
			return err
		}
		if file, err = os.Open("/proc/thread-self/ns/net"); err != nil {
			return err
		}
		t.Cleanup(func() { file.Close() })
		fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		t.Cleanup(func() { syscall.Close(fd) })
		var st syscall.Stat_t
		err = errors.Join(syscall.Bind(fd, &syscall.SockaddrInet4{Port: 8080}), syscall.Listen(fd, 1), syscall.Fstat(fd, &st))
		inode = st.Ino
		return err
	})
	if errors.Is(err, fs.ErrPermission) {
		t.Skip("no network namespace can be made: ", err)
	} else if err != nil {
		t.Fatal(err)
	}
	return file, inode
}

// rightOutcomes returns the rows by protocol and way.
func rightOutcomes(t *testing.T, f mib2.Filter, mine map[uint64]bool) map[string]outcome {
	t.Helper()
	want := map[string]outcome{}
	for _, way := range []string{WayNetlink, WayProc} {
		o, err := runAll(t.Context(), Tables{Way: way}, f, mine)
		if err != nil {
			t.Fatal(err)
		}
		want[way] = o
	}
	return want
}

// runFault has one call of a run go wrong, and tells what is wrong with the outcome and whether
// there was such a call.
func runFault(t *testing.T, tables Tables, f mib2.Filter, mine map[uint64]bool, kind fault, n int, want map[string]outcome) (
	problem string, happened bool, err error,
) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	run := &faulty{fault: kind, n: n, cancel: cancel}
	tables.Calls = run.calls()
	leave := run.enter(&tables)
	got, err := runAll(ctx, tables, f, mine)
	leave()
	left := run.left()
	what, happened := run.happened()
	if left > 0 || len(run.bad) > 0 {
		t.Errorf("%s: %d descriptors are left open, and %v used after they were closed", what, left, run.bad)
	}
	return checkOutcome(t, tables, what, kind, got, err, want), happened, err
}

// walkFaults has each call of a run in turn go wrong. A file of the kernel's may lack a row while
// others change what it shows, so that an outcome is wrong only if it is so again.
func walkFaults(t *testing.T, tables Tables, f mib2.Filter, mine map[uint64]bool, kind fault, want map[string]outcome) {
	failed := 0
	for n := 1; ; n++ {
		problem, happened, err := runFault(t, tables, f, mine, kind, n, want)
		for tries := 1; problem != "" && tries < 3; tries++ {
			problem, happened, err = runFault(t, tables, f, mine, kind, n, want)
		}
		if problem != "" {
			t.Fatal(problem)
		}
		if err != nil {
			failed++
		}
		if !happened {
			break
		}
	}
	if kind.err == syscall.EIO && failed == 0 && len(want[WayProc].rows) > 0 {
		t.Error("nothing failed")
	}
}

// checkOutcome tells what is wrong with what a run gave: it has all rows of the way that was
// taken, or an error.
func checkOutcome(t *testing.T, tables Tables, what string, kind fault, got outcome, err error, want map[string]outcome) (problem string) {
	t.Helper()
	if kind.err == syscall.EINTR && err != nil {
		t.Errorf("%s: %v", what, err)
	}
	if kind.slow && err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("%s: %v", what, err)
	}
	if err != nil {
		return ""
	}
	for _, proto := range mib2.Protocols {
		way := WayNetlink
		if strings.HasPrefix(got.sources[proto], "/proc") {
			way = WayProc
		}
		g, w := got.rows[proto], want[way].rows[proto]
		if nowhere := strings.HasPrefix(got.sources[proto], "nowhere"); nowhere && (kind.err == syscall.ENOENT || way == WayNetlink && tables.Way == WayProc) {
			w = nil // as if the kernel had no module
		}
		if !slices.Equal(g, w) {
			both := func(s string) bool { return slices.Contains(g, s) && slices.Contains(w, s) }
			return fmt.Sprintf("%s: %v from %s:\ngot  %d rows with %q\nwant %d with %q", what, proto, got.sources[proto],
				len(g), slices.DeleteFunc(slices.Clone(g), both), len(w), slices.DeleteFunc(slices.Clone(w), both))
		}
	}
	return ""
}
