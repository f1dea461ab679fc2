package vtab

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"sockstat/vtab/engine"
)

// elsewhereListener listens at an address in a new network namespace and returns the socket,
// which alone keeps the namespace, and its inode.
func elsewhereListener(t *testing.T, port int) (namespace uint64) {
	t.Helper()
	fd := -1
	err := onNewThread(func() error {
		var st unix.Stat_t
		if err := unix.Stat("/proc/thread-self/ns/net", &st); err != nil {
			return err
		}
		namespace = st.Ino
		var err error
		if fd, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0); err != nil {
			return err
		}
		if err := unix.Bind(fd, &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
			return err
		}
		return unix.Listen(fd, 9)
	})
	if fd >= 0 {
		t.Cleanup(func() { unix.Close(fd) })
	}
	if err != nil {
		t.Skip("no network namespace can be made: ", err)
	}
	return namespace
}

// Listeners at one address in the caller's namespace and in two that nothing but a socket keeps:
// each is shown once, in its own zone.
func TestNamespacesOfSockets(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("others may not enter a network namespace")
	}
	_, port := listen(t)
	want := []string{}
	db := openMachineLive(t, Selection{})
	own := query(t, db, "SELECT zone FROM sockets WHERE local_port = %d AND state = 'LISTEN'", port)
	if len(own) != 1 {
		t.Fatalf("own listener: %q", own)
	}
	want = append(want, own[0]+" 1")
	for range 2 {
		want = append(want, fmt.Sprintf("netns:%d 1", elsewhereListener(t, port)))
	}
	equal(t, query(t, db, "SELECT zone, count(*) FROM sockets WHERE local_port = %d GROUP BY 1", port), want[0])
	db = openMachineLive(t, Selection{All: true})
	const sql = "SELECT s.zone, count(DISTINCT s.inode) FROM %s s WHERE s.local_port = %d AND s.state = 'LISTEN' GROUP BY 1"
	if way := query(t, db, "SELECT count(*) FROM zones WHERE name = '%s'", strings.TrimSuffix(want[1], " 1")); way[0] != "1" {
		t.Skip("BPF cannot be asked, so that namespaces of sockets are not found")
	}
	equal(t, query(t, db, sql, "sockets", port), slices.Clone(want)...)
	equal(t, query(t, db, sql, "tcp", port), slices.Clone(want)...)
	db = openMachineLive(t, Selection{Only: []string{strings.TrimSuffix(want[1], " 1")}})
	equal(t, query(t, db, sql, "tcp", port), want[1])
	// The program itself has not moved.
	equal(t, query(t, openMachineLive(t, Selection{}), sql, "tcp", port), want[0])
}

// openMachineLive opens a database on this machine that reads the sockets of some zones.
func openMachineLive(t *testing.T, s Selection) *engine.DB {
	t.Helper()
	m := Live()
	if err := m.Select(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	return openMachine(t, m)
}
