package mib2

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// A listener, both ends of a connection to it, an abstract datagram socket and a
// connection that nobody accepted are found, by netlink and in /proc/net/unix.
func TestLiveUnix(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a socket")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	a, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	abstract := "@sockstat-test-" + filepath.Base(filepath.Dir(path))
	d, err := net.ListenPacket("unixgram", abstract)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for way, source := range map[string]string{"": "netlink", "netlink": "netlink", "proc": "/proc/net/unix (SOCKSTAT_TABLES=proc)"} {
		t.Setenv("SOCKSTAT_TABLES", way)
		all, from, err := OpenUnix(t.Context())
		if way == "" && err == nil && from != source {
			t.Log("read from", from)
		} else if err != nil || from != source {
			t.Fatalf("SOCKSTAT_TABLES=%s: read from %q, %v", way, from, err)
		}
		find := func(what string, is func(s *UnixSocket) bool) *UnixSocket {
			t.Helper()
			i := slices.IndexFunc(all, func(s UnixSocket) bool { return is(&s) })
			if i < 0 {
				t.Errorf("%s: no %s", way, what)
				return &UnixSocket{}
			}
			return &all[i]
		}
		listener := find("listener", func(s *UnixSocket) bool { return s.Path == path && s.State == Listen })
		server := find("server", func(s *UnixSocket) bool { return s.Path == path && s.State == Connected })
		datagram := find("datagram socket", func(s *UnixSocket) bool { return s.Path == abstract })
		if datagram.Type != Datagram || datagram.State != Bound || listener.Type != Stream || listener.Inode == 0 {
			t.Errorf("%s: %+v %+v", way, *datagram, *listener)
		}
		if server.PeerInode == 0 {
			continue // /proc/net/unix does not tell
		}
		client := find("client", func(s *UnixSocket) bool { return s.Inode == server.PeerInode })
		if client.PeerPath != path || client.PeerInode != server.Inode || client.State != Connected {
			t.Errorf("%s: client %+v of %+v", way, *client, *server)
		}
		if listener.HasUID && int(listener.UID) != os.Getuid() || listener.BoundInode == 0 {
			t.Errorf("%s: listener %+v", way, *listener)
		}
	}
}
