package linux

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"sockstat/mib2"
)

// The loopback interface, its addresses and routes are in every network namespace.
func TestNetworkOfLoopback(t *testing.T) {
	n := Network{}
	interfaces, err := n.Interfaces(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all, err := net.Interfaces()
	if err != nil || len(all) != len(interfaces) {
		t.Errorf("%d interfaces instead of %d, %v", len(interfaces), len(all), err)
	}
	i := slices.IndexFunc(interfaces, func(i mib2.Interface) bool { return i.Name == "lo" })
	if i < 0 {
		t.Fatalf("no loopback: %+v", interfaces)
	}
	lo := interfaces[i]
	if lo.Type != "loopback" || lo.MTU == 0 || !strings.Contains(lo.Flags, "UP,LOOPBACK") || !lo.HasStats || lo.State != "UNKNOWN" || lo.Link != 0 {
		t.Errorf("%+v", lo)
	}
	addresses, err := n.Addresses(t.Context())
	if err != nil || !slices.ContainsFunc(addresses, func(a mib2.Address) bool {
		return a.Prefix.String() == "127.0.0.1/8" && a.Interface == lo.Index && a.Flags == "permanent" && a.Valid == mib2.Forever
	}) {
		t.Errorf("%+v, %v", addresses, err)
	}
	routes, err := n.Routes(t.Context())
	if err != nil || !slices.ContainsFunc(routes, func(r mib2.Route) bool {
		return r.Destination.String() == "127.0.0.0/8" && r.Interface == lo.Index && r.Table == "local" && r.Type == "local" && r.Protocol == "kernel" &&
			r.Source.String() == "127.0.0.1" && r.Scope == "host"
	}) {
		t.Errorf("%+v, %v", routes, err)
	}
}

// counter returns the value of a counter.
func counter(t *testing.T, protocol, name string) int64 {
	t.Helper()
	all, err := Network{}.Counters(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if c.Protocol == protocol && c.Name == name {
			return c.Value
		}
	}
	t.Fatalf("no counter %s of %s", name, protocol)
	return 0
}

// A connection is counted, a datagram to a port where nobody is too.
func TestCountersCount(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	opens, parsed := counter(t, "Tcp", "ActiveOpens"), counter(t, "TcpExt", "ListenOverflows")
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if now := counter(t, "Tcp", "ActiveOpens"); now <= opens || parsed < 0 {
		t.Errorf("%d connections were opened before, %d after", opens, now)
	}
}

func TestSettings(t *testing.T) {
	want, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	if err != nil {
		t.Skip(err)
	}
	all, err := Network{}.Settings(t.Context(), func(name string) bool { return !strings.Contains(name, "bridge") })
	if err != nil || len(all) < 50 {
		t.Fatalf("%d settings, %v", len(all), err)
	}
	one, err := Network{}.Settings(t.Context(), func(name string) bool { return name == "net.ipv4.ip_local_port_range" })
	if err != nil || len(one) != 1 || one[0].Value != strings.Join(strings.Fields(string(want)), " ") || !slices.Contains(all, one[0]) {
		t.Errorf("%+v, %v", one, err)
	}
	for _, path := range []string{"net/ipv4/conf/eth0.5/rp_filter", "net/core/somaxconn"} {
		if name := settingName(path); settingName(name) != path || strings.Contains(name, "5.rp") && !strings.Contains(name, "eth0/5.rp") {
			t.Errorf("%s is %s", path, name)
		}
	}
}

// A call that fails makes an error of the reading, or is made again; what may not be seen is
// left out.
func TestNetworkThatFails(t *testing.T) {
	for name, read := range map[string]func(Network) (int, error){
		"interfaces": func(n Network) (int, error) { rows, err := n.Interfaces(t.Context()); return len(rows), err },
		"routes":     func(n Network) (int, error) { rows, err := n.Routes(t.Context()); return len(rows), err },
		"counters":   func(n Network) (int, error) { rows, err := n.Counters(t.Context()); return len(rows), err },
		"settings": func(n Network) (int, error) {
			rows, err := n.Settings(t.Context(), func(name string) bool { return name == "net.core.somaxconn" })
			return len(rows), err
		},
	} {
		whole, err := read(Network{})
		if err != nil || whole == 0 {
			t.Fatalf("%s: %d rows, %v", name, whole, err)
		}
		for _, fails := range []error{syscall.EINTR, syscall.EIO, syscall.EMFILE} {
			for at := 1; at < 12; at++ {
				calls, open := failing(at, fails)
				n, err := read(Network{Calls: calls})
				if err == nil && n != whole && fails == syscall.EINTR || err != nil && fails == syscall.EINTR {
					t.Errorf("%s, call %d interrupted: %d rows instead of %d, %v", name, at, n, whole, err)
				}
				if err != nil && !errors.Is(err, fails) {
					t.Errorf("%s, call %d fails: %v", name, at, err)
				}
				if len(open) > 0 {
					t.Errorf("%s, call %d fails: %d left open", name, at, len(open))
				}
			}
		}
	}
	if _, err := (Network{Proc: "/nonexistent"}).Counters(t.Context()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without proc: %v", err)
	}
}

// failing returns calls of which the numbered one fails, and the descriptors that are open.
func failing(at int, with error) (Calls, map[int]bool) {
	made, open := 0, map[int]bool{}
	fail := func() bool { made++; return made == at }
	opened := func(fd int, err error) (int, error) {
		if err == nil {
			open[fd] = true
		}
		return fd, err
	}
	return Calls{
		RouteSocket: func() (int, error) {
			if fail() {
				return -1, with
			}
			return opened(realCalls.RouteSocket())
		},
		Send: func(fd int, b []byte) error {
			if fail() {
				return with
			}
			return realCalls.Send(fd, b)
		},
		Receive: func(fd int, b []byte) (int, bool, uint32, error) {
			if fail() {
				return 0, false, 0, with
			}
			return realCalls.Receive(fd, b)
		},
		Open: func(path string) (int, error) {
			if fail() {
				return -1, with
			}
			return opened(realCalls.Open(path))
		},
		Read: func(fd int, b []byte) (int, error) {
			if fail() {
				return 0, with
			}
			return realCalls.Read(fd, b)
		},
		Close: func(fd int) error {
			delete(open, fd)
			return realCalls.Close(fd)
		},
		ReadDir: func(path string) ([]fs.DirEntry, error) {
			if fail() && with != syscall.EINTR { // os.ReadDir tries again by itself
				return nil, with
			}
			return realCalls.ReadDir(path)
		},
	}, open
}
