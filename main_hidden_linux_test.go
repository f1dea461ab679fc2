package main

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// A socket whose process the caller does not even know of is hidden: under hidepid, in a PID
// namespace, without proc.
func TestHiddenHolders(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("namespaces need root")
	}
	for _, tool := range []string{"unshare", "setpriv"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(err)
		}
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	program, err := os.Executable()
	must(t, err)
	file, err := os.Open(program) // where another user may start it from
	must(t, err)
	defer file.Close()
	query := "SELECT owner_status, pid IS NULL FROM sockets WHERE local_port = " + strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	const ask = `exec "$0" -H -o list -q "$1"`
	for name, test := range map[string]struct {
		flags, script string
	}{
		"hidepid":       {"-m", `mount -t proc -o hidepid=2 proc /proc && exec setpriv --reuid 65534 --regid 65534 --clear-groups /proc/self/fd/3 -H -o list -q "$1"`},
		"PID namespace": {"-mpf", `mount -t proc proc /proc && ` + ask},
		"no proc":       {"-m", `mount -t tmpfs tmpfs /proc && ` + ask},
	} {
		run := func(query string) (stdout, stderr string) {
			cmd := exec.Command("unshare", test.flags, "sh", "-c", test.script, program, query)
			cmd.Env = append(os.Environ(), "SOCKSTAT_TEST_MAIN=1")
			cmd.ExtraFiles = []*os.File{file}
			var b bytes.Buffer
			cmd.Stderr = &b
			out, err := cmd.Output()
			if err != nil {
				t.Errorf("%s: %s: %v", name, query, err)
			}
			return string(out), b.String()
		}
		if stdout, stderr := run(query); stdout != "hidden|1\n" || !strings.Contains(stderr, "hidden: not all processes are listed") {
			t.Errorf("%s: %q, %q", name, stdout, stderr)
		}
		// No row lacks what was asked for, though there are such sockets.
		if stdout, stderr := run("SELECT pid FROM sockets WHERE local_port = 1 OR remote_port = 1"); stdout != "" || strings.Contains(stderr, "hidden") {
			t.Errorf("%s, other ports: %q, %q", name, stdout, stderr)
		}
	}
}
