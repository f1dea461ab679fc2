package linux

import (
	"errors"
	"io"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"sockstat/internal/testns"
	"sockstat/mib2"
)

func TestMain(m *testing.M) {
	acceptForTest()
	testns.Enter()
	os.Exit(m.Run())
}

var (
	loop4  = netip.MustParseAddr("127.0.0.1")
	loop6  = netip.MustParseAddr("::1")
	mapped = netip.MustParseAddr("::ffff:127.0.0.1")
	any4   = netip.IPv4Unspecified()
	any6   = netip.IPv6Unspecified()
	noPeer = netip.AddrPort{}

	internetFamilies = []mib2.Family{mib2.Inet, mib2.Inet6}
)

// sock is a socket of the test.
type sock struct {
	t  testing.TB
	fd int
}

func newSock(t testing.TB, proto mib2.Protocol, family mib2.Family) sock {
	t.Helper()
	kind, domain := syscall.SOCK_STREAM, syscall.AF_INET
	if proto == mib2.UDP {
		kind = syscall.SOCK_DGRAM
	}
	if family == mib2.Inet6 {
		domain = syscall.AF_INET6
	}
	fd, err := syscall.Socket(domain, kind|syscall.SOCK_CLOEXEC, 0)
	s := sock{t, fd}
	s.check("socket", err)
	if family == mib2.Inet6 {
		s.setV6Only(false)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	return s
}

func (s sock) check(what string, err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("%s: %v", what, err)
	}
}

func (s sock) setV6Only(on bool) sock {
	v := 0
	if on {
		v = 1
	}
	s.check("IPV6_V6ONLY", syscall.SetsockoptInt(s.fd, syscall.IPPROTO_IPV6, syscall.IPV6_V6ONLY, v))
	return s
}

func (s sock) reuse() sock {
	s.t.Helper()
	s.check("SO_REUSEADDR", syscall.SetsockoptInt(s.fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1))
	return s
}

func sockaddr(a netip.AddrPort) syscall.Sockaddr {
	if a.Addr().Is4() {
		return &syscall.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()}
	}
	return &syscall.SockaddrInet6{Port: int(a.Port()), Addr: a.Addr().As16()}
}

func addrPort(sa syscall.Sockaddr) netip.AddrPort {
	switch sa := sa.(type) {
	case *syscall.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port))
	case *syscall.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(sa.Addr), uint16(sa.Port))
	}
	return netip.AddrPort{}
}

func (s sock) bind(a netip.Addr) sock {
	s.t.Helper()
	s.check("bind", syscall.Bind(s.fd, sockaddr(netip.AddrPortFrom(a, 0))))
	return s
}

func (s sock) listen(backlog int) sock {
	s.t.Helper()
	s.check("listen", syscall.Listen(s.fd, backlog))
	return s
}

func (s sock) connect(a netip.AddrPort) sock {
	s.t.Helper()
	s.check("connect", syscall.Connect(s.fd, sockaddr(a)))
	return s
}

// connectSoon starts connecting without waiting for the peer.
func (s sock) connectSoon(a netip.AddrPort) sock {
	s.t.Helper()
	s.check("nonblock", syscall.SetNonblock(s.fd, true))
	if err := syscall.Connect(s.fd, sockaddr(a)); !errors.Is(err, syscall.EINPROGRESS) {
		s.t.Fatalf("connect: %v", err)
	}
	return s
}

func (s sock) accept() sock {
	s.t.Helper()
	fd, _, err := syscall.Accept4(s.fd, syscall.SOCK_CLOEXEC)
	s.check("accept", err)
	s.t.Cleanup(func() { syscall.Close(fd) })
	return sock{s.t, fd}
}

func (s sock) write(text string) sock {
	s.t.Helper()
	_, err := syscall.Write(s.fd, []byte(text))
	s.check("write", err)
	return s
}

func (s sock) shutdown() sock {
	s.t.Helper()
	s.check("shutdown", syscall.Shutdown(s.fd, syscall.SHUT_WR))
	return s
}

// local returns the address, not mapped.
func (s sock) local() netip.AddrPort {
	s.t.Helper()
	sa, err := syscall.Getsockname(s.fd)
	s.check("getsockname", err)
	return addrPort(sa)
}

