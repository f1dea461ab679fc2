package linux

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sockstat/mib2"
)

// everyKind are all events.
const everyKind = ^mib2.EventKinds(0)

// watching is an EventReader that is read in the background.
type watching struct {
	t      testing.TB
	reader mib2.EventReader
	found  chan []mib2.Event
	all    []mib2.Event
}

// watch watches in a way, which has to work unless it takes rights that we lack.
func watch(t testing.TB, way string, kinds mib2.EventKinds) *watching {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, err := Events{Way: way}.Watch(ctx, mib2.EventFilter{Kinds: kinds})
	if err != nil {
		cancel()
		if errors.Is(err, unix.EPERM) || errors.Is(err, os.ErrNotExist) || strings.Contains(err.Error(), "PID namespace") {
			t.Skip(err)
		}
		t.Fatal(err)
	}
	w := &watching{t: t, reader: r, found: make(chan []mib2.Event, 1024)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			events, err := r.Read(nil)
			if err != nil {
				if !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
				return
			}
			w.found <- events
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
		r.Close()
	})
	return w
}

// until reads until n events of a socket with the port at an end were seen, and returns them.
func (w *watching) until(port uint16, n int) []mib2.Event {
	w.t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		of := w.of(port)
		if len(of) >= n {
			return of
		}
		select {
		case events := <-w.found:
			w.all = append(w.all, events...)
		case <-deadline:
			w.t.Fatalf("%d events instead of %d: %s", len(of), n, tell(of, 0))
		}
	}
}

func (w *watching) of(port uint16) (of []mib2.Event) {
	for _, e := range w.all {
		if e.Local.Port() == port || e.Remote.Port() == port {
			of = append(of, e)
		}
	}
	return of
}

// tell says the events at the client's end, where the server's port is the given one, or at
// the server's.
func tell(events []mib2.Event, server uint16) string {
	var told []string
	for _, e := range events {
		end := "client"
		if e.Local.Port() == server {
			end = "server"
		}
		text := fmt.Sprintf("%s %v", end, e.Kind)
		if e.Opening != 0 {
			text += fmt.Sprintf(" by %v", e.Opening)
		}
		if e.Ending != 0 {
			text += fmt.Sprintf(": %v", e.Ending)
		}
		if e.HasBytes {
			text += fmt.Sprintf(", %d and %d bytes", e.BytesSent, e.BytesReceived)
		}
		told = append(told, text)
	}
	slices.Sort(told)
	return strings.Join(told, "\n")
}

func (s sock) close() {
	s.t.Helper()
	s.check("close", syscall.Close(s.fd))
	s.stayClosed()
}

