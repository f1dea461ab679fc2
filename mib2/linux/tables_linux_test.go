package linux

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

	"sockstat/mib2"
)

func TestScene(t *testing.T) {
	rows := scene(t)
	for _, proto := range internetProtocols {
		settle(t, Tables{}, rows, proto, true, 0)
	}
}

// TestWaysAgree compares netlink with /proc/net on what both know.
func TestWaysAgree(t *testing.T) {
	rows := scene(t)
	for _, proto := range internetProtocols {
		byNetlink := settle(t, Tables{Way: WayNetlink}, rows, proto, true, mib2.PartTimer)
		known := slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return r.want.State == mib2.Bound })
		byProc := settle(t, Tables{Way: WayProc}, known, proto, false, mib2.PartTimer)
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

func compareWays(t *testing.T, name string, a, b mib2.Socket) {
	t.Helper()
	if a.RecvQ != b.RecvQ || a.SendQ != b.SendQ && !a.Listening() {
		t.Errorf("%s: queues %d %d by netlink, %d %d by proc", name, a.RecvQ, a.SendQ, b.RecvQ, b.SendQ)
	}
	if (a.Timer == nil) != (b.Timer == nil) || a.Timer != nil && a.Timer.Kind != b.Timer.Kind {
		t.Errorf("%s: timer %+v by netlink, %+v by proc", name, a.Timer, b.Timer)
	}
	if a.Cookie == 0 || b.Cookie != 0 || b.Dual != b.ListensOnAny() || b.Info != nil {
		t.Errorf("%s: %+v by netlink, %+v by proc", name, a, b)
	}
}

// TestFilters reads with every kind of filter and compares with the unfiltered rows.
func TestFilters(t *testing.T) {
	rows := scene(t)
	for _, way := range []string{"netlink", "proc"} {
		tables := Tables{Way: way}
		for _, proto := range internetProtocols {
			known := rows
			if way == "proc" {
				known = slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return r.want.State == mib2.Bound })
			}
			all := own(t, rows, settle(t, tables, known, proto, way == "netlink", 0))
			for _, f := range filters(rows) {
				var want []string
				for _, s := range all {
					if f.Match(&s) {
						want = append(want, describe(s))
					}
				}
				slices.Sort(want)
				got := readOwn(t, tables, rows, proto, f)
				// /proc/net can miss a socket while others come and go.
				for try := 0; try < 20 && !slices.Equal(got, want); try++ {
					got = readOwn(t, tables, rows, proto, f)
				}
				if !slices.Equal(got, want) {
					t.Errorf("%s %v %+v:\ngot  %q\nwant %q", way, proto, f, got, want)
				}
			}
		}
	}
}

func readOwn(t *testing.T, tables Tables, rows []row, proto mib2.Protocol, f mib2.Filter) []string {
	t.Helper()
	var got []string
	for _, s := range own(t, rows, readAll(t, tables, proto, f)) {
		got = append(got, describe(s))
	}
	slices.Sort(got)
	return got
}

// own returns the rows that are sockets of the scene.
func own(t *testing.T, scene []row, all []mib2.Socket) []mib2.Socket {
	t.Helper()
	var mine []mib2.Socket
	for _, r := range scene {
		if s, ok := find(t, all, r.fd.inode()); ok {
			mine = append(mine, s)
		}
	}
	return mine
}

func filters(rows []row) []mib2.Filter {
	list := []mib2.Filter{{}, {Families: []mib2.Family{}}, {States: []mib2.State{}}, {LocalPorts: []mib2.PortRange{}},
		{RemotePorts: []mib2.PortRange{}}, {RemotePorts: []mib2.PortRange{{Lo: 0, Hi: 0}}}, {RemotePorts: []mib2.PortRange{{Lo: 1, Hi: 65535}}},
		{LocalPorts: []mib2.PortRange{{Lo: 9, Hi: 3}}}, {States: mib2.States}, {Families: mib2.Families}}
	for _, f := range internetFamilies {
		list = append(list, mib2.Filter{Families: []mib2.Family{f}})
	}
	var many []mib2.PortRange
	for _, s := range mib2.States {
		list = append(list, mib2.Filter{States: []mib2.State{s}}, mib2.Filter{States: []mib2.State{s, mib2.Listen, mib2.Idle}})
	}
	for _, r := range rows {
		local, remote := r.want.Local.Port(), r.want.Remote.Port()
		many = append(many, mib2.PortRange{Lo: local, Hi: local})
		list = append(list,
			mib2.Filter{LocalPorts: []mib2.PortRange{{Lo: local, Hi: local}}},
			mib2.Filter{RemotePorts: []mib2.PortRange{{Lo: remote, Hi: remote}}},
			mib2.Filter{LocalPorts: []mib2.PortRange{{Lo: 0, Hi: local}}, RemotePorts: []mib2.PortRange{{Lo: remote, Hi: 65535}}},
			mib2.Filter{LocalPorts: slices.Clone(many)},
			mib2.Filter{LocalPorts: slices.Clone(many), RemotePorts: []mib2.PortRange{{Lo: remote, Hi: remote}, {Lo: local, Hi: local}},
				States: []mib2.State{r.want.State}, Families: []mib2.Family{r.want.Family}})
	}
	for port := uint16(1); port < 4000; port += 2 { // too many to push
		many = append(many, mib2.PortRange{Lo: port, Hi: port})
	}
	return append(list, mib2.Filter{LocalPorts: many})
}

