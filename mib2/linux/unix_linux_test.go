package linux

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"unsafe"

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

// unixZoo makes Unix sockets of every kind, in a directory, and returns some of the clients.
// Their names have that of the directory in them.
func unixZoo(t *testing.T) (dir string, client map[string]sock) {
	t.Helper()
	dir, err := os.MkdirTemp("", "zoo") // that of the test is too long for a name
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	client = map[string]sock{}
	file, abstract := dir+"/", "@"+dir+"/"
	open := func(kind int) sock {
		fd, err := syscall.Socket(syscall.AF_UNIX, kind|syscall.SOCK_CLOEXEC, 0)
		s := sock{t, fd}
		s.check("socket", err)
		t.Cleanup(func() { syscall.Close(fd) })
		return s
	}
	bound := func(kind int, name string) sock {
		s := open(kind)
		s.check("bind", syscall.Bind(s.fd, &syscall.SockaddrUnix{Name: name}))
		return s
	}
	connected := func(kind int, name string) sock {
		s := open(kind)
		s.check("connect", syscall.Connect(s.fd, &syscall.SockaddrUnix{Name: name}))
		return s
	}
	for kind, name := range map[int]string{syscall.SOCK_STREAM: file + "stream", syscall.SOCK_SEQPACKET: abstract + "seqpacket"} {
		l := bound(kind, name).listen(4)
		connected(kind, name)
		l.accept()
		gone := connected(kind, name)
		client["served"] = gone
		server := l.accept()
		client["waiting "+name[:1]] = connected(kind, name)
		left := connected(kind, name) // waits, and its client is gone
		left.reset()
		server.reset()
	}
	log := bound(syscall.SOCK_DGRAM, file+"log")
	client["log"] = connected(syscall.SOCK_DGRAM, file+"log")
	log.reset()
	bound(syscall.SOCK_DGRAM, abstract+"log2")
	connected(syscall.SOCK_DGRAM, abstract+"log2")
	return dir, client
}

// Both ways list the same Unix sockets, in the same states: also those that wait to be
// accepted, and those whose peer is gone.
func TestUnixBothWays(t *testing.T) {
	dir, clients := unixZoo(t)
	read := func(way string) (list []string, byInode map[uint64]mib2.Socket) {
		byInode = map[uint64]mib2.Socket{}
		for _, s := range readAll(t, Tables{Way: way}, mib2.Unix, mib2.Filter{}) {
			if s.Inode != 0 || strings.Contains(s.Unix.Path, dir) {
				list = append(list, fmt.Sprintf("%v %v %d %s", s.Unix.Type, s.State, s.Inode, s.Unix.Path))
			}
			byInode[s.Inode] = s
		}
		slices.Sort(list)
		return list, byInode
	}
	byNetlink, rows := read(WayNetlink)
	byFile, _ := read(WayProc)
	if !slices.Equal(byNetlink, byFile) {
		t.Errorf("\nnetlink %s\nfile    %s", strings.Join(byNetlink, "\n        "), strings.Join(byFile, "\n        "))
	}
	if n := len(slices.DeleteFunc(slices.Clone(byNetlink), func(s string) bool { return !strings.Contains(s, " CONNECTED 0 ") })); n != 4 {
		t.Errorf("%d connections wait, want 4", n)
	}
	for name, want := range map[string]mib2.UnixInfo{
		"waiting /": {PeerPath: dir + "/stream", PeerAbstract: mib2.No},
		"waiting @": {PeerPath: "@" + dir + "/seqpacket", PeerAbstract: mib2.Yes},
		"log":       {}, "served": {}, // connected, to what is gone
	} {
		s := rows[clients[name].inode()]
		if s.State != mib2.Connected || s.Unix.PeerPath != want.PeerPath || s.Unix.PeerAbstract != want.PeerAbstract || s.Unix.PeerInode != 0 {
			t.Errorf("%s: %v %+v", name, s.State, s.Unix)
		}
	}
}

// Abstract names are told from files, and every NUL in them from "@".
func TestUnixNames(t *testing.T) {
	t.Chdir(t.TempDir())
	want := map[uint64]mib2.UnixInfo{}
	for name, info := range map[string]mib2.UnixInfo{
		"\x00zoo":         {Path: "@zoo", Abstract: mib2.Yes},
		"@zoo":            {Path: "@zoo", Abstract: mib2.No},
		"\x00a\x00b":      {Path: "@a\x00b", Abstract: mib2.Yes},
		"\x00a@b":         {Path: "@a@b", Abstract: mib2.Yes},
		"\x00ends\x00":    {Path: "@ends\x00", Abstract: mib2.Yes},
		"\x00@\xff\n\x1b": {Path: "@@\xff\n\x1b", Abstract: mib2.Yes},
	} {
		fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
		s := sock{t, fd}
		s.check("socket", err)
		defer syscall.Close(fd)
		// SockaddrUnix of package syscall takes "@" for a NUL.
		address := syscall.RawSockaddrUnix{Family: syscall.AF_UNIX}
		for i := range len(name) {
			address.Path[i] = int8(name[i])
		}
		_, _, errno := syscall.Syscall(syscall.SYS_BIND, uintptr(fd), uintptr(unsafe.Pointer(&address)), uintptr(2+len(name)))
		if errno != 0 {
			t.Fatal(errno)
		}
		want[s.inode()] = info
	}
	for _, way := range []string{WayNetlink, WayProc} {
		rows := readAll(t, Tables{Way: way}, mib2.Unix, mib2.Filter{})
		for inode, info := range want {
			got, _ := find(t, rows, inode)
			if way == WayProc { // where NUL looks like "@"
				info.Path, _, _ = strings.Cut(strings.ReplaceAll(info.Path, "\x00", "@"), "\n")
				if info.Abstract == mib2.Yes || info.Path[0] == '@' {
					info.Abstract = mib2.NotKnown
				}
				got.Unix.Path, _, _ = strings.Cut(got.Unix.Path, "\n")
			}
			if got.Unix == nil || got.Unix.Path != info.Path || got.Unix.Abstract != info.Abstract {
				t.Errorf("%s: %+v, want %+v", way, got.Unix, info)
			}
		}
	}
}
