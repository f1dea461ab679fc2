package vtab

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	tables "sockstat/mib2/linux"
	"sockstat/proc/linux"
	"sockstat/vtab/table"
)

// runFault is what happens to one system call of a run.
type runFault struct {
	name  string
	err   error         // of the call, which is not made
	short int           // bytes that a read gets at most, if not 0
	slow  time.Duration // that the call takes
	stop  bool          // the caller gives up while it is made
}

var runFaults = []runFault{
	{name: "EIO", err: unix.EIO}, {name: "ENOBUFS", err: unix.ENOBUFS}, {name: "EINTR", err: unix.EINTR},
	{name: "EINVAL", err: unix.EINVAL}, {name: "ENOSYS", err: unix.ENOSYS}, {name: "EACCES", err: unix.EACCES},
	{name: "EPERM", err: unix.EPERM}, {name: "EMFILE", err: unix.EMFILE}, {name: "ENOMEM", err: unix.ENOMEM},
	{name: "short", short: 30}, {name: "slow", slow: 2 * time.Millisecond}, {name: "given up", stop: true},
}

// isHarmless reports whether all is read as it is without the fault.
func (f runFault) isHarmless() bool { return f.err == unix.EINTR || f.short > 0 || f.slow > 0 }

// faultRun is a run of which the nth system call goes wrong; the calls by which sockets are
// read and those by which processes are, several goroutines make.
type faultRun struct {
	runFault
	n      int
	cancel context.CancelFunc

	mutex sync.Mutex
	made  int
	what  string // the call that went wrong
}

// hit counts a call and returns the error that it is to have, and how many bytes it may read
// of size.
func (r *faultRun) hit(what string, size int) (room int, err error) {
	r.mutex.Lock()
	r.made++
	hit := r.made == r.n
	if hit {
		r.what = what
	}
	r.mutex.Unlock()
	if !hit {
		return size, nil
	}
	if r.stop {
		r.cancel()
	}
	time.Sleep(r.slow)
	if r.short > 0 {
		size = min(size, r.short)
	}
	return size, r.err
}

// processes returns the calls of package proc/linux.
func (r *faultRun) processes() linux.Calls {
	kernel := linux.Kernel()
	text := func(path []byte) string { return strings.TrimRight(string(path), "\x00") }
	return linux.Calls{
		Openat: func(dir int, path []byte, flags int) (int, error) {
			if _, err := r.hit("open "+text(path), 0); err != nil {
				return -1, err
			}
			return kernel.Openat(dir, path, flags)
		},
		Read: func(fd int, b []byte) (int, error) {
			room, err := r.hit("read", len(b))
			if err != nil {
				return -1, err
			}
			return kernel.Read(fd, b[:room])
		},
		Getdents: func(dir int, b []byte) (int, error) {
			room, err := r.hit("getdents", len(b))
			if err != nil {
				return -1, err
			}
			return kernel.Getdents(dir, b[:min(len(b), max(room, 64))]) // one entry has to fit in
		},
		Readlinkat: func(dir int, path, b []byte) (int, error) {
			if _, err := r.hit("readlink "+text(path), 0); err != nil {
				return 0, err
			}
			return kernel.Readlinkat(dir, path, b)
		},
		Statx: func(dir int, path []byte, mask int, to *unix.Statx_t) error {
			if _, err := r.hit("statx "+text(path), 0); err != nil {
				return err
			}
			return kernel.Statx(dir, path, mask, to)
		},
		Fstatat: func(dir int, path string, to *unix.Stat_t, flags int) error {
			if _, err := r.hit("stat "+path, 0); err != nil {
				return err
			}
			if strings.HasSuffix(path, "/self/ns/pid") {
				to.Ino = 0xEFFFFFFC // that of the first PID namespace, where proc lists all
				return nil
			}
			return kernel.Fstatat(dir, path, to, flags)
		},
		Statfs: func(path string, to *unix.Statfs_t) error {
			if _, err := r.hit("statfs "+path, 0); err != nil {
				return err
			}
			return kernel.Statfs(path, to)
		},
		BPF: func(command int, attributes unsafe.Pointer, size uintptr) (int, error) {
			if _, err := r.hit("bpf", 0); err != nil {
				return -1, err
			}
			return kernel.BPF(command, attributes, size)
		},
	}
}