func (s sock) inode() uint64 {
	s.t.Helper()
	var st syscall.Stat_t
	s.check("fstat", syscall.Fstat(s.fd, &st))
	return st.Ino
}

func unmap(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

// pair returns both ends of a TCP connection to an address.
func pair(t testing.TB, family mib2.Family, to netip.Addr) (client, server sock) {
	t.Helper()
	listenFamily := mib2.Inet
	if to.Is6() && !to.Is4In6() {
		listenFamily = mib2.Inet6
	}
	l := newSock(t, mib2.TCP, listenFamily).bind(to.Unmap()).listen(1)
	at := l.local()
	client = newSock(t, mib2.TCP, family).connect(netip.AddrPortFrom(to, at.Port()))
	return client, l.accept()
}

// readAll reads a table to its end.
func readAll(t testing.TB, tables Tables, proto mib2.Protocol, f mib2.Filter) []mib2.Socket {
	t.Helper()
	r, rest, err := tables.Open(t.Context(), []mib2.Protocol{proto}, f)
	if err != nil || len(rest) > 0 {
		t.Fatalf("open: %v, %v are left", err, rest)
	}
	defer func() {
		if err := r.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}()
	var rows []mib2.Socket
	for {
		have := len(rows)
		rows, err = r.Read(rows)
		if errors.Is(err, io.EOF) {
			if len(rows) != have {
				t.Errorf("%d sockets with EOF", len(rows)-have)
			}
			return rows
		}
		if err != nil {
			t.Fatalf("read: %v", err)
		}
		if len(rows) == have {
			t.Error("read without sockets or error")
		}
	}
}

// find returns the one socket with an inode.
func find(t testing.TB, rows []mib2.Socket, inode uint64) (mib2.Socket, bool) {
	t.Helper()
	var found []mib2.Socket
	for _, s := range rows {
		if s.Inode == inode {
			found = append(found, s)
		}
	}
	if len(found) > 1 {
		t.Errorf("inode %d: %d rows", inode, len(found))
	}
	if len(found) == 0 {
		return mib2.Socket{}, false
	}
	return found[0], true
}

// row is what a scene expects of one socket.
type row struct {
	name string
	fd   sock
	want mib2.Socket // Proto, Family, State, Dual, V4Mapped, Local, Remote
}

// same reports whether a row has what is expected of it, whichever way it was read.
func (r row) same(s mib2.Socket, dualKnown bool) bool {
	w := r.want
	return s.Proto == w.Proto && s.Family == w.Family && s.State == w.State &&
		(s.Dual == w.Dual || !dualKnown) && s.V4Mapped == w.V4Mapped &&
		s.Local == w.Local && s.Remote == w.Remote && s.UID == uint32(os.Getuid())
}

// settle reads a table until the sockets are as expected: even on loopback segments
// take a moment.
func settle(t testing.TB, tables Tables, rows []row, proto mib2.Protocol, dualKnown bool, parts mib2.Parts) []mib2.Socket {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		all := readAll(t, tables, proto, mib2.Filter{Parts: parts})
		wrong := ""
		for _, r := range rows {
			if r.want.Proto != proto {
				continue
			}
			if got, ok := find(t, all, r.fd.inode()); !ok {
				wrong += "\n" + r.name + ": no row"
			} else if !r.same(got, dualKnown) {
				wrong += "\n" + r.name + ": got " + describe(got) + ", want " + describe(r.want)
			}
		}
		if wrong == "" {
			return all
		}
		if time.Now().After(deadline) {
			t.Fatal(wrong)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// scene opens one socket of every kind.
func scene(t testing.TB) []row {
	t.Helper()
	var rows []row
	add := func(name string, s sock, state mib2.State, proto mib2.Protocol, family mib2.Family, remote netip.AddrPort, more func(*mib2.Socket)) {
		local := s.local()
		w := mib2.Socket{Proto: proto, Family: family, State: state, Local: local, Remote: remote}
		if more != nil {
			more(&w)
		}
		rows = append(rows, row{name, s, w})
	}
	fold := func(w *mib2.Socket) {
		w.V4Mapped, w.Local, w.Remote = true, unmap(w.Local), unmap(w.Remote)
	}
	dual := func(w *mib2.Socket) { w.Dual = true }

	for _, family := range families(t) {
		loop, unspecified := loop4, any4
		var dualIf6 func(*mib2.Socket)
		if family == mib2.Inet6 {
			loop, unspecified, dualIf6 = loop6, any6, dual
		}
		name := family.String() + " "
		add(name+"listener", newSock(t, mib2.TCP, family).bind(loop).listen(5), mib2.Listen, mib2.TCP, family, noPeer, nil)
		add(name+"any listener", newSock(t, mib2.TCP, family).bind(unspecified).listen(5), mib2.Listen, mib2.TCP, family, noPeer, dualIf6)
		client, server := pair(t, family, loop)
		add(name+"client", client, mib2.Established, mib2.TCP, family, server.local(), nil)
		add(name+"server", server, mib2.Established, mib2.TCP, family, client.local(), nil)
		client, server = pair(t, family, loop)
		client.shutdown()
		add(name+"half closed", client, mib2.FinWait2, mib2.TCP, family, server.local(), nil)
		add(name+"peer closed", server, mib2.CloseWait, mib2.TCP, family, client.local(), nil)
		if dumpsBound(t) {
			add(name+"bound", newSock(t, mib2.TCP, family).bind(loop), mib2.Bound, mib2.TCP, family, noPeer, nil)
			add(name+"any bound", newSock(t, mib2.TCP, family).bind(unspecified), mib2.Bound, mib2.TCP, family, noPeer, dualIf6)
		}
		full := newSock(t, mib2.TCP, family).bind(loop).listen(0)
		newSock(t, mib2.TCP, family).connect(full.local())
		add(name+"connecting", newSock(t, mib2.TCP, family).connectSoon(full.local()), mib2.SynSent, mib2.TCP, family, full.local(), nil)

		u := newSock(t, mib2.UDP, family).bind(loop)
		add(name+"udp", u, mib2.Idle, mib2.UDP, family, noPeer, nil)
		add(name+"any udp", newSock(t, mib2.UDP, family).bind(unspecified), mib2.Idle, mib2.UDP, family, noPeer, dualIf6)
		add(name+"udp connected", newSock(t, mib2.UDP, family).connect(u.local()), mib2.Connected, mib2.UDP, family, u.local(), nil)
		if family == mib2.Inet6 {
			add("v6only listener", newSock(t, mib2.TCP, family).setV6Only(true).bind(any6).listen(5), mib2.Listen, mib2.TCP, family, noPeer, nil)
			add("v6only udp", newSock(t, mib2.UDP, family).setV6Only(true).bind(any6), mib2.Idle, mib2.UDP, family, noPeer, nil)
			client, server = pair(t, family, mapped)
			add("mapped client", client, mib2.Established, mib2.TCP, mib2.Inet, server.local(), fold)
			add("mapped listener", newSock(t, mib2.TCP, family).bind(mapped).listen(5), mib2.Listen, mib2.TCP, mib2.Inet, noPeer,
				func(w *mib2.Socket) { fold(w); w.Remote = noPeer })
			u4 := newSock(t, mib2.UDP, mib2.Inet).bind(loop4)
			to := netip.AddrPortFrom(mapped, u4.local().Port())
			add("mapped udp connected", newSock(t, mib2.UDP, family).connect(to), mib2.Connected, mib2.UDP, mib2.Inet, to, fold)
		}
	}
	return rows
}

// families returns IPv6 too, unless the machine has it switched off.
func families(t testing.TB) []mib2.Family {
	t.Helper()
	if b, err := os.ReadFile("/proc/net/if_inet6"); err != nil || !strings.Contains(string(b), "00000000000000000000000000000001") {
		t.Logf("no ::1 on this machine: %v", err)
		return []mib2.Family{mib2.Inet}
	}
	return internetFamilies
}

// dumpsBound reports whether the kernel is 6.8 or later and shows bound sockets.
func dumpsBound(t testing.TB) bool {
	t.Helper()
	major, minor := kernelRelease(t)
	return major > 6 || major == 6 && minor >= 8
}

func kernelRelease(t testing.TB) (major, minor int) {
	t.Helper()
	b, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		t.Fatal(err)
	}
	p := procParser{fields: new([procFields][]byte)}
	parts := strings.FieldsFunc(string(b), func(r rune) bool { return r < '0' || r > '9' })
	major = int(p.number(0, []byte(parts[0]), 10, 1000))
	minor = int(p.number(0, []byte(parts[1]), 10, 1000))
	return major, minor
}
