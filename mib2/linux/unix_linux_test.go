package linux

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"sockstat/mib2"
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
		r, _, err := Tables{Way: way}.Open(t.Context(), []mib2.Protocol{mib2.Unix}, mib2.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		all, err := all(r)
		if from := r.(mib2.Sourcer).Source(); way == "" && err == io.EOF && from != source {
			t.Log("read from", from)
		} else if err != io.EOF || from != source {
			t.Fatalf("%s: read from %q, %v", way, from, err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		find := func(what string, is func(s *mib2.Socket) bool) *mib2.Socket {
			t.Helper()
			i := slices.IndexFunc(all, func(s mib2.Socket) bool { return is(&s) })
			if i < 0 {
				t.Errorf("%s: no %s", way, what)
				return &mib2.Socket{Unix: &mib2.UnixInfo{}}
			}
			return &all[i]
		}
		listener := find("listener", func(s *mib2.Socket) bool { return s.Unix.Path == path && s.State == mib2.Listen })
		server := find("server", func(s *mib2.Socket) bool { return s.Unix.Path == path && s.State == mib2.Connected })
		datagram := find("datagram socket", func(s *mib2.Socket) bool { return s.Unix.Path == abstract })
		if datagram.Unix.Type != mib2.Datagram || datagram.State != mib2.Bound || listener.Unix.Type != mib2.Stream || listener.Inode == 0 {
			t.Errorf("%s: %+v %+v", way, *datagram, *listener)
		}
		if server.Unix.PeerInode == 0 {
			continue // /proc/net/unix does not tell
		}
		client := find("client", func(s *mib2.Socket) bool { return s.Inode == server.Unix.PeerInode })
		if client.Unix.PeerPath != path || client.Unix.PeerInode != server.Inode || client.State != mib2.Connected {
			t.Errorf("%s: client %+v of %+v", way, *client.Unix, *server.Unix)
		}
		if !listener.Unix.NoUID && int(listener.UID) != os.Getuid() || listener.Unix.BoundInode == 0 {
			t.Errorf("%s: listener %+v %+v", way, *listener, *listener.Unix)
		}
	}
}
