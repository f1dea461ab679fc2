package mib2

import (
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

func TestScene(t *testing.T) {
	rows := scene(t)
	for _, proto := range Protocols {
		settle(t, rows, proto, true, 0)
	}
}

// TestWaysAgree compares netlink with /proc/net on what both know.
func TestWaysAgree(t *testing.T) {
	rows := scene(t)
	for _, proto := range Protocols {
		t.Setenv(tablesVariable, "netlink")
		byNetlink := settle(t, rows, proto, true, PartTimer)
		known := slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return r.want.State == Bound })
		t.Setenv(tablesVariable, "proc")
		byProc := settle(t, known, proto, false, PartTimer)
		for _, r := range known {
			if r.want.Proto != proto {
				continue
			}
			a, _ := find(t, byNetlink, r.fd.inode())
			b, _ := find(t, byProc, r.fd.inode())
			compareWays(t, r.name, a, b)
		}
	}
}

func compareWays(t *testing.T, name string, a, b Socket) {
	t.Helper()
	if a.RecvQ != b.RecvQ || a.SendQ != b.SendQ && !a.Listening() {
		t.Errorf("%s: queues %d %d by netlink, %d %d by proc", name, a.RecvQ, a.SendQ, b.RecvQ, b.SendQ)
	}
	if (a.Timer == nil) != (b.Timer == nil) || a.Timer != nil && a.Timer.Kind != b.Timer.Kind {
		t.Errorf("%s: timer %+v by netlink, %+v by proc", name, a.Timer, b.Timer)
	}
	if a.Cookie == 0 || b.Cookie != 0 || b.Dual || b.Info != nil {
		t.Errorf("%s: %+v by netlink, %+v by proc", name, a, b)
	}
}

// TestFilters reads with every kind of filter and compares with the unfiltered rows.
func TestFilters(t *testing.T) {
	rows := scene(t)
	for _, way := range []string{"netlink", "proc"} {
		t.Setenv(tablesVariable, way)
		for _, proto := range Protocols {
			known := rows
			if way == "proc" {
				known = slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return r.want.State == Bound })
			}
			all := own(t, rows, settle(t, known, proto, way == "netlink", 0))
			for _, f := range filters(rows) {
				var want []string
				for _, s := range all {
					if f.Match(&s) {
						want = append(want, describe(s))
					}
				}
				slices.Sort(want)
				got := readOwn(t, rows, proto, f)
				// /proc/net can miss a socket while others come and go.
				for try := 0; try < 20 && !slices.Equal(got, want); try++ {
					got = readOwn(t, rows, proto, f)
				}
				if !slices.Equal(got, want) {
					t.Errorf("%s %v %+v:\ngot  %q\nwant %q", way, proto, f, got, want)
				}
			}
		}
	}
}

func readOwn(t *testing.T, rows []row, proto Protocol, f Filter) []string {
	t.Helper()
	var got []string
	for _, s := range own(t, rows, readAll(t, proto, f)) {
		got = append(got, describe(s))
	}
	slices.Sort(got)
	return got
}

// own returns the rows that are sockets of the scene.
func own(t *testing.T, scene []row, all []Socket) []Socket {
	t.Helper()
	var mine []Socket
	for _, r := range scene {
		if s, ok := find(t, all, r.fd.inode()); ok {
			mine = append(mine, s)
		}
	}
	return mine
}

func filters(rows []row) []Filter {
	list := []Filter{{}, {Families: []Family{}}, {States: []State{}}, {LocalPorts: []PortRange{}},
		{RemotePorts: []PortRange{}}, {RemotePorts: []PortRange{{0, 0}}}, {RemotePorts: []PortRange{{1, 65535}}},
		{LocalPorts: []PortRange{{9, 3}}}, {States: States}, {Families: Families}}
	for _, f := range Families {
		list = append(list, Filter{Families: []Family{f}})
	}
	var many []PortRange
	for _, s := range States {
		list = append(list, Filter{States: []State{s}}, Filter{States: []State{s, Listen, Idle}})
	}
	for _, r := range rows {
		local, remote := r.want.Local.Port(), r.want.Remote.Port()
		many = append(many, PortRange{local, local})
		list = append(list,
			Filter{LocalPorts: []PortRange{{local, local}}},
			Filter{RemotePorts: []PortRange{{remote, remote}}},
			Filter{LocalPorts: []PortRange{{0, local}}, RemotePorts: []PortRange{{remote, 65535}}},
			Filter{LocalPorts: slices.Clone(many)},
			Filter{LocalPorts: slices.Clone(many), RemotePorts: []PortRange{{remote, remote}, {local, local}},
				States: []State{r.want.State}, Families: []Family{r.want.Family}})
	}
	for port := uint16(1); port < 4000; port += 2 { // too many to push
		many = append(many, PortRange{port, port})
	}
	return append(list, Filter{LocalPorts: many})
}

