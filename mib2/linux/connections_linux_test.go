package linux

import (
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"sockstat/mib2"
)

// newNamespace makes a network namespace that only the test keeps.
func newNamespace(t *testing.T, v *Visitor) *Namespace {
	t.Helper()
	own, err := os.Open("/proc/self/ns/net")
	if err != nil {
		t.Skip(err)
	}
	defer own.Close()
	here := &Namespace{Visitor: v, Enter: func() (int, error) { return syscall.Dup(int(own.Fd())) }}
	var file *os.File
	err = v.In(here, func() (err error) {
		if err := syscall.Unshare(syscall.CLONE_NEWNET); err != nil {
			return err
		}
		if file, err = os.Open("/proc/thread-self/ns/net"); err != nil {
			return err
		}
		return loopbackUp()
	})
	if errors.Is(err, fs.ErrPermission) {
		t.Skip("no network namespace can be made: ", err)
	} else if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	about, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return &Namespace{Visitor: v, NothingBound: true, Inode: about.Sys().(*syscall.Stat_t).Ino,
		Enter: func() (int, error) { return syscall.Dup(int(file.Fd())) },
		Files: func() (string, func() error) { return "", nil }}
}

// loopbackUp sets the loopback interface of the calling thread's namespace up.
func loopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	r, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	r.SetUint16(unix.IFF_UP)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, r)
}

// connectHere makes TCP connections of many kinds, of IPv4, IPv6 and mapped addresses: established ones, one
// not accepted, one half open, one closed by one side, and one in TIME_WAIT, whose ends nobody holds.
func connectHere(t *testing.T) {
	l4 := newSock(t, mib2.TCP, mib2.Inet).bind(loop4).listen(9)
	for range 70 { // more than are asked for at once
		newSock(t, mib2.TCP, mib2.Inet).connect(l4.local())
		l4.accept()
	}
	newSock(t, mib2.TCP, mib2.Inet6).connect(netip.AddrPortFrom(mapped, l4.local().Port())).write("unread")
	l4.accept()
	c := newSock(t, mib2.TCP, mib2.Inet).connect(l4.local())
	l4.accept().shutdown()
	c.shutdown()
	newSock(t, mib2.TCP, mib2.Inet).connect(l4.local()).shutdown()
	l4.accept()
	l6 := newSock(t, mib2.TCP, mib2.Inet6).bind(any6).listen(9)
	newSock(t, mib2.TCP, mib2.Inet6).connect(netip.AddrPortFrom(loop6, l6.local().Port()))
	l6.accept()
	newSock(t, mib2.TCP, mib2.Inet6).connect(netip.AddrPortFrom(loop6, l6.local().Port())) // not accepted
	newSock(t, mib2.TCP, mib2.Inet).dropAll().connectSoon(netip.AddrPortFrom(loop4, l6.local().Port()))
}

// readTCP reads the TCP sockets of a namespace, by request or by dump, as text in order.
func readTCP(t *testing.T, in *Namespace, c *Connections, calls Calls, f mib2.Filter) (rows []string, reader mib2.Reader) {
	t.Helper()
	there := *in
	there.Connections = c
	r, _, err := Tables{In: &there, Calls: calls}.Open(t.Context(), []mib2.Protocol{mib2.TCP}, f)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, s := range drain(t, r) {
		rows = append(rows, describeAll(s)+" "+strconv.Itoa(int(s.Interface)))
	}
	slices.Sort(rows)
	return rows, r
}

// asks reports whether a reader asks for connections.
func asks(r mib2.Reader) bool {
	f, ok := r.(*fallbackReader)
	if ok {
		_, ok = f.Reader.(*askReader)
	}
	return ok
}

// What is asked for one by one is what a dump has, and if that goes wrong there is a dump.
func TestAskForConnections(t *testing.T) {
	v := NewVisitor(Calls{})
	defer v.Close()
	in, other := newNamespace(t, v), newNamespace(t, v)
	if err := v.In(in, func() error { connectHere(t); return nil }); err != nil {
		t.Fatal(err)
	}
	var found connections
	// The tests are in a namespace with a table of its own.
	err := v.In(other, func() error {
		var c Connections
		c.walk = func(groups int, f *connections) error {
			err := walkKernel(groups, f)
			found = *f
			return err
		}
		_, buckets, ok := (&tables{proc: "/proc", calls: Calls{}.orReal(), ctx: t.Context()}).sharedTable()
		if !ok {
			return errors.New("no table of connections that namespaces share")
		}
		c.walkAll(1000, buckets)
		if c.found == nil {
			return errors.New("BPF cannot be asked")
		}
		return nil
	})
	if err != nil {
		t.Skip(err)
	}
	zone := uint32(in.Inode)
	again := func(list []connection) *Connections {
		return &Connections{least: 1 << 20, walked: true, found: &connections{of: map[uint32][]connection{zone: list}}}
	}
	list := found.of[zone]
	for name, f := range map[string]mib2.Filter{
		"all": {}, "parts": {Parts: everything}, "time wait": {States: []mib2.State{mib2.TimeWait}},
		"half open": {States: []mib2.State{mib2.SynRcvd, mib2.Listen}},
		"port":      {RemotePorts: []mib2.PortRange{{Lo: list[0].remotePort(), Hi: list[0].remotePort()}}},
	} {
		want, r := readTCP(t, in, nil, Calls{}, f)
		if asks(r) || len(want) == 0 {
			t.Fatalf("%s: %d rows", name, len(want))
		}
		got, r := readTCP(t, in, again(list), Calls{}, f)
		if !asks(r) || !slices.Equal(got, want) {
			t.Errorf("%s: asked %v\ngot  %q\nwant %q", name, asks(r), got, want)
		}
	}
	want, _ := readTCP(t, in, nil, Calls{}, mib2.Filter{})
	gone := list[0]
	gone.id[0] ^= 1
	if got, _ := readTCP(t, in, again(append(slices.Clone(list), gone, list[1])), Calls{}, mib2.Filter{}); !slices.Equal(got, want) {
		t.Errorf("with one that is gone and one twice:\ngot  %q\nwant %q", got, want)
	}
	for name, change := range map[string]func(reply []byte) error{
		"no room":         func([]byte) error { return syscall.ENOBUFS },
		"another address": func(b []byte) error { b[nlmsgHeaderLen+8] ^= 1; return nil },
		"another request": func(b []byte) error { b[8] ^= 0x80; return nil },
		"an error": func(b []byte) error {
			b[4] = nlmsgError
			copy(b[nlmsgHeaderLen:], errnoData(syscall.EPERM))
			return nil
		},
	} {
		received := 0
		calls := Calls{Receive: func(fd int, b []byte) (int, bool, uint32, error) {
			n, cut, sender, err := realCalls.Receive(fd, b)
			if n > 8 && b[8] == 9 { // the request of that number
				received++
				if err := change(b[:n]); err != nil {
					return 0, false, 0, err
				}
			}
			return n, cut, sender, err
		}}
		got, _ := readTCP(t, in, again(list), calls, mib2.Filter{})
		if received == 0 || !slices.Equal(got, want) {
			t.Errorf("%s, %d times:\ngot  %q\nwant %q", name, received, got, want)
		}
	}
}
