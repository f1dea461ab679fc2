package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// known is a socket that the test holds, as the listing has to show it.
type known struct {
	label, local, remote, state string
	held                        bool // a process holds it: this one
}

// ipv4 and ipv6 report whether -4 and -6 show the socket.
func (k known) ipv4() bool { return strings.Contains(k.label, "4") }
func (k known) ipv6() bool { return strings.Contains(k.label, "6") }

func (k known) loopback() bool {
	return strings.Contains(k.local, "127.0.0.1:") || strings.HasPrefix(k.local, "::1:")
}

// population opens a socket of every family, state and role that a program can make.
func population(t *testing.T) (all []known) {
	add := func(label string, fd int, state string) {
		all = append(all, known{label, name(t, fd, unix.Getsockname), name(t, fd, unix.Getpeername), state, true})
	}
	any4, any6 := &unix.SockaddrInet4{}, &unix.SockaddrInet6{}
	lo4, lo6 := &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}, &unix.SockaddrInet6{Addr: [16]byte{15: 1}}
	mapped := &unix.SockaddrInet6{Addr: [16]byte{10: 255, 11: 255, 12: 127, 15: 1}}

	for _, s := range []struct {
		label  string
		family int
		addr   unix.Sockaddr
		v6only int
	}{
		{"tcp4", unix.AF_INET, any4, 0}, {"tcp4", unix.AF_INET, lo4, 0}, {"tcp4", unix.AF_INET6, mapped, 0},
		{"tcp6", unix.AF_INET6, any6, 1}, {"tcp6", unix.AF_INET6, lo6, 0}, {"tcp46", unix.AF_INET6, any6, 0},
	} {
		l := socket(t, s.family, unix.SOCK_STREAM, s.v6only)
		must(t, unix.Bind(l, s.addr))
		must(t, unix.Listen(l, 5))
		add(s.label, l, "LISTEN")

		to := s.addr
		switch s.addr {
		case any4:
			to = lo4
		case any6:
			to = lo6
		}
		connected := strings.Replace(s.label, "46", "6", 1) // a connection has one family
		for _, state := range []string{"ESTABLISHED", "CLOSE_WAIT", "TIME_WAIT"} {
			client, server := connect(t, l, s.family, to)
			a := known{connected, name(t, client, unix.Getsockname), name(t, client, unix.Getpeername), "ESTABLISHED", true}
			b := known{connected, a.remote, a.local, "ESTABLISHED", true}
			switch state {
			case "CLOSE_WAIT":
				must(t, unix.Shutdown(client, unix.SHUT_WR))
				readEnd(t, server)
				a.state, b.state = "FIN_WAIT_2", "CLOSE_WAIT"
			case "TIME_WAIT":
				must(t, unix.Shutdown(client, unix.SHUT_WR))
				readEnd(t, server)
				unix.Close(server)
				readEnd(t, client) // both have ended, this end first
				unix.Close(client)
				a.state, a.held = "TIME_WAIT", false
				all = append(all, a)
				continue
			}
			all = append(all, a, b)
		}

		u := socket(t, s.family, unix.SOCK_DGRAM, s.v6only)
		must(t, unix.Bind(u, s.addr))
		add("udp"+s.label[3:], u, "IDLE")
		c := socket(t, s.family, unix.SOCK_DGRAM, 0)
		addr, err := unix.Getsockname(u)
		must(t, err)
		must(t, unix.Connect(c, withPort(to, addr)))
		add("udp"+connected[3:], c, "CONNECTED")
	}
	bound := socket(t, unix.AF_INET, unix.SOCK_STREAM, 0)
	must(t, unix.Bind(bound, lo4))
	if linuxAtLeast(t, 6, 8) { // before, the kernel does not tell of such sockets
		add("tcp4", bound, "BOUND")
	}
	return all
}

// socket opens a socket that is closed when the test ends.
func socket(t *testing.T, family, typ, v6only int) int {
	t.Helper()
	fd, err := unix.Socket(family, typ|unix.SOCK_CLOEXEC, 0)
	must(t, err)
	if family == unix.AF_INET6 {
		must(t, unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, v6only))
	}
	t.Cleanup(func() { unix.Close(fd) })
	return fd
}