// TestKernelFilters makes sure that the kernel runs the program: what it sends is
// decoded without a filter of our own.
func TestKernelFilters(t *testing.T) {
	client, server := pair(t, Inet, loop4)
	port := client.local().Port()
	var many []PortRange
	for p := uint16(2); len(many) < 45; p += 2 {
		many = append(many, PortRange{p, p})
	}
	for _, f := range []Filter{
		{LocalPorts: []PortRange{{port, port}}},
		{LocalPorts: append(many, PortRange{port, port})},
		{LocalPorts: []PortRange{{port, port}, {0, 3}}, RemotePorts: []PortRange{{server.local().Port(), 65535}}},
	} {
		if portProgram(&f) == nil {
			t.Fatalf("%+v has no program", f)
		}
		for _, dumps := range [][]diagDump{dumpBoth, dumpEach} {
			r, err := openDiag(TCP, f)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			r.dumps, r.decoder.filter = dumps, &Filter{}
			rows := drain(t, r)
			found := false
			for i := range rows { // others may use the ports as well
				found = found || rows[i].Inode == client.inode()
				if !f.Match(&rows[i]) {
					t.Errorf("%+v does not match", rows[i])
				}
			}
			if !found {
				t.Errorf("the socket is not among %d rows: %+v", len(rows), rows)
			}
		}
	}
}

func drain(t *testing.T, r Reader) []Socket {
	t.Helper()
	var rows []Socket
	for {
		more, err := r.Read(rows)
		if err != nil {
			return more
		}
		rows = more
	}
}

// TestOneWalk compares the dump of both families in one with a dump of each.
func TestOneWalk(t *testing.T) {
	rows := scene(t)
	settle(t, rows, TCP, true, 0)
	var got [2][]string
	for i, dumps := range [][]diagDump{dumpBoth, dumpEach} {
		r, err := openDiag(TCP, Filter{})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		r.dumps = dumps
		for _, s := range own(t, rows, drain(t, r)) {
			got[i] = append(got[i], describe(s))
		}
	}
	if !slices.Equal(got[0], got[1]) {
		t.Errorf("one walk:\n%s\ntwo:\n%s", strings.Join(got[0], "\n"), strings.Join(got[1], "\n"))
	}
}

func TestTimeWait(t *testing.T) {
	client, server := pair(t, Inet, loop4)
	local, remote := client.local(), server.local()
	client.shutdown()
	syscall.Close(server.fd)
	for _, way := range []string{"netlink", "proc"} {
		t.Setenv(tablesVariable, way)
		f := Filter{States: []State{TimeWait}, LocalPorts: []PortRange{{local.Port(), local.Port()}}, Parts: PartTimer}
		var rows []Socket
		for deadline := time.Now().Add(10 * time.Second); len(rows) == 0 && time.Now().Before(deadline); {
			rows = slices.DeleteFunc(readAll(t, TCP, f), func(s Socket) bool { return s.Local != local })
		}
		if len(rows) != 1 || rows[0].Remote != remote || rows[0].Inode != 0 {
			t.Fatalf("%s: %+v", way, rows)
		}
		if timer := rows[0].Timer; timer.Kind != TimerTimeWait || timer.Expires == 0 || timer.Expires > 60000 {
			t.Errorf("%s: timer %+v", way, timer)
		}
	}
}