// sockets returns the calls of package mib2/linux.
func (r *faultRun) sockets() tables.Calls {
	read := func(what string, b []byte, call func([]byte) (int, error)) (int, error) {
		room, err := r.hit(what, len(b))
		if err != nil {
			return 0, err
		}
		return call(b[:room])
	}
	return tables.Calls{
		Socket: func() (int, error) {
			if _, err := r.hit("socket", 0); err != nil {
				return -1, err
			}
			return unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
		},
		Send: func(fd int, b []byte) error {
			if _, err := r.hit("send", 0); err != nil {
				return err
			}
			return unix.Sendto(fd, b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
		},
		Receive: func(fd int, b []byte) (n int, cut bool, sender uint32, err error) {
			n, err = read("receive", b, func(b []byte) (int, error) {
				n, _, flags, from, err := unix.Recvmsg(fd, b, nil, 0)
				if a, ok := from.(*unix.SockaddrNetlink); ok {
					sender = a.Pid
				}
				cut = flags&unix.MSG_TRUNC != 0
				return n, err
			})
			return n, cut, sender, err
		},
		Open: func(path string) (int, error) {
			if _, err := r.hit("open "+path, 0); err != nil {
				return -1, err
			}
			return unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		},
		Read: func(fd int, b []byte) (int, error) {
			return read("read of a table", b, func(b []byte) (int, error) { return unix.Read(fd, b) })
		},
		ReadAt: func(fd int, b []byte, at int64) (int, error) {
			return read("pread", b, func(b []byte) (int, error) { return unix.Pread(fd, b, at) })
		},
		Release: func() (string, error) {
			if _, err := r.hit("uname", 0); err != nil {
				return "", err
			}
			var u unix.Utsname
			err := unix.Uname(&u)
			return unix.ByteSliceToString(u.Release[:]), err
		},
	}
}

// machine returns the machine of a scene as the run reads it.
func (r *faultRun) machine(s *faultScene, way string) *Machine {
	p := linux.Proc{Root: s.proc, Netns: s.proc + "/netns", Passwd: s.proc + "/passwd", Calls: r.processes()}
	return &Machine{Sockets: tables.Tables{Way: way, Calls: r.sockets()}, Interfaces: interfaceNames,
		Processes: p, Holders: p, Zones: p, Users: p}
}

// faultScene is sockets of every kind, and a proc that says who holds them. The real one lists
// the processes of the machine, which come and go.
type faultScene struct {
	proc string
	keys map[string]bool // of the rows that are compared: inodes and PIDs
}

func newFaultScene(t *testing.T) *faultScene {
	l, _ := listen(t)
	dial(t, l)
	u, err := net.ListenPacket("udp6", "[::1]:0")
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { u.Close() })
	path := filepath.Join(t.TempDir(), "socket")
	x, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	y, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { y.Close() })
	s := &faultScene{proc: t.TempDir(), keys: map[string]bool{"1": true, "10": true, "11": true, "@": true}}
	db := openDB(t)
	rows := query(t, db, "SELECT inode FROM tcp WHERE inode > 0 UNION SELECT inode FROM udp UNION SELECT inode FROM unix WHERE inode > 0")
	for i, inode := range rows {
		s.keys[inode] = true
		s.link(t, fmt.Sprintf("%d/fd/%d", 10+i%2, i), "socket:["+inode+"]")
	}
	for _, pid := range []int{1, 10, 11} {
		s.process(t, pid)
	}
	for name, text := range map[string]string{
		"stat": "cpu 1\nbtime 1700000000\n", "sys/fs/file-nr": "99\t0\t1000000\n", "sys/net/core/netdev_budget": "300\n",
		"passwd": "root:x:0:0:root:/root:/bin/sh\n", "netns/empty": "",
	} {
		s.file(t, name, text)
	}
	s.link(t, "self", "10")
	return s
}

// process makes the directory of a process out of that of this one.
func (s *faultScene) process(t *testing.T, pid int) {
	dir := strconv.Itoa(pid) + "/"
	for _, name := range []string{"status", "cmdline", "limits", "comm"} {
		text, err := os.ReadFile("/proc/self/" + name)
		if err != nil {
			t.Fatal(err)
		}
		tgid := fmt.Sprintf("Tgid:\t%d\n", os.Getpid())
		s.file(t, dir+name, strings.Replace(string(text), tgid, fmt.Sprintf("Tgid:\t%d\n", pid), 1))
	}
	s.file(t, dir+"stat", fmt.Sprintf("%d (a) b\n) S 1 %d %d 0 -1 4194304 0 0 0 0 5 6 0 0 20 -5 3 0 12345 8192000 512 0\n", pid, pid, pid))
	s.file(t, dir+"cgroup", "9:name=systemd:/\n0::/system.slice/a.service\n")
	s.link(t, dir+"ns/net", "net:[20]")
	s.link(t, dir+"exe", "/bin/program")
	s.link(t, dir+"cwd", "/")
	s.link(t, dir+"fd/99", "/dev/null")
}

func (s *faultScene) file(t *testing.T, name, text string) {
	path := filepath.Join(s.proc, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
		t.Fatal(err)
	}
}

func (s *faultScene) link(t *testing.T, name, target string) {
	path := filepath.Join(s.proc, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.Symlink(target, path)); err != nil {
		t.Fatal(err)
	}
}