// connect makes a connection to a listener and returns its two ends.
func connect(t *testing.T, listener, family int, to unix.Sockaddr) (client, server int) {
	t.Helper()
	addr, err := unix.Getsockname(listener)
	must(t, err)
	client = socket(t, family, unix.SOCK_STREAM, 0)
	must(t, unix.Connect(client, withPort(to, addr)))
	server, _, err = unix.Accept4(listener, unix.SOCK_CLOEXEC)
	must(t, err)
	t.Cleanup(func() { unix.Close(server) })
	return client, server
}

// readEnd waits until the other end of a connection has ended it.
func readEnd(t *testing.T, fd int) {
	t.Helper()
	if n, err := unix.Read(fd, make([]byte, 1)); n != 0 || err != nil {
		t.Fatal("read the end of a connection:", n, err)
	}
}

// withPort returns an address with the port of another.
func withPort(a, port unix.Sockaddr) unix.Sockaddr {
	n := 0
	switch p := port.(type) {
	case *unix.SockaddrInet4:
		n = p.Port
	case *unix.SockaddrInet6:
		n = p.Port
	}
	switch a := a.(type) {
	case *unix.SockaddrInet4:
		return &unix.SockaddrInet4{Port: n, Addr: a.Addr}
	case *unix.SockaddrInet6:
		return &unix.SockaddrInet6{Port: n, Addr: a.Addr}
	}
	return nil
}