// TestClosed has a connection whose peer reset it: it keeps its port and its peer.
func TestClosed(t *testing.T) {
	if !dumpsBound(t) {
		return
	}
	l := newSock(t, TCP, Inet).bind(loop4).listen(1)
	// Only a port that was asked for is kept; another socket finds one that is free.
	holder := newSock(t, TCP, Inet).reuse().bind(loop4)
	client := newSock(t, TCP, Inet).reuse()
	client.check("bind", syscall.Bind(client.fd, sockaddr(holder.local())))
	client.connect(l.local())
	server := l.accept()
	server.check("SO_LINGER", syscall.SetsockoptLinger(server.fd, syscall.SOL_SOCKET, syscall.SO_LINGER, &syscall.Linger{Onoff: 1}))
	syscall.Close(server.fd)
	want := Socket{Proto: TCP, Family: Inet, State: Closed, Local: client.local(), Remote: l.local()}
	settle(t, []row{{"reset", client, want}}, TCP, true, 0)
	if _, ok := find(t, readAll(t, TCP, Filter{States: []State{Closed}}), client.inode()); !ok {
		t.Error("not found as CLOSED")
	}
	if _, ok := find(t, readAll(t, TCP, Filter{States: []State{Bound}}), client.inode()); ok {
		t.Error("found as BOUND")
	}
}

// A socket that begins to listen while the table is read is there once, though the kernel
// finds those that listen and those that are only bound by different walks.
func TestNoSocketTwice(t *testing.T) {
	var socks []sock
	var inodes []uint64
	for range 100 {
		holder := newSock(t, TCP, Inet).reuse().bind(loop4) // a port that was asked for is kept
		s := newSock(t, TCP, Inet).reuse()
		s.check("bind", syscall.Bind(s.fd, sockaddr(holder.local())))
		socks, inodes = append(socks, s), append(inodes, s.inode())
	}
	stop := make(chan struct{})
	var toggling sync.WaitGroup
	defer toggling.Wait()
	defer close(stop)
	toggling.Go(func() {
		for {
			for _, s := range socks {
				syscall.Listen(s.fd, 1)
			}
			for _, s := range socks {
				syscall.Shutdown(s.fd, syscall.SHUT_RDWR)
			}
			select {
			case <-stop:
				return
			default:
			}
		}
	})
	for range 100 {
		for _, f := range []Filter{{}, {States: []State{Listen, Bound}}} {
			r, err := openBest(TCP, f)
			if err != nil {
				t.Fatal(err)
			}
			seen := map[uint64]Socket{}
			for _, s := range drain(t, r) {
				if other, twice := seen[s.Inode]; twice && slices.Contains(inodes, s.Inode) {
					t.Fatalf("%+v\nand %+v", other, s)
				}
				seen[s.Inode] = s
			}
		}
	}
}

// TestQueues looks at bytes in the queues, and at connections that wait for accept.
func TestQueues(t *testing.T) {
	client, server := pair(t, Inet, loop4)
	client.write("hello")
	l := newSock(t, TCP, Inet).bind(loop4).listen(7)
	newSock(t, TCP, Inet).connect(l.local())
	newSock(t, TCP, Inet).connect(l.local())
	u := newSock(t, UDP, Inet).bind(loop4)
	newSock(t, UDP, Inet).connect(u.local()).write("hello")
	for _, way := range []string{"netlink", "proc"} {
		t.Setenv(tablesVariable, way)
		limit := uint32(7)
		if way == "proc" {
			limit = 0
		}
		waitQueues(t, TCP, server, func(s Socket) bool { return s.RecvQ == 5 && s.SendQ == 0 })
		waitQueues(t, TCP, l, func(s Socket) bool { return s.Listening() && s.RecvQ == 2 && s.SendQ == limit })
		waitQueues(t, UDP, u, func(s Socket) bool { return s.RecvQ >= 5 })
	}
}