// faultStatements read every table in the ways there are. The first column is the key of a row.
var faultStatements = []string{
	"SELECT inode, label, state, local, remote, pid, fd, user, command, args, owner_status, zone, interface FROM sockets",
	"SELECT inode, pid, fd, owner_status FROM sockets WHERE pid = 11",
	"SELECT inode, label, state, local, remote, snd_mss > 0, congestion, drops, timer, zone FROM tcp",
	"SELECT inode, state, local_port FROM tcp WHERE local_port > 0 AND remote_port > 0",
	"SELECT inode, label, state, local, drops FROM udp",
	"SELECT inode, type, state, path, peer_path, uid FROM unix",
	"SELECT s.inode, s.state, t.congestion, s.pid, p.fd_limit FROM sockets s JOIN tcp t USING (cookie) LEFT JOIN processes p USING (pid)",
	"SELECT pid, name, ppid, user, args, exe, cwd, start_time, fd_count, fd_limit, zone, cgroup, unit FROM processes",
	"SELECT pid, name FROM processes", "SELECT pid, euid, args FROM processes WHERE pid IN (10, 12, 1)",
	"SELECT '@', id, name, kind, processes FROM zones WHERE path IS NOT NULL", "SELECT '@', name, uid FROM users",
}

// between stands between the values of a row, in none of which it is.
const between = "\x1f"

// outcome is what a statement gave.
type outcome struct {
	rows    map[string][]string // by key, those of the scene
	notices []string
	err     error
}

// run runs a statement on a machine.
func (s *faultScene) run(ctx context.Context, t *testing.T, m *Machine, sql string) (o outcome) {
	db, err := Open(m)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.OnNotice(func(n table.Notice) {
		if !n.Detail {
			o.notices = append(o.notices, n.Text)
		}
	})
	st, _, err := db.Prepare(sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	defer st.Close()
	o.rows = map[string][]string{}
	for {
		more, err := st.Step(ctx)
		if err != nil || !more {
			o.err = err
			return o
		}
		var row []string
		for i := range st.Columns() {
			v := st.Value(i).Clone()
			if row = append(row, v.String()); v.IsNull() {
				row[i] = "NULL"
			}
		}
		if key := row[0]; s.keys[key] {
			o.rows[key] = append(o.rows[key], strings.Join(row, between))
			slices.Sort(o.rows[key])
		}
	}
}

// wrong says what is wrong with rows that came without an error or a word, given what the ways
// to read tell without a fault: a fault of one makes the reader take another.
func (o outcome) wrong(f runFault, ways ...outcome) string {
	denied := f.err == unix.EACCES || f.err == unix.EPERM
	for key, rows := range ways[0].rows {
		right := func(way outcome) bool {
			return slices.EqualFunc(o.rows[key], way.rows[key], func(row, want string) bool { return row == want || denied && isWithout(row, want) })
		}
		if !slices.ContainsFunc(ways, right) {
			return fmt.Sprintf("%q instead of %q", o.rows[key], rows)
		}
	}
	return ""
}

// isWithout reports whether a row is another without some values, which may not be seen.
func isWithout(row, want string) bool {
	got, all := strings.Split(row, between), strings.Split(want, between)
	for i := range all {
		if len(got) != len(all) || got[i] != all[i] && got[i] != "NULL" {
			return false
		}
	}
	return true
}

// everyCall has every call of a run fail. Else the first ones do, and some of the later ones,
// which are much alike.
var everyCall = flag.Bool("every-call", false, "walk through every system call")

func step(n int) int {
	if *everyCall {
		return 1
	}
	return 1 + n/6
}

// TestFaultRuns walks whole statements again and again, and each time another of their system
// calls fails, gives less than there is, takes long, or is the last that anybody waits for.
// What comes out is right, or an error, or a notice says that it is not all; never silence.
func TestFaultRuns(t *testing.T) {
	s := newFaultScene(t)
	var mutex sync.Mutex
	runs, failed, noted := 0, 0, 0
	for _, sql := range faultStatements {
		t.Run(sql[:min(40, len(sql))], func(t *testing.T) {
			var ways []outcome
			calls := 0
			for _, way := range []string{"", tables.WayProc} {
				r := &faultRun{}
				o := s.run(t.Context(), t, r.machine(s, way), sql)
				if o.err != nil || way == "" && (len(o.notices) > 0 || len(o.rows) == 0) {
					t.Fatalf("without a fault: %+v", o)
				}
				ways, calls = append(ways, o), max(calls, r.made)
			}
			for _, of := range runFaults {
				for n := 1; n <= calls+5; n += step(n) {
					ctx, cancel := context.WithCancel(t.Context())
					r := &faultRun{runFault: of, n: n, cancel: cancel}
					o := s.run(ctx, t, r.machine(s, ""), sql)
					cancel()
					mutex.Lock()
					runs++
					switch {
					case o.err != nil:
						failed++
					case len(o.notices) > 0:
						noted++
					}
					mutex.Unlock()
					if o.err != nil && !of.isHarmless() || len(o.notices) > 0 && !of.isHarmless() {
						continue
					}
					// A reply that is cut short is known as that.
					if o.err != nil && (of.short == 0 || r.what != "receive") || o.err == nil && o.wrong(of, ways...) != "" {
						t.Errorf("%s of call %d (%s): %v, noted %q: %s", of.name, n, r.what, o.err, o.notices, o.wrong(of, ways...))
					}
				}
			}
		})
	}
	t.Logf("%d runs: %d errors, %d with a notice, the others right", runs, failed, noted)
}
