package main

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"strconv"
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
		cmd := exec.Command("unshare", test.flags, "sh", "-c", test.script, program, query)
		cmd.Env = append(os.Environ(), "SOCKSTAT_TEST_MAIN=1")
		cmd.ExtraFiles = []*os.File{file}
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if string(out) != "hidden|1\n" || err != nil {
			t.Errorf("%s: %q, %v", name, out, err)
		}
		if !bytes.Contains(stderr.Bytes(), []byte("hidden: not all processes are listed")) {
			t.Errorf("%s: %s", name, &stderr)
		}
	}
}