func waitQueues(t *testing.T, proto Protocol, fd sock, ok func(Socket) bool) {
	t.Helper()
	var s Socket
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		if s, _ = find(t, readAll(t, proto, Filter{}), fd.inode()); ok(s) {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Errorf("got %+v", s)
}

func TestSendQueueAndTimer(t *testing.T) {
	client, _ := pair(t, Inet, loop4)
	client.check("nonblock", syscall.SetNonblock(client.fd, true))
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		if _, err := syscall.Write(client.fd, make([]byte, 1<<16)); err == nil {
			continue // until nobody takes more
		}
		s, _ := find(t, readAll(t, TCP, Filter{Parts: PartTimer}), client.inode())
		if s.SendQ > 0 && s.Timer.Kind == TimerPersist && s.Timer.Expires > 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("no full send queue with a persist timer")
}

func TestInfo(t *testing.T) {
	client, server := pair(t, Inet, loop4)
	client.write("hello")
	client.check("SO_KEEPALIVE", syscall.SetsockoptInt(client.fd, syscall.SOL_SOCKET, syscall.SO_KEEPALIVE, 1))
	client.check("IP_TOS", syscall.SetsockoptInt(client.fd, syscall.IPPROTO_IP, syscall.IP_TOS, 0x10))
	waitQueues(t, TCP, server, func(s Socket) bool { return s.RecvQ == 5 })
	all := readAll(t, TCP, Filter{Parts: PartTimer | PartInfo | PartMem})
	c, _ := find(t, all, client.inode())
	s, _ := find(t, all, server.inode())
	if c.Timer == nil || c.Timer.Kind != TimerKeepalive && c.Timer.Kind != TimerOn {
		t.Errorf("timer %+v", c.Timer)
	}
	if !c.Info.Has(AttrTCPInfo) || c.Info.TCP.State != linuxEstablished || c.Info.TCP.RTT == 0 || c.Info.TCP.SndMSS == 0 {
		t.Errorf("info %+v", c.Info)
	}
	if s.Info.TCP.Has(TCPInfo4_1) && s.Info.TCP.BytesReceived != 5 || c.Info.TCP.Has(TCPInfo4_19) && c.Info.TCP.BytesSent != 5 {
		t.Errorf("bytes received %d, sent %d", s.Info.TCP.BytesReceived, c.Info.TCP.BytesSent)
	}
	algorithm, err := os.ReadFile("/proc/sys/net/ipv4/tcp_congestion_control")
	if err == nil && c.Info.Congestion != strings.TrimSpace(string(algorithm)) {
		t.Errorf("congestion control %q, default %q", c.Info.Congestion, algorithm)
	}
	if !c.Info.Has(AttrTOS) || c.Info.TOS != 0x10 || c.Info.Has(AttrTClass) {
		t.Errorf("TOS %#x", c.Info.TOS)
	}
	if !s.Info.Has(AttrMem) || s.Info.Mem.RcvBuf == 0 || s.Info.Mem.RmemAlloc < 5 {
		t.Errorf("memory %+v", s.Info.Mem)
	}
	if !c.Info.Has(AttrShutdown) || c.Info.Shutdown != 0 {
		t.Errorf("shutdown %v", c.Info.Shutdown)
	}
	if c.Info.Has(AttrOptions) && c.Info.Options&OptionConnection == 0 {
		t.Errorf("options %b", c.Info.Options)
	}
}

// TestParts makes sure that nothing is given unasked.
func TestParts(t *testing.T) {
	client, _ := pair(t, Inet, loop4)
	for parts := range PartTimer | PartInfo | PartMem {
		s, _ := find(t, readAll(t, TCP, Filter{Parts: parts}), client.inode())
		if (s.Timer != nil) != (parts&PartTimer != 0) || (s.Info != nil) != (parts&(PartInfo|PartMem) != 0) ||
			s.Info.Has(AttrTCPInfo) != (parts&PartInfo != 0) || s.Info.Has(AttrMem) != (parts&PartMem != 0) {
			t.Errorf("parts %b: %+v", parts, s)
		}
	}
}

func TestUDPDrops(t *testing.T) {
	u := newSock(t, UDP, Inet).bind(loop4)
	u.check("SO_RCVBUF", syscall.SetsockoptInt(u.fd, syscall.SOL_SOCKET, syscall.SO_RCVBUF, 2048))
	client := newSock(t, UDP, Inet).connect(u.local())
	for range 20 {
		client.write(strings.Repeat("x", 1024))
	}
	s, _ := find(t, readAll(t, UDP, Filter{Parts: PartMem | PartTimer}), u.inode())
	if s.Info == nil || s.Info.Mem.Drops == 0 || s.Timer != nil {
		t.Errorf("got %+v %+v", s, s.Info)
	}
}

func TestBoundInterface(t *testing.T) {
	u := newSock(t, UDP, Inet)
	if err := syscall.SetsockoptString(u.fd, syscall.SOL_SOCKET, syscall.SO_BINDTODEVICE, "lo"); err != nil {
		t.Fatalf("SO_BINDTODEVICE (unprivileged since Linux 5.7): %v", err)
	}
	u.bind(loop4)
	if s, _ := find(t, readAll(t, UDP, Filter{}), u.inode()); s.Interface == 0 {
		t.Errorf("got %+v", s)
	}
}

func TestCloseEarly(t *testing.T) {
	for _, proto := range Protocols {
		for _, way := range []string{"netlink", "proc", ""} {
			t.Setenv(tablesVariable, way)
			newSock(t, proto, Inet).bind(loop4)
			r, err := Open(proto, Filter{})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.Read(nil); err != nil && proto == UDP {
				t.Error(err)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestTruncatedReply(t *testing.T) {
	r, err := openDiag(TCP, Filter{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	r.buf = r.buf[:8]
	if _, err := r.Read(nil); !errors.Is(err, errTruncated) {
		t.Errorf("got %v", err)
	}
}

// TestOtherSenders has another socket send a reply to a dump before the kernel does.
// Only root can, which is checked as well.
func TestOtherSenders(t *testing.T) {
	newSock(t, UDP, Inet).bind(loop4)
	r, err := openDiag(UDP, Filter{Families: []Family{Inet}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	other, err := openDiag(UDP, Filter{})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	fd := receiver(t, r)
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	to := name.(*syscall.SockaddrNetlink)
	err = syscall.Sendto(receiver(t, other), doneMessage(1, syscall.ENOENT), 0, to)
	if os.Geteuid() != 0 {
		if !errors.Is(err, syscall.EPERM) {
			t.Errorf("sent to another process without privilege: %v", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if rows, err := r.Read(nil); err != nil || len(rows) == 0 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

// receiver returns the descriptor of a reader after giving it an address.
func receiver(t *testing.T, r *diagReader) int {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, netlinkSockDiag)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Bind(fd, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}); err != nil {
		t.Fatal(err)
	}
	if err := r.close(); err != nil {
		t.Fatal(err)
	}
	s := diagSocket(fd)
	r.send, r.recv, r.close = s.send, s.recv, s.close
	return fd
}

func TestVariable(t *testing.T) {
	t.Setenv(tablesVariable, "nope")
	if _, err := Open(TCP, Filter{}); err == nil || err.Error() != `SOCKSTAT_TABLES: "nope" is neither netlink nor proc` {
		t.Errorf("got %v", err)
	}
	for way, want := range map[string]string{"": "netlink", "netlink": "netlink", "proc": "/proc/net/tcp (SOCKSTAT_TABLES=proc)"} {
		t.Setenv(tablesVariable, way)
		r, err := Open(TCP, Filter{})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if got := r.(Sourcer).Source(); got != want {
			t.Errorf("source %q, want %q", got, want)
		}
	}
	if _, err := Open(Protocol(99), Filter{}); !errors.Is(err, ErrUnsupported) {
		t.Errorf("unknown protocol: %v", err)
	}
}

// TestFallback has the kernel lack the module.
func TestFallback(t *testing.T) {
	u := newSock(t, UDP, Inet).bind(loop4)
	r, err := openBest(UDP, Filter{LocalPorts: []PortRange{{u.local().Port(), u.local().Port()}}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	d := r.(*fallbackReader).Reader.(*diagReader)
	d.send = func([]byte) error { return nil }
	d.recv = func(b []byte) (int, error) {
		return copy(b, doneMessage(1, syscall.ENOENT)), nil
	}
	rows := drain(t, r)
	if _, ok := find(t, rows, u.inode()); !ok {
		t.Errorf("got %+v", rows)
	}
	if got, want := r.(Sourcer).Source(), "/proc/net/udp (no udp_diag: no such file or directory)"; got != want {
		t.Errorf("source %q, want %q", got, want)
	}
}

// BenchmarkDump has the kernel dump its TCP sockets, however many there are.
func BenchmarkDump(b *testing.B) {
	sockets := 0
	var rows []Socket
	for b.Loop() {
		r, err := Open(TCP, Filter{})
		if err != nil {
			b.Fatal(err)
		}
		for sockets = 0; err == nil; sockets += len(rows) {
			rows, err = r.Read(rows[:0])
		}
		if err != io.EOF {
			b.Fatal(err)
		}
		r.Close()
	}
	b.ReportMetric(float64(sockets), "sockets")
}
