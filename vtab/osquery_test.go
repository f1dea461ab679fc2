package vtab

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"sockstat/mib2"
)

// osqueryMachine returns a machine with a socket of each kind.
func osqueryMachine() *Machine {
	m, tables, _ := rowMachine()
	at := netip.MustParseAddrPort
	tables.rows = append(tables.rows,
		mib2.Socket{Proto: mib2.TCP, Family: mib2.Inet, V4Mapped: true, State: mib2.FinWait2, Local: at("192.0.2.1:81"), Remote: at("198.51.100.7:6000"), Inode: 20, Cookie: 20},
		mib2.Socket{Proto: mib2.TCP, Family: mib2.Inet6, State: mib2.SynRcvd, Local: at("[2001:db8::1]:82"), Remote: at("[2001:db8::2]:6001"), Inode: 21, Cookie: 21},
		mib2.Socket{Proto: mib2.Packet, Family: mib2.Link, State: mib2.Bound, Inode: 22, Cookie: 22, Special: &mib2.Special{Packet: &mib2.PacketInfo{}}},
		mib2.Socket{Proto: mib2.Netlink, Family: mib2.NetlinkFamily, Inode: 23, Cookie: 23},
		mib2.Socket{Proto: mib2.Raw, Family: mib2.Inet, Inode: 24, Cookie: 24, Local: at("0.0.0.0:0"), Special: &mib2.Special{Raw: &mib2.RawInfo{Protocol: 1}}})
	return m
}

// Every column of the tables of osquery.
func TestColumnsOfOsquery(t *testing.T) {
	db := openMachine(t, osqueryMachine())
	for _, row := range []struct{ table, condition, want string }{
		{"process_open_sockets", "socket = 1 AND pid = 101", `pid=101 fd=9 socket=1 family=10 protocol=6 local_address=:: remote_address=:: local_port=80 remote_port=0 path= state=LISTEN net_namespace=1`},
		{"process_open_sockets", "socket = 20", `pid=-1 fd=-1 socket=20 family=10 protocol=6 local_address=::ffff:192.0.2.1 remote_address=::ffff:198.51.100.7
			local_port=81 remote_port=6000 path= state=FIN_WAIT2 net_namespace=1`},
		{"process_open_sockets", "socket = 21", `pid=-1 fd=-1 socket=21 family=10 protocol=6 local_address=2001:db8::1 remote_address=2001:db8::2
			local_port=82 remote_port=6001 path= state=SYN_RECV net_namespace=1`},
		{"process_open_sockets", "socket = 3", `pid=200 fd=3 socket=3 family=2 protocol=17 local_address=127.0.0.1 remote_address=0.0.0.0 local_port=53 remote_port=0 path= state= net_namespace=1`},
		{"process_open_sockets", "socket = 5", `pid=100 fd=4 socket=5 family=1 protocol=0 local_address= remote_address= local_port=0 remote_port=0 path=/run/web state= net_namespace=1`},
		{"process_open_sockets", "family = 17", `pid=-1 fd=-1 socket=22 family=17 protocol=0 local_address= remote_address= local_port=0 remote_port=0 path= state=NONE net_namespace=1`},
		{"process_open_sockets", "protocol = 255", `pid=-1 fd=-1 socket=24 family=2 protocol=255 local_address=0.0.0.0 remote_address=0.0.0.0 local_port=0 remote_port=0 path= state= net_namespace=1`},
		{"listening_ports", "port = 80 AND pid = 100", `pid=100 port=80 protocol=6 family=10 address=:: fd=6 socket=1 path= net_namespace=1`},
		{"listening_ports", "port = 53", `pid=200 port=53 protocol=17 family=2 address=127.0.0.1 fd=3 socket=3 path= net_namespace=1`},
		{"listening_ports", "family = 1", `pid=100 port=0 protocol=0 family=1 address= fd=4 socket=0 path=/run/web net_namespace=1`},
	} {
		checkRow(t, db, row.table, row.condition, row.want)
	}
	equal(t, query(t, db, "SELECT DISTINCT family, protocol FROM listening_ports"), "10 6", "10 17", "2 17", "1 0", "17 0", "2 255")
	equal(t, query(t, db, "SELECT count(*) FROM process_open_sockets WHERE pid = -1 AND protocol = 6"), "5")
	equal(t, query(t, db, "SELECT pid FROM process_open_sockets WHERE pid IN (101, 7) AND remote_port = 0"), "101")
}

