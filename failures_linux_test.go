package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// afterwards runs the program after a shell has prepared its surroundings, in a mount namespace
// of its own, where "$@" is the program.
func afterwards(t *testing.T, prepare string, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	for _, tool := range []string{"unshare", "mount", "setpriv"} {
		if _, err := exec.LookPath(tool); err != nil || os.Getuid() != 0 {
			t.Skip("needs root and ", tool)
		}
	}
	cmd := exec.Command("unshare", append([]string{"--mount", "sh", "-ec", prepare, "sh", testBinary(t)}, args...)...)
	cmd.Env = append(os.Environ(), "SOCKSTAT_TEST_MAIN=1")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// testBinary returns a copy of the test binary that others than root may run.
func testBinary(t *testing.T) string {
	dir, err := os.MkdirTemp("/tmp", "sockstat")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	b, err := os.ReadFile(os.Args[0])
	if err == nil {
		err = errors.Join(os.Chmod(dir, 0o755), os.WriteFile(dir+"/sockstat", b, 0o755))
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir + "/sockstat"
}

// What cannot be read is an error, or costs what it would have told, with a word; nothing is 0
// or absent for want of a look at it.
func TestWhatCannotBeRead(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
	const (
		noProc   = `mount -t tmpfs none /proc; exec "$@"`
		nobody   = `exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"`
		hidden   = `mount -t proc -o hidepid=1 none /proc; ` + nobody
		noPasswd = `f=$(mktemp); cp /etc/passwd $f; chmod 600 $f; mount --bind $f /etc/passwd; rm $f; ` + nobody
		fewFiles = `ulimit -n 8; exec "$@"`
	)
	listener := "SELECT command, owner_status FROM sockets WHERE local_port = " + port
	for _, test := range []struct {
		name, prepare, sql string
		out, said          string // status 0 if out is not empty
	}{
		{"processes without proc", noProc, "SELECT count(*) FROM processes", "", "list /proc: there are no processes: proc(5) is not mounted"},
		{"a process without proc", noProc, "SELECT * FROM processes WHERE pid = 1", "", "list /proc: there are no processes: proc(5) is not mounted"},
		{"zones without proc", noProc, "SELECT * FROM zones", "", "list /proc: there are no processes: proc(5) is not mounted"},
		{"zone without proc", noProc, "SELECT zone IS NULL FROM tcp WHERE local_port = " + port, "1", "the zone of sockets is not known: readlink /proc/self/ns/net: no such file or directory"},
		{"sockets without proc", noProc, listener, "NULL|unknown", "the processes of sockets are not known: list /proc: there are no processes: proc(5) is not mounted"},
		{"zones of others", nobody, "SELECT count(*) > 0 FROM zones WHERE name = 'global' OR id IS NULL", "1", ""},
		{"hidden zones", hidden, "SELECT count(*) > 0 FROM zones", "1", "hidden: permission denied"},
		{"hidden processes", hidden, "SELECT count(*) FROM processes WHERE name = 'init of nobody'", "0", "hidden: permission denied"},
		{"users without passwd", noPasswd, "SELECT count(*) FROM users", "", "open /etc/passwd: permission denied"},
		{"names without passwd", noPasswd, "SELECT user FROM processes WHERE uid = 65534 AND name = 'sockstat'", "65534", "the names of users are not known: open /etc/passwd: permission denied"},
		{"few files", fewFiles, "SELECT count(*) FROM sockets JOIN tcp USING (cookie) JOIN processes USING (pid), zones, users WHERE tcp.local_port = " + port, "", "too few file descriptors: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			out, said, status := afterwards(t, test.prepare, "-H", "-o", "list", "-q", test.sql)
			out = strings.ReplaceAll(strings.TrimSuffix(out, "\n"), "NULL", "")
			if want := strings.ReplaceAll(test.out, "NULL", ""); out != want && status == 0 || (status == 0) != (test.out != "") || !strings.Contains(said, test.said) {
				t.Errorf("%s: %q, status %d, said %q", test.sql, out, status, said)
			}
		})
	}
}
