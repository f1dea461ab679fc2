package main

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

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