// Queries in the form of those that are published for osquery run as they are.
func TestPublishedForms(t *testing.T) {
	db := openMachine(t, osqueryMachine())
	for sql, want := range map[string][]string{
		"select distinct pid, family, protocol, local_port, remote_port, path from process_open_sockets where (path <> '' or remote_address <> '') and pid > 100": {
			"101 10 6 80 0 ", "101 2 6 80 5000 ", "200 2 17 53 0 "},
		"select count(*) from listening_ports": {"7"},
		`SELECT DISTINCT processes.name, listening_ports.port, processes.pid FROM listening_ports JOIN processes USING (pid)
			WHERE listening_ports.address = '::'`: {"web 80 100", "web 80 101"},
		`select s.pid, p.name, local_address, remote_address, family, protocol, local_port, remote_port from process_open_sockets s
			join processes p on s.pid = p.pid where remote_port not in (80, 443, 0) and local_port != 0 and family = 2`: {"101 web 192.0.2.1 198.51.100.7 2 6 80 5000"},
		`SELECT p.pid, p.parent, p.name, p.cmdline, p.uid, s.remote_port, (SELECT cmdline FROM processes AS parent_cmdline WHERE pid = p.parent) AS parent_cmdline
			FROM processes p JOIN process_open_sockets s USING (pid) WHERE s.remote_port > 0`: {"101 0 web web worker 33 5000 -"},
		"SELECT name, path, pid FROM processes WHERE on_disk = 0":                                                  nil,
		"select u.name, p.resident_size, p.total_size from processes p join users u using (uid) where p.pid = 100": {"root 0 0"},
		"SELECT pid, fd FROM process_open_sockets WHERE state = 'LISTEN' AND net_namespace = '1'":                  {"100 6", "101 9"},
	} {
		equal(t, query(t, db, "%s", sql), want...)
	}
}

// What a process listens on is counted.
func TestListens(t *testing.T) {
	m, _, processes := rowMachine()
	db := openMachine(t, m)
	equal(t, query(t, db, "SELECT pid, listens FROM processes"), "100 2", "101 1", "200 -")
	processes.processes[2].Zone = 1
	equal(t, query(t, db, "SELECT pid, listens FROM processes"), "100 2", "101 1", "200 0")
}

// A program whose file was deleted, and one whose file has the mark of that in its name.
func TestDeletedExecutables(t *testing.T) {
	if _, err := os.Stat("/proc/self/exe"); err != nil {
		t.Skip(err)
	}
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		t.Skip(err)
	}
	program, err := os.ReadFile(sleep)
	if err != nil {
		t.Skip(err)
	}
	start := func(name string) (path string, pid int) {
		path = filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, program, 0o700); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(path, "100")
		cmd.Args[0] = "sleep" // of several programs in one, the name says which
		if err := cmd.Start(); err != nil {
			t.Skip(err)
		}
		t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
		return path, cmd.Process.Pid
	}
	here, pid := start("program")
	marked, markedPID := start("program (deleted)")
	db := openMachine(t, Live())
	ask := func(pid int) []string {
		return query(t, db, "SELECT exe_deleted, on_disk, path, exe FROM processes WHERE pid = %d", pid)
	}
	equal(t, ask(pid), fmt.Sprintf("0 1 %s %s", here, here))
	equal(t, ask(markedPID), fmt.Sprintf("0 1 %s %s", marked, marked))
	for _, path := range []string{here, marked} {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	equal(t, ask(pid), fmt.Sprintf("1 0 %s %s (deleted)", here, here))
	equal(t, ask(markedPID), fmt.Sprintf("1 0 %s %s (deleted)", marked, marked))
}