// name returns one end of a socket as the listing shows it.
func name(t *testing.T, fd int, get func(int) (unix.Sockaddr, error)) string {
	t.Helper()
	addr, err := get(fd)
	if err == unix.ENOTCONN {
		return "*.*"
	}
	must(t, err)
	switch a := addr.(type) {
	case *unix.SockaddrInet4:
		return fmt.Sprintf("%s:%d", netip.AddrFrom4(a.Addr), a.Port)
	case *unix.SockaddrInet6:
		return fmt.Sprintf("%s:%d", netip.AddrFrom16(a.Addr).Unmap(), a.Port)
	}
	return ""
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func linuxAtLeast(t *testing.T, major, minor int) bool {
	t.Helper()
	var u unix.Utsname
	must(t, unix.Uname(&u))
	var a, b int
	if _, err := fmt.Sscanf(unix.ByteSliceToString(u.Release[:]), "%d.%d", &a, &b); err != nil {
		t.Fatal(err)
	}
	return a > major || a == major && b >= minor
}

// Every combination of the flags that select shows what it should of the population, and
// those that add columns add the right ones.
func TestFlagCombinations(t *testing.T) {
	me, err := user.Current()
	must(t, err)
	comm, err := os.ReadFile("/proc/self/comm")
	must(t, err)
	command := strings.TrimSpace(string(comm))
	args := strings.Join(os.Args, " ")
	zone := strings.TrimSpace(sockstat(t, "-H", "-o", "list", "-q", "SELECT zone FROM processes WHERE pid = "+strconv.Itoa(os.Getpid())))

	n := 0
	for _, family := range []string{"", "4", "6", "46"} {
		for _, peer := range []string{"", "c", "l", "cl"} {
			all := population(t) // anew, since TIME_WAIT ends after a minute, and a machine may be busy
			for _, loopback := range []string{"", "L"} {
				for _, proto := range []string{"", "tcp", "udp", "tcp,udp"} {
					n++
					show := ""
					for i, flag := range []string{"a", "s", "Z", "H", "n", "w"} {
						if n>>i&1 != 0 {
							show += flag
						}
					}
					flags := []string{"--where=true", "-" + family + peer + loopback + show}
					if proto != "" {
						flags = append(flags, "-P"+proto)
					}
					if flags[1] == "-" {
						flags = slices.Delete(flags, 1, 2)
					}
					var want []string
					for _, k := range all {
						if !selected(k, family, peer, loopback, proto) {
							continue
						}
						var row []string
						if strings.Contains(show, "Z") {
							row = append(row, zone)
						}
						if k.held {
							name := me.Username
							if strings.Contains(show, "n") {
								name = me.Uid
							}
							row = append(row, name, command, strconv.Itoa(os.Getpid()))
						} else {
							row = append(row, "?", "?", "?")
						}
						row = append(row, k.label, k.local, k.remote)
						if strings.Contains(show, "s") {
							row = append(row, k.state)
						}
						if strings.Contains(show, "a") {
							if k.held {
								row = append(row, args)
							} else {
								row = append(row, "?")
							}
						}
						want = append(want, strings.Join(row, " "))
					}
					compareListing(t, flags, all, want, strings.Contains(show, "H"))
				}
			}
		}
	}
}

// selected reports whether flags show a socket.
func selected(k known, family, peer, loopback, proto string) bool {
	connected := k.remote != "*.*"
	return (family == "" || strings.Contains(family, "4") && k.ipv4() || strings.Contains(family, "6") && k.ipv6()) &&
		(peer == "" || peer == "cl" || peer == "c" && connected || peer == "l" && !connected) &&
		(loopback == "" || !k.loopback()) &&
		(proto == "" || strings.Contains(proto, k.label[:3]))
}

// compareListing runs the program and compares its lines about the population with what
// is wanted. Runs of blanks count as one.
func compareListing(t *testing.T, flags []string, all []known, want []string, noHeader bool) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(sockstat(t, flags...), "\n"), "\n")
	if header := strings.Contains(lines[0], "LOCAL ADDRESS"); header == noHeader {
		t.Errorf("%q: first line %q", flags, lines[0])
	}
	var got []string
	for _, line := range lines {
		fields := strings.Fields(line)
		if slices.ContainsFunc(all, func(k known) bool {
			i := slices.Index(fields, k.local)
			return i > 0 && i+1 < len(fields) && fields[i-1] == k.label && fields[i+1] == k.remote
		}) {
			got = append(got, strings.Join(fields, " "))
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%q:\n got %s\nwant %s", flags, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

// -p finds ports and ranges on either end.
func TestPorts(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	c, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", l.Addr().String())
	must(t, err)
	defer c.Close()
	port := l.Addr().(*net.TCPAddr).Port
	for _, ports := range []string{strconv.Itoa(port), fmt.Sprintf("1,%d-%d", port-1, port+1), fmt.Sprintf("%d,%d", port, port)} {
		out := sockstat(t, "-Hp", ports)
		if n := strings.Count(out, fmt.Sprintf("127.0.0.1:%d ", port)); n < 2 || !strings.Contains(out, " "+c.LocalAddr().String()) {
			t.Errorf("-p %s:\n%s", ports, out)
		}
	}
	if out := sockstat(t, "-Hp", fmt.Sprint(port), "-l"); strings.Count(out, "\n") != 1 {
		t.Errorf("-l:\n%s", out)
	}
}

// Unix sockets that the test holds are listed with it as their holder: a listener, both
// ends of a connection, an abstract name.
func TestUnixListing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	must(t, err)
	defer l.Close()
	client, err := net.Dial("unix", path)
	must(t, err)
	defer client.Close()
	server, err := l.Accept()
	must(t, err)
	defer server.Close()
	abstract := "@sockstat-listing-" + strconv.Itoa(os.Getpid())
	d, err := net.ListenPacket("unixgram", abstract)
	must(t, err)
	defer d.Close()
	talking, err := net.Dial("unixgram", abstract) // which leaves d without a peer
	must(t, err)
	defer talking.Close()

	lines := func(flags ...string) (found []string) {
		for line := range strings.Lines(sockstat(t, append(flags, "-H", "--where", "pid = "+strconv.Itoa(os.Getpid()))...)) {
			if f := strings.Fields(line); slices.Contains(f, path) || slices.Contains(f, abstract) {
				found = append(found, strings.Join(f[3:], " "))
			}
		}
		slices.Sort(found)
		return found
	}
	listening := []string{"dgram " + abstract + " - BOUND", "stream " + path + " - LISTEN"}
	connected := []string{"stream " + path + " - CONNECTED"}
	if peers := sockstat(t, "-q", "SELECT count(*) FROM unix WHERE peer_inode > 0", "-o", "list", "-H"); peers != "0\n" {
		connected = append(connected, "stream - "+path+" CONNECTED", "dgram - "+abstract+" CONNECTED")
	}
	all := slices.Concat(listening, connected)
	slices.Sort(all)
	slices.Sort(connected)
	for _, test := range []struct {
		flags string
		want  []string
	}{
		{"-us", all}, {"-4us", all}, {"-Lus", all}, {"-lus", listening}, {"-cus", connected}, {"-4s", nil}, {"-s", nil},
	} {
		if got := lines(test.flags); !slices.Equal(got, test.want) {
			t.Errorf("%s:\n got %q\nwant %q", test.flags, got, test.want)
		}
	}
}

// A socket whose process the caller does not even know of is hidden: under hidepid, in a PID
// namespace, without proc.
func TestHiddenHolders(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("namespaces need root")
	}
	for _, tool := range []string{"unshare", "setpriv"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(err)
		}
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	program, err := os.Executable()
	must(t, err)
	file, err := os.Open(program) // where another user may start it from
	must(t, err)
	defer file.Close()
	query := "SELECT owner_status, pid IS NULL FROM sockets WHERE local_port = " + strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	const ask = `exec "$0" -H -o list -q "$1"`
	const notListed = "hidden: not all processes are listed"
	for name, test := range map[string]struct {
		flags, script, status, said string
	}{
		"hidepid":       {"-m", `mount -t proc -o hidepid=2 proc /proc && exec setpriv --reuid 65534 --regid 65534 --clear-groups /proc/self/fd/3 -H -o list -q "$1"`, "hidden", notListed},
		"PID namespace": {"-mpf", `mount -t proc proc /proc && ` + ask, "hidden", notListed},
		"no proc":       {"-m", `mount -t tmpfs tmpfs /proc && ` + ask, "unknown", "the processes of sockets are not known"},
	} {
		run := func(query string) (stdout, stderr string) {
			cmd := exec.Command("unshare", test.flags, "sh", "-c", test.script, program, query)
			cmd.Env = append(os.Environ(), "SOCKSTAT_TEST_MAIN=1")
			cmd.ExtraFiles = []*os.File{file}
			var b bytes.Buffer
			cmd.Stderr = &b
			out, err := cmd.Output()
			if err != nil {
				t.Errorf("%s: %s: %v", name, query, err)
			}
			return string(out), b.String()
		}
		if stdout, stderr := run(query); stdout != test.status+"|1\n" || !strings.Contains(stderr, test.said) {
			t.Errorf("%s: %q, %q", name, stdout, stderr)
		}
		// No row lacks what was asked for, though there are such sockets.
		if stdout, stderr := run("SELECT pid FROM sockets WHERE local_port = 1 OR remote_port = 1"); stdout != "" || strings.Contains(stderr, "hidden") {
			t.Errorf("%s, other ports: %q, %q", name, stdout, stderr)
		}
	}
}