// stayClosed takes the place of a closed descriptor, so that the end of the test closes
// nothing else.
func (s sock) stayClosed() {
	fd, err := syscall.Open("/dev/null", syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	s.check("open", err)
	if fd != s.fd {
		s.check("dup", syscall.Dup3(fd, s.fd, syscall.O_CLOEXEC))
		syscall.Close(fd)
	}
}

func (s sock) receive() string {
	s.t.Helper()
	b := make([]byte, 100)
	n, err := syscall.Read(s.fd, b)
	s.check("read", err)
	return string(b[:n])
}

// dropAll has the socket receive nothing any more: a classic BPF program that returns 0.
func (s sock) dropAll() sock {
	s.t.Helper()
	code := []unix.SockFilter{{Code: unix.BPF_RET}}
	s.check("SO_ATTACH_FILTER", unix.SetsockoptSockFprog(s.fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER,
		&unix.SockFprog{Len: 1, Filter: &code[0]}))
	return s
}

// ends are the ways in which a connection ends, with what is told of both sides of it.
var ends = []struct {
	name string
	do   func(client, server sock)
	want string
}{
	{"client first", func(client, server sock) {
		client.write("hello").close()
		server.receive()
		server.receive()
		server.close()
	}, "client closed by connect: closed, 5 and 0 bytes\nserver closed by accept: closed, 0 and 5 bytes"},
	{"server first", func(client, server sock) {
		client.write("hello")
		server.receive()
		server.write("good day").close()
		client.receive()
		client.receive()
		client.close()
	}, "client closed by connect: closed, 5 and 8 bytes\nserver closed by accept: closed, 8 and 5 bytes"},
	{"half-close", func(client, server sock) {
		client.write("hello").shutdown()
		server.receive()
		server.receive()
		server.write("good day").close()
		client.receive()
		client.receive()
		client.close()
	}, "client closed by connect: closed, 5 and 8 bytes\nserver closed by accept: closed, 8 and 5 bytes"},
	{"unread data", func(client, server sock) {
		client.write("hello")
		server.close()
		if _, err := syscall.Read(client.fd, make([]byte, 1)); err != syscall.ECONNRESET {
			client.t.Error(err)
		}
		client.close()
	}, "client closed by connect: reset, 5 and 0 bytes\nserver closed by accept: aborted, 0 and 5 bytes"},
	{"linger", func(client, server sock) {
		client.check("SO_LINGER", syscall.SetsockoptLinger(client.fd, syscall.SOL_SOCKET, syscall.SO_LINGER, &syscall.Linger{Onoff: 1}))
		client.close()
		server.close()
	}, "client closed by connect: aborted, 0 and 0 bytes\nserver closed by accept: reset, 0 and 0 bytes"},
	{"reset after the end", func(client, server sock) {
		client.shutdown()
		server.receive()
		client.check("SO_LINGER", syscall.SetsockoptLinger(server.fd, syscall.SOL_SOCKET, syscall.SO_LINGER, &syscall.Linger{Onoff: 1}))
		server.close()
		client.close()
	}, "client closed by connect: reset, 0 and 0 bytes\nserver closed by accept: aborted, 0 and 0 bytes"},
	{"no answer", func(client, server sock) {
		server.dropAll()
		client.check("TCP_USER_TIMEOUT", unix.SetsockoptInt(client.fd, unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, 1))
		client.write("hello")
		if _, err := syscall.Read(client.fd, make([]byte, 1)); err != syscall.ETIMEDOUT {
			client.t.Error(err)
		}
		client.close()
		client.check("SO_DETACH_FILTER", unix.SetsockoptInt(server.fd, unix.SOL_SOCKET, unix.SO_DETACH_FILTER, 0))
		server.write("too late") // to nobody: the answer is RST
		server.close()
	}, "client closed by connect: timed_out, N and 0 bytes\nserver closed by accept: reset, 8 and 0 bytes"}, // N: what is sent again counts
}

// What BPF tells of connections of each family and of each way to end them.
func TestConnections(t *testing.T) {
	w := watch(t, "bpf", everyKind)
	for _, of := range []struct {
		family mib2.Family
		to     netip.Addr
	}{{mib2.Inet, loop4}, {mib2.Inet6, loop6}, {mib2.Inet6, mapped}} {
		for _, end := range ends {
			if end.name == "no answer" && of.to != loop4 {
				continue // takes a while
			}
			client, server := pair(t, of.family, of.to)
			at, from := unmap(server.local()), unmap(client.local())
			end.do(client, server)
			events := w.until(from.Port(), 4)
			want := "client opened by connect\n" + end.want + "\nserver accepted by accept"
			lines := strings.Split(want, "\n")
			slices.Sort(lines)
			got := regexp.MustCompile(`timed_out, \d+`).ReplaceAllString(tell(events, at.Port()), "timed_out, N")
			if got != strings.Join(lines, "\n") {
				t.Errorf("%s to %v: got\n%s", end.name, of.to, got)
			}
			for _, e := range events {
				checkEvent(t, end.name, e, from, at, of.to.Is4In6())
			}
		}
	}
	if lost := w.reader.Lost(); lost != 0 {
		t.Errorf("%d events were lost", lost)
	}
}

// checkEvent checks what holds for all events between two ends, both of this process.
func checkEvent(t *testing.T, name string, e mib2.Event, client, server netip.AddrPort, mapped bool) {
	t.Helper()
	local, remote, pid := client, server, int32(os.Getpid())
	if e.Opening == mib2.ByAccept {
		local, remote = server, client
	}
	if e.Kind == mib2.Accepted || e.Opening == mib2.ByAccept && e.Ending == mib2.Reset { // nobody has done it
		pid = 0
	}
	if e.Local != local || e.Remote != remote || e.PID != pid || (e.Command != "") != (pid != 0) {
		t.Errorf("%s: %v %v > %v of %d %q", name, e.Kind, e.Local, e.Remote, e.PID, e.Command)
	}
	if e.Proto != mib2.TCP || e.UID != uint32(os.Getuid()) || !e.HasUID || e.Cookie == 0 || e.Zone != 0 || e.V4Mapped != (mapped && local == client) {
		t.Errorf("%s: %+v", name, e)
	}
	if old := time.Since(e.Time); old < -time.Second || old > time.Minute {
		t.Errorf("%s: %v ago", name, old)
	}
	if e.Kind != mib2.Accepted && (e.Duration <= 0 || e.Duration > time.Minute) {
		t.Errorf("%s: %v lasted %v", name, e.Kind, e.Duration)
	}
}

// Connections that never were.
func TestFailedConnections(t *testing.T) {
	w := watch(t, "bpf", everyKind)
	l := newSock(t, mib2.TCP, mib2.Inet).bind(loop4) // does not listen
	port := l.local().Port()
	refused := newSock(t, mib2.TCP, mib2.Inet)
	if err := syscall.Connect(refused.fd, sockaddr(netip.AddrPortFrom(loop4, port))); err != syscall.ECONNREFUSED {
		t.Fatal(err)
	}
	if got := tell(w.until(port, 1), port); got != "client refused by connect: refused, 0 and 0 bytes" {
		t.Error(got)
	}
	l.listen(1).dropAll()
	given := newSock(t, mib2.TCP, mib2.Inet).connectSoon(netip.AddrPortFrom(loop4, port))
	given.close()
	events := w.until(port, 3)
	want := "client failed by connect: aborted, 0 and 0 bytes\nclient refused by connect: refused, 0 and 0 bytes\nserver listening"
	if got := tell(events, port); got != want {
		t.Error(got)
	}
	l.close()
	events = w.until(port, 4)
	for _, e := range events {
		if e.PID != int32(os.Getpid()) || e.Command == "" {
			t.Errorf("%v by %d %q", e.Kind, e.PID, e.Command)
		}
	}
}

// A connection that was open before tells who closes it, but not when it began.
func TestOldConnections(t *testing.T) {
	client, server := pair(t, mib2.Inet, loop4)
	w := watch(t, "bpf", everyKind)
	port := server.local().Port()
	client.close()
	server.receive()
	server.close()
	for _, e := range w.until(port, 2) {
		if e.Kind != mib2.Disconnected || e.Opening != 0 || e.Duration >= 0 || e.PID != int32(os.Getpid()) {
			t.Errorf("%+v", e)
		}
	}
}

// acceptVariable has the program of the tests accept a connection at its descriptor 3.
const acceptVariable = "SOCKSTAT_TEST_ACCEPT"

// acceptForTest accepts a connection, reads what there is, and ends.
func acceptForTest() {
	if os.Getenv(acceptVariable) == "" {
		return
	}
	fd, _, err := syscall.Accept(3)
	if err != nil {
		panic(err)
	}
	syscall.Read(fd, make([]byte, 100))
	os.Exit(0)
}

// One process listens and another accepts: who ends tells that it had the connection.
func TestAcceptByAnotherProcess(t *testing.T) {
	w := watch(t, "bpf", everyKind)
	l := newSock(t, mib2.TCP, mib2.Inet).bind(loop4).listen(1)
	at := l.local()
	fd, err := syscall.Dup(l.fd)
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command("/proc/self/exe")
	child.Env = append(os.Environ(), acceptVariable+"=1")
	child.ExtraFiles = []*os.File{os.NewFile(uintptr(fd), "listener")}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	client := newSock(t, mib2.TCP, mib2.Inet).connect(at).write("hello")
	if err := child.Wait(); err != nil {
		t.Fatal(err)
	}
	from := client.local().Port()
	client.close()
	for _, e := range w.until(from, 4) {
		want := os.Getpid()
		switch {
		case e.Kind == mib2.Accepted:
			want = 0
		case e.Opening == mib2.ByAccept:
			want = child.Process.Pid
		}
		if int(e.PID) != want {
			t.Errorf("%v by %v: process %d instead of %d", e.Kind, e.Opening, e.PID, want)
		}
	}
}

// None of many short connections is lost, and none comes twice.
func TestManyShortConnections(t *testing.T) {
	for way, n := range map[string]int{"bpf": 2000, "netlink": 300} { // which is not told the port of one that ends by RST
		t.Run(way, func(t *testing.T) {
			w := watch(t, way, mib2.EventKindsOf(mib2.ConnectionEvents...))
			l := newSock(t, mib2.TCP, mib2.Inet).bind(loop4).listen(16)
			at := l.local()
			for range n {
				shortConnection(t, at, l, way == "bpf")
			}
			each := 4 // opened, accepted, and closed at both ends
			if way == "netlink" {
				each = 2
			}
			counts := map[string]int{}
			for _, e := range w.until(at.Port(), each*n) {
				counts[fmt.Sprint(e.Kind, " ", e.Local.Port() == at.Port())]++
			}
			for what, count := range counts {
				if count != n {
					t.Errorf("%s: %d", what, count)
				}
			}
			if lost := w.reader.Lost(); len(counts) != each || lost != 0 {
				t.Errorf("%v, %d lost", counts, lost)
			}
		})
	}
}

// shortConnection makes a connection and ends it, by RST if many are made: that leaves nothing in
// TIME_WAIT, for which a namespace has little room.
func shortConnection(t testing.TB, at netip.AddrPort, l sock, many bool) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Connect(fd, sockaddr(at)); err != nil {
		t.Fatal(err)
	}
	server, _, err := syscall.Accept4(l.fd, syscall.SOCK_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	if many {
		if err := syscall.SetsockoptLinger(fd, syscall.SOL_SOCKET, syscall.SO_LINGER, &syscall.Linger{Onoff: 1}); err != nil {
			t.Fatal(err)
		}
	}
	syscall.Close(fd)
	syscall.Close(server)
}

// Only what is asked for is told.
func TestWantedEvents(t *testing.T) {
	w := watch(t, "bpf", mib2.EventKindsOf(mib2.Disconnected))
	client, server := pair(t, mib2.Inet, loop4)
	port, at := client.local().Port(), server.local().Port()
	client.close()
	server.close()
	if got := tell(w.until(port, 2), at); strings.Count(got, "\n") != 1 || strings.Count(got, ": closed") != 2 {
		t.Error(got)
	}
}

// Without BPF the end of connections is told, with less.
func TestDestroyedConnections(t *testing.T) {
	w := watch(t, "netlink", everyKind)
	client, server := pair(t, mib2.Inet6, mapped)
	from, at := unmap(client.local()), server.local()
	client.write("hello").close()
	server.receive()
	server.receive()
	server.write("too late")
	server.close()
	events := w.until(from.Port(), 2)
	want := "client closed, 5 and 0 bytes\nserver closed, 8 and 6 bytes" // the FIN counts
	if got := tell(events, at.Port()); got != want {
		t.Errorf("got\n%s", got)
	}
	for _, e := range events {
		local := at
		if e.V4Mapped {
			local = from
		}
		if e.Local != local || e.PID != 0 || e.HasUID || e.Duration >= 0 || e.Cookie == 0 || e.Info != nil {
			t.Errorf("%+v", e)
		}
	}
	unused := newSock(t, mib2.TCP, mib2.Inet).bind(loop4)
	port := unused.local().Port()
	refused := newSock(t, mib2.TCP, mib2.Inet)
	refused.connectSoon(netip.AddrPortFrom(loop4, port)) // one that waits has forgotten the port
	refused.close()
	if got := tell(w.until(port, 1), port); got != "client refused: refused, 0 and 0 bytes" {
		t.Error(got)
	}
	if !strings.Contains(w.reader.Limits(), "without BPF") || w.reader.Source() != "netlink (SOCKSTAT_EVENTS)" {
		t.Errorf("%q, %q", w.reader.Limits(), w.reader.Source())
	}
}

// Losses are counted: here nobody reads.
func TestDestroyedEventsLost(t *testing.T) {
	r, err := watchDestroyed(t.Context(), mib2.EventFilter{}, "test")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	_ = r.raw.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, 1)
	})
	if err != nil {
		t.Fatal(err)
	}
	l := newSock(t, mib2.TCP, mib2.Inet).bind(loop4).listen(16)
	for n := 0; r.Lost() == 0; n++ { // the kernel tells it a little later
		if n == 10000 {
			t.Fatal("nothing was lost")
		}
		shortConnection(t, l.local(), l, true)
		r.countLost()
	}
}

// The end of the context ends the waiting.
func TestWatchEnds(t *testing.T) {
	for _, way := range []string{"", "netlink"} {
		why := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		r, err := Events{Way: way}.Watch(ctx, mib2.EventFilter{Kinds: mib2.EventKindsOf(mib2.Refused)})
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(10*time.Millisecond, func() { cancel(why) })
		start := time.Now()
		for err == nil {
			_, err = r.Read(nil)
		}
		if took := time.Since(start); err != why || took > 5*time.Second {
			t.Errorf("%q: %v after %v", way, err, took)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := (Events{Way: "crystal"}).Watch(t.Context(), mib2.EventFilter{}); err == nil || !strings.Contains(err.Error(), "have bpf, netlink") {
		t.Error(err)
	}
}