// TestKernelFilters makes sure that the kernel runs the program: what it sends is
// decoded without a filter of our own.
func TestKernelFilters(t *testing.T) {
	client, server := pair(t, mib2.Inet, loop4)
	port := client.local().Port()
	var many []mib2.PortRange
	for p := uint16(2); len(many) < 45; p += 2 {
		many = append(many, mib2.PortRange{Lo: p, Hi: p})
	}
	for _, f := range []mib2.Filter{
		{LocalPorts: []mib2.PortRange{{Lo: port, Hi: port}}},
		{LocalPorts: append(many, mib2.PortRange{Lo: port, Hi: port})},
		{LocalPorts: []mib2.PortRange{{Lo: port, Hi: port}, {Lo: 0, Hi: 3}}, RemotePorts: []mib2.PortRange{{Lo: server.local().Port(), Hi: 65535}}},
	} {
		if portProgram(&f) == nil {
			t.Fatalf("%+v has no program", f)
		}
		for _, dumps := range [][]diagDump{dumpBoth, dumpEach} {
			r := openTestDiag(t, mib2.TCP, f)
			r.dumps, r.decoder.filter = dumps, &mib2.Filter{}
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

// openTestDiag opens a reader of netlink by itself.
func openTestDiag(t testing.TB, proto mib2.Protocol, f mib2.Filter) *diagReader {
	t.Helper()
	r, err := testTables(t).openDiag(proto, diagFilter{Filter: f})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// testTables are those that a test reads.
func testTables(t testing.TB) *tables {
	return &tables{ctx: t.Context(), proc: "/proc", calls: Calls{}.orReal()}
}

func drain(t *testing.T, r mib2.Reader) []mib2.Socket {
	t.Helper()
	var rows []mib2.Socket
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
	settle(t, Tables{}, rows, mib2.TCP, true, 0)
	var got [2][]string
	for i, dumps := range [][]diagDump{dumpBoth, dumpEach} {
		r := openTestDiag(t, mib2.TCP, mib2.Filter{})
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
	client, server := pair(t, mib2.Inet, loop4)
	local, remote := client.local(), server.local()
	client.shutdown()
	syscall.Close(server.fd)
	for _, way := range []string{"netlink", "proc"} {
		f := mib2.Filter{States: []mib2.State{mib2.TimeWait}, LocalPorts: []mib2.PortRange{{Lo: local.Port(), Hi: local.Port()}}, Parts: mib2.PartTimer}
		var rows []mib2.Socket
		for deadline := time.Now().Add(10 * time.Second); len(rows) == 0 && time.Now().Before(deadline); {
			rows = slices.DeleteFunc(readAll(t, Tables{Way: way}, mib2.TCP, f), func(s mib2.Socket) bool { return s.Local != local })
		}
		if len(rows) != 1 || rows[0].Remote != remote || rows[0].Inode != 0 {
			t.Fatalf("%s: %+v", way, rows)
		}
		if timer := rows[0].Timer; timer.Kind != mib2.TimerTimeWait || timer.Expires == 0 || timer.Expires > 60000 {
			t.Errorf("%s: timer %+v", way, timer)
		}
	}
}

// TestClosed has a connection whose peer reset it: it keeps its port and its peer.
func TestClosed(t *testing.T) {
	if !dumpsBound(t) {
		return
	}
	l := newSock(t, mib2.TCP, mib2.Inet).bind(loop4).listen(1)
	// Only a port that was asked for is kept; another socket finds one that is free.
	holder := newSock(t, mib2.TCP, mib2.Inet).reuse().bind(loop4)
	client := newSock(t, mib2.TCP, mib2.Inet).reuse()
	client.check("bind", syscall.Bind(client.fd, sockaddr(holder.local())))
	client.connect(l.local())
	server := l.accept()
	server.check("SO_LINGER", syscall.SetsockoptLinger(server.fd, syscall.SOL_SOCKET, syscall.SO_LINGER, &syscall.Linger{Onoff: 1}))
	syscall.Close(server.fd)
	want := mib2.Socket{Proto: mib2.TCP, Family: mib2.Inet, State: mib2.Closed, Local: client.local(), Remote: l.local()}
	settle(t, Tables{}, []row{{"reset", client, want}}, mib2.TCP, true, 0)
	if _, ok := find(t, readAll(t, Tables{}, mib2.TCP, mib2.Filter{States: []mib2.State{mib2.Closed}}), client.inode()); !ok {
		t.Error("not found as CLOSED")
	}
	if _, ok := find(t, readAll(t, Tables{}, mib2.TCP, mib2.Filter{States: []mib2.State{mib2.Bound}}), client.inode()); ok {
		t.Error("found as BOUND")
	}
}

// A socket that begins to listen while the table is read is there once, though the kernel
// finds those that listen and those that are only bound by different walks.
func TestNoSocketTwice(t *testing.T) {
	var socks []sock
	var inodes []uint64
	for range 100 {
		holder := newSock(t, mib2.TCP, mib2.Inet).reuse().bind(loop4) // a port that was asked for is kept
		s := newSock(t, mib2.TCP, mib2.Inet).reuse()
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
		for _, f := range []mib2.Filter{{}, {States: []mib2.State{mib2.Listen, mib2.Bound}}} {
			r, err := testTables(t).openBest(mib2.TCP, f)
			if err != nil {
				t.Fatal(err)
			}
			seen := map[uint64]mib2.Socket{}
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
	client, server := pair(t, mib2.Inet, loop4)
	client.write("hello")
	l := newSock(t, mib2.TCP, mib2.Inet).bind(loop4).listen(7)
	newSock(t, mib2.TCP, mib2.Inet).connect(l.local())
	newSock(t, mib2.TCP, mib2.Inet).connect(l.local())
	u := newSock(t, mib2.UDP, mib2.Inet).bind(loop4)
	newSock(t, mib2.UDP, mib2.Inet).connect(u.local()).write("hello")
	for _, way := range []string{"netlink", "proc"} {
		tables := Tables{Way: way}
		limit := uint32(7)
		if way == "proc" {
			limit = 0
		}
		waitQueues(t, tables, mib2.TCP, server, func(s mib2.Socket) bool { return s.RecvQ == 5 && s.SendQ == 0 })
		waitQueues(t, tables, mib2.TCP, l, func(s mib2.Socket) bool { return s.Listening() && s.RecvQ == 2 && s.SendQ == limit })
		waitQueues(t, tables, mib2.UDP, u, func(s mib2.Socket) bool { return s.RecvQ >= 5 })
	}
}

func waitQueues(t *testing.T, tables Tables, proto mib2.Protocol, fd sock, ok func(mib2.Socket) bool) {
	t.Helper()
	var s mib2.Socket
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		if s, _ = find(t, readAll(t, tables, proto, mib2.Filter{}), fd.inode()); ok(s) {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Errorf("got %+v", s)
}

func TestSendQueueAndTimer(t *testing.T) {
	client, _ := pair(t, mib2.Inet, loop4)
	client.check("nonblock", syscall.SetNonblock(client.fd, true))
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		if _, err := syscall.Write(client.fd, make([]byte, 1<<16)); err == nil {
			continue // until nobody takes more
		}
		s, _ := find(t, readAll(t, Tables{}, mib2.TCP, mib2.Filter{Parts: mib2.PartTimer}), client.inode())
		if s.SendQ > 0 && s.Timer.Kind == mib2.TimerPersist && s.Timer.Expires > 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("no full send queue with a persist timer")
}

func TestInfo(t *testing.T) {
	client, server := pair(t, mib2.Inet, loop4)
	client.write("hello")
	client.check("SO_KEEPALIVE", syscall.SetsockoptInt(client.fd, syscall.SOL_SOCKET, syscall.SO_KEEPALIVE, 1))
	client.check("IP_TOS", syscall.SetsockoptInt(client.fd, syscall.IPPROTO_IP, syscall.IP_TOS, 0x10))
	waitQueues(t, Tables{}, mib2.TCP, server, func(s mib2.Socket) bool { return s.RecvQ == 5 })
	all := readAll(t, Tables{}, mib2.TCP, mib2.Filter{Parts: mib2.PartTimer | mib2.PartInfo | mib2.PartMem})
	c, _ := find(t, all, client.inode())
	s, _ := find(t, all, server.inode())
	if c.Timer == nil || c.Timer.Kind != mib2.TimerKeepalive && c.Timer.Kind != mib2.TimerOn {
		t.Errorf("timer %+v", c.Timer)
	}
	if !c.Info.Has(mib2.AttrTCPInfo) || c.Info.TCP.State != linuxEstablished || c.Info.TCP.RTT == 0 || c.Info.TCP.SndMSS == 0 {
		t.Errorf("info %+v", c.Info)
	}
	if s.Info.TCP.Has(mib2.TCPInfo4_1) && s.Info.TCP.BytesReceived != 5 || c.Info.TCP.Has(mib2.TCPInfo4_19) && c.Info.TCP.BytesSent != 5 {
		t.Errorf("bytes received %d, sent %d", s.Info.TCP.BytesReceived, c.Info.TCP.BytesSent)
	}
	algorithm, err := os.ReadFile("/proc/sys/net/ipv4/tcp_congestion_control")
	if err == nil && c.Info.Congestion != strings.TrimSpace(string(algorithm)) {
		t.Errorf("congestion control %q, default %q", c.Info.Congestion, algorithm)
	}
	if !c.Info.Has(mib2.AttrTOS) || c.Info.TOS != 0x10 || c.Info.Has(mib2.AttrTClass) {
		t.Errorf("TOS %#x", c.Info.TOS)
	}
	if !s.Info.Has(mib2.AttrMem) || s.Info.Mem.RcvBuf == 0 || s.Info.Mem.RmemAlloc < 5 {
		t.Errorf("memory %+v", s.Info.Mem)
	}
	if !c.Info.Has(mib2.AttrShutdown) || c.Info.Shutdown != 0 {
		t.Errorf("shutdown %v", c.Info.Shutdown)
	}
	if c.Info.Has(mib2.AttrOptions) && c.Info.Options&mib2.OptionConnection == 0 {
		t.Errorf("options %b", c.Info.Options)
	}
}

// TestParts makes sure that nothing is given unasked.
func TestParts(t *testing.T) {
	client, _ := pair(t, mib2.Inet, loop4)
	for parts := range mib2.PartTimer | mib2.PartInfo | mib2.PartMem {
		s, _ := find(t, readAll(t, Tables{}, mib2.TCP, mib2.Filter{Parts: parts}), client.inode())
		if (s.Timer != nil) != (parts&mib2.PartTimer != 0) || (s.Info != nil) != (parts&(mib2.PartInfo|mib2.PartMem) != 0) ||
			s.Info.Has(mib2.AttrTCPInfo) != (parts&mib2.PartInfo != 0) || s.Info.Has(mib2.AttrMem) != (parts&mib2.PartMem != 0) {
			t.Errorf("parts %b: %+v", parts, s)
		}
	}
}

func TestUDPDrops(t *testing.T) {
	u := newSock(t, mib2.UDP, mib2.Inet).bind(loop4)
	u.check("SO_RCVBUF", syscall.SetsockoptInt(u.fd, syscall.SOL_SOCKET, syscall.SO_RCVBUF, 2048))
	client := newSock(t, mib2.UDP, mib2.Inet).connect(u.local())
	for range 20 {
		client.write(strings.Repeat("x", 1024))
	}
	s, _ := find(t, readAll(t, Tables{}, mib2.UDP, mib2.Filter{Parts: mib2.PartMem | mib2.PartTimer}), u.inode())
	if s.Info == nil || s.Info.Mem.Drops == 0 || s.Timer != nil {
		t.Errorf("got %+v %+v", s, s.Info)
	}
}

func TestBoundInterface(t *testing.T) {
	u := newSock(t, mib2.UDP, mib2.Inet)
	if err := syscall.SetsockoptString(u.fd, syscall.SOL_SOCKET, syscall.SO_BINDTODEVICE, "lo"); err != nil {
		t.Fatalf("SO_BINDTODEVICE (unprivileged since Linux 5.7): %v", err)
	}
	u.bind(loop4)
	if s, _ := find(t, readAll(t, Tables{}, mib2.UDP, mib2.Filter{}), u.inode()); s.Interface == 0 {
		t.Errorf("got %+v", s)
	}
}

func TestCloseEarly(t *testing.T) {
	for _, proto := range internetProtocols {
		for _, way := range []string{"netlink", "proc", ""} {
			newSock(t, proto, mib2.Inet).bind(loop4)
			r, _, err := Tables{Way: way}.Open(t.Context(), []mib2.Protocol{proto}, mib2.Filter{})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.Read(nil); err != nil && proto == mib2.UDP {
				t.Error(err)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestTruncatedReply(t *testing.T) {
	r := openTestDiag(t, mib2.TCP, mib2.Filter{})
	r.buf = r.buf[:8]
	if _, err := r.Read(nil); !errors.Is(err, errTruncated) {
		t.Errorf("got %v", err)
	}
}

// TestOtherSenders has another socket send a reply to a dump before the kernel does.
// Only root can, which is checked as well.
func TestOtherSenders(t *testing.T) {
	newSock(t, mib2.UDP, mib2.Inet).bind(loop4)
	r := openTestDiag(t, mib2.UDP, mib2.Filter{Families: []mib2.Family{mib2.Inet}})
	other := openTestDiag(t, mib2.UDP, mib2.Filter{})
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
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	r.socket.fd = fd
	return fd
}

func TestWays(t *testing.T) {
	open := func(way string, proto mib2.Protocol) (mib2.Reader, error) {
		r, _, err := Tables{Way: way}.Open(t.Context(), []mib2.Protocol{proto, mib2.UDP}, mib2.Filter{})
		return r, err
	}
	const want = `SOCKSTAT_TABLES: "nope" is neither netlink nor proc`
	if _, err := open("nope", mib2.TCP); text(err) != want || text(CheckWay("nope")) != want {
		t.Errorf("got %v", err)
	}
	for way, want := range map[string]string{"": "netlink", "netlink": "netlink", "proc": "/proc/net/tcp (SOCKSTAT_TABLES=proc)"} {
		r, err := open(way, mib2.TCP)
		if err != nil || CheckWay(way) != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if got := r.(mib2.Sourcer).Source(); got != want {
			t.Errorf("source %q, want %q", got, want)
		}
	}
	if _, err := open("", mib2.Protocol(99)); !errors.Is(err, mib2.ErrNoProtocol) {
		t.Errorf("unknown protocol: %v", err)
	}
}

// TestFallback has the kernel lack the modules.
func TestFallback(t *testing.T) {
	u := newSock(t, mib2.UDP, mib2.Inet).bind(loop4)
	tables := Tables{Calls: Calls{
		Send: func(int, []byte) error { return nil },
		Receive: func(_ int, b []byte) (int, bool, uint32, error) {
			return copy(b, doneMessage(1, syscall.ENOENT)), false, 0, nil
		},
	}}
	for proto, source := range map[mib2.Protocol]string{
		mib2.TCP:  "/proc/net/tcp (no tcp_diag: no such file or directory)",
		mib2.UDP:  "/proc/net/udp (no udp_diag: no such file or directory)",
		mib2.Unix: "/proc/net/unix (no unix_diag: no such file or directory)",
	} {
		r, _, err := tables.Open(t.Context(), []mib2.Protocol{proto}, mib2.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		rows := drain(t, r)
		if _, ok := find(t, rows, u.inode()); ok != (proto == mib2.UDP) {
			t.Errorf("%v: got %+v", proto, rows)
		}
		if got := r.(mib2.Sourcer).Source(); got != source {
			t.Errorf("source %q, want %q", got, source)
		}
	}
}

// BenchmarkDump has the kernel dump TCP sockets: 1,000 connections, of which each has two.
func BenchmarkDump(b *testing.B) {
	l := newSock(b, mib2.TCP, mib2.Inet).bind(loop4).listen(1)
	for range 1000 {
		newSock(b, mib2.TCP, mib2.Inet).connect(l.local())
		l.accept()
	}
	sockets := 0
	var rows []mib2.Socket
	b.ReportAllocs()
	for b.Loop() {
		r, _, err := Tables{}.Open(b.Context(), []mib2.Protocol{mib2.TCP}, mib2.Filter{})
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