// An end is shown with the interface it is bound to, or in whose scope its address is, as ss
// has it; the bare address has a column of its own.
func TestInterfaceOfEnds(t *testing.T) {
	bound := socket(t, unix.AF_INET, unix.SOCK_STREAM, 0)
	must(t, unix.BindToDevice(bound, "lo"))
	must(t, unix.Bind(bound, &unix.SockaddrInet4{}))
	must(t, unix.Listen(bound, 1))
	port := strings.TrimPrefix(name(t, bound, unix.Getsockname), "0.0.0.0:")
	if out := sockstat(t, "-Hlp", port); !strings.Contains(out, " 0.0.0.0%lo:"+port+" ") {
		t.Errorf("listed as %q", out)
	}
	want := "0.0.0.0%lo:" + port + "|0.0.0.0|lo\n"
	if got := sockstat(t, "-H", "-o", "list", "-q", "SELECT local, local_address, interface FROM sockets WHERE local_port = "+port); got != want {
		t.Errorf("got %q, want %q", got, want)
	}

	for _, command := range []string{"ip link add scope0 type veth peer name scope1", "ip link set scope0 up", "ip link set scope1 up",
		"ip -6 addr add fe80::77/64 dev scope0 nodad"} {
		words := strings.Fields(command)
		if out, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
			t.Skipf("%s: %v %s", command, err, out)
		}
	}
	defer exec.Command("ip", "link", "del", "scope0").Run()
	device, err := net.InterfaceByName("scope0")
	must(t, err)
	at := &unix.SockaddrInet6{Addr: netip.MustParseAddr("fe80::77").As16(), ZoneId: uint32(device.Index)}
	l := socket(t, unix.AF_INET6, unix.SOCK_STREAM, 0)
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if err = unix.Bind(l, at); err == nil || time.Now().After(deadline) {
			break
		}
	}
	must(t, err)
	must(t, unix.Listen(l, 1))
	addr, err := unix.Getsockname(l)
	must(t, err)
	at.Port = addr.(*unix.SockaddrInet6).Port
	c := socket(t, unix.AF_INET6, unix.SOCK_STREAM, 0)
	must(t, unix.Connect(c, at))
	addr, err = unix.Getsockname(c)
	must(t, err)
	client := addr.(*unix.SockaddrInet6).Port
	out := sockstat(t, "-Hcp", strconv.Itoa(client))
	for _, ends := range []string{" fe80::77%%scope0:%[1]d ", " fe80::77%%scope0:%[2]d\n"} {
		if ends = fmt.Sprintf(ends, client, at.Port); !strings.Contains(out, ends) {
			t.Errorf("no %q in\n%s", ends, out)
		}
	}
	got := sockstat(t, "-H", "-o", "list", "-q", fmt.Sprintf(`SELECT count(*) FROM tcp a JOIN tcp b ON a.local_address = b.remote_address
		AND a.local = b.remote AND a.interface = b.interface WHERE a.local_port = %d`, client))
	if got != "1\n" {
		t.Errorf("%s rows for the other end", got)
	}
}

// A process that names a Unix socket so that /proc/net/unix seems to have a row of another
// process's socket gets no such row; the rows that are true keep their processes.
func TestForgedRow(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("giving a socket to another user needs root")
	}
	t.Setenv("SOCKSTAT_TABLES", "proc")
	victim := socket(t, unix.AF_INET, unix.SOCK_STREAM, 0)
	var st unix.Stat_t
	must(t, unix.Fstat(victim, &st))
	forger := socket(t, unix.AF_UNIX, unix.SOCK_STREAM, 0)
	must(t, unix.Fchown(forger, 4242, -1)) // as if the user had made it
	line := fmt.Sprintf("0000000000000000: 00000002 00000000 00010000 0001 01 %d /run/forged", st.Ino)
	must(t, unix.Bind(forger, &unix.SockaddrUnix{Name: "@x\n" + line}))
	l, err := net.Listen("unix", "@honest")
	must(t, err)
	defer l.Close()
	c, err := net.Dial("unix", "@honest")
	must(t, err)
	defer c.Close()
	server, err := l.Accept() // or nobody could tell who gave it its name
	must(t, err)
	defer server.Close()

	run := func(sql string) (stdout, stderr string) {
		cmd := exec.Command(os.Args[0], "-H", "-o", "list", "-q", sql)
		cmd.Env = append(os.Environ(), "SOCKSTAT_TEST_MAIN=1")
		var b bytes.Buffer
		cmd.Stderr = &b
		out, err := cmd.Output()
		must(t, err)
		return string(out), b.String()
	}
	stdout, stderr := run("SELECT pid, owner_status FROM sockets WHERE local = '/run/forged'")
	if stdout != "|unknown\n" || strings.Count(stderr, "may have forged") != 1 || strings.Count(stderr, "does not tell") != 1 {
		t.Errorf("%q, %q", stdout, stderr)
	}
	want := fmt.Sprintf("%d|ok\n", os.Getpid())
	if stdout, _ := run("SELECT pid, owner_status FROM sockets WHERE local = '@honest' AND state = 'LISTEN'"); stdout != want {
		t.Errorf("%q instead of %q", stdout, want)
	}
	raw, err := c.(*net.UnixConn).SyscallConn()
	must(t, err)
	raw.Control(func(fd uintptr) { err = unix.Fstat(int(fd), &st) })
	must(t, err)
	if stdout, _ := run(fmt.Sprintf("SELECT pid, owner_status FROM sockets WHERE inode = %d", st.Ino)); stdout != want {
		t.Errorf("client: %q instead of %q", stdout, want)
	}
}

// What may act on a terminal does not reach one in any format, nor with --show-sql. Elsewhere
// csv has it as it is.
func TestNothingActsOnTheTerminal(t *testing.T) {
	const nasty, shown = "\x1b[31m\u202e\u200b\u00ad\U000e0041", `\x1b[31m\u202e\u200b\u00ad\U000e0041`
	for _, f := range []string{"csv", "list", "table", "line"} {
		cmd := exec.Command(os.Args[0], "-H", "-o", f, "-q", "SELECT '"+nasty+"'")
		cmd.Env = append(os.Environ(), "SOCKSTAT_TEST_MAIN=1")
		terminal, err := pty.Start(cmd)
		must(t, err)
		defer terminal.Close()
		out, _ := io.ReadAll(terminal) // ends with EIO
		must(t, cmd.Wait())
		if strings.Contains(string(out), "\x1b") || !strings.Contains(string(out), shown) {
			t.Errorf("%s: %q", f, out)
		}
	}
	if out := sockstat(t, "-H", "-o", "csv", "-q", "SELECT '"+nasty+"'"); out != nasty+"\r\n" {
		t.Errorf("piped: %q", out)
	}
	if out := sockstat(t, "--show-sql", "--where", "command =\t'"+nasty+"'"); !strings.Contains(out, "command =\t'"+shown+"'") || strings.Contains(out, nasty) {
		t.Errorf("--show-sql: %q", out)
	}
}
