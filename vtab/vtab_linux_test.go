package vtab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"sockstat/vtab/engine"
)

func openDB(t testing.TB) *engine.DB {
	t.Helper()
	db, err := Open(Live())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// listen listens on a port that is not of those the kernel chooses, so that no socket of
// other tests has it at an end.
func listen(t testing.TB) (*net.TCPListener, int) {
	t.Helper()
	for {
		port := 10000 + rand.IntN(20000)
		l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
		if errors.Is(err, syscall.EADDRINUSE) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		return l, port
	}
}

// dial makes a connection and returns its port.
func dial(t testing.TB, l net.Listener) (*net.TCPConn, int) {
	t.Helper()
	c, err := net.Dial("tcp4", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c.(*net.TCPConn), c.LocalAddr().(*net.TCPAddr).Port
}

func TestSocketComesAndGoes(t *testing.T) {
	db := openDB(t)
	l, port := listen(t)
	raw, err := l.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var fd uintptr
	raw.Control(func(f uintptr) { fd = f })
	const sql = "SELECT pid, fd, state, backlog, owner_status, v4mapped, scope, remote_scope FROM sockets WHERE local_port = %d"
	equal(t, query(t, db, sql, port), fmt.Sprintf("%d %d LISTEN 0 ok 0 loopback -", os.Getpid(), fd))
	l.Close()
	equal(t, query(t, db, sql, port))
}

// Why there is no holder.
func TestOwnerStatus(t *testing.T) {
	db := openDB(t)
	l, port := listen(t)
	_, waiting := dial(t, l) // is not accepted
	equal(t, query(t, db, "SELECT local_port, state, pid, owner_status FROM sockets WHERE local_port = %d OR remote_port = %[1]d", port),
		fmt.Sprintf("%d LISTEN %d ok", port, os.Getpid()),
		fmt.Sprintf("%d ESTABLISHED %d ok", waiting, os.Getpid()),
		fmt.Sprintf("%d ESTABLISHED - unaccepted", port))
	equal(t, query(t, db, "SELECT backlog FROM tcp WHERE local_port = %d AND state = 'LISTEN'", port), "1")

	first, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	closed, from := dial(t, l)
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	becomes := func(want string) { // once the kernel got around to it
		t.Helper()
		var got []string
		for range 200 {
			got = query(t, db, "SELECT state, pid, owner_status FROM sockets WHERE local_port = %d AND remote_port = %d", from, port)
			if slices.Equal(got, []string{want}) {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Errorf("got %q, want %q", got, want)
	}
	closed.Close()
	becomes("FIN_WAIT_2 - orphan")
	server.Close()
	becomes("TIME_WAIT - time_wait")
	equal(t, query(t, db, "SELECT uid, inode FROM tcp WHERE local_port = %d AND remote_port = %d", from, port), "- -")
}

// What is asked of the kernel never changes an answer: a condition within CASE does not
// reach the table.
func TestConditionsReachTheKernelUnchanged(t *testing.T) {
	db := openDB(t)
	l, port := listen(t)
	_, from := dial(t, l)
	u, err := net.ListenPacket("udp", "[::]:0")
	if err != nil {
		t.Skip("no IPv6: ", err)
	}
	defer u.Close()
	udp := u.LocalAddr().(*net.UDPAddr).Port

	for i, condition := range []string{
		"proto = 'tcp'", "proto = 'TCP' COLLATE NOCASE", "proto IN ('udp', 'nope')", "proto = 'nope'", "proto = NULL",
		"family = 'inet'", "family = 'inet6'", "family IN ('inet', 'inet6')", "family = 'unix'",
		"label = 'tcp4'", "label = 'tcp6'", "label = 'udp46'", "label IN ('tcp4', 'udp46')", "label = 'tcp4' AND family = 'inet6'",
		"state = 'LISTEN'", "state = 'listen'", "state = 'listen' COLLATE NOCASE", "state IN ('IDLE', 'ESTABLISHED')",
		"state <> 'LISTEN'", "state = 'IDLE'", "state = 'BOUND'", "state LIKE 'L%'",
		"local_port = PORT", "local_port = 'PORT'", "local_port = PORT.0", "local_port BETWEEN PORT AND PORT", "local_port > PORT - 1",
		"local_port IN (PORT, FROM, UDP)", "local_port >= 0", "local_port > 65535", "local_port < 0", "local_port = -1",
		"local_port = 65536 + PORT", "local_port IS NULL", "local_port = NULL", "remote_port = PORT", "remote_port IS NULL",
		"remote_port = 0", "remote_port >= 0", "remote_port < 70000", "remote_port IN (PORT, FROM)", "remote_port <> PORT", "remote_port IS NOT NULL", "remote_port IS NULL OR remote_port = PORT", "local_port IS NOT NULL",
		"remote_port IS NULL AND state = 'ESTABLISHED'", "remote_port IS NULL AND remote_port > 0",
		"pid = PID", "pid = 'PID'", "pid IN (PID, 1)", "pid > 0", "pid IS NULL", "pid = 1", "pid < 0",
		"zone = 'global'", "zone = 'nowhere'", "zone IN (SELECT name from zones)", "zone <> 'nowhere'",
	} {
		if i%sparsely(1) != 0 {
			continue
		}
		condition = strings.NewReplacer("PORT", strconv.Itoa(port), "FROM", strconv.Itoa(from),
			"UDP", strconv.Itoa(udp), "PID", strconv.Itoa(os.Getpid())).Replace(condition)
		for _, table := range []string{"sockets", "tcp", "udp"} {
			if table != "sockets" && strings.Contains(condition, "pid") {
				continue
			}
			const sql = `SELECT proto, state, local_port, remote_port FROM %s WHERE (%s) AND +local_port IN (%d, %d, %d)
				AND coalesce(remote_port, %[3]d) IN (%[3]d, %[4]d)`
			got := query(t, db, sql, table, condition, port, from, udp)
			want := query(t, db, sql, table, "CASE WHEN "+condition+" THEN 1 END", port, from, udp)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%s WHERE %s:\n got %q\nwant %q", table, condition, got, want)
			}
		}
	}
}

// Sockets, processes and zones join; tcp joins itself.
func TestJoins(t *testing.T) {
	db := openDB(t)
	l, port := listen(t)
	_, from := dial(t, l)
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	equal(t, query(t, db, `SELECT s.local_port, p.name = s.command, p.ppid, z.id > 0, u.uid
		FROM sockets s JOIN processes p ON p.pid = s.pid JOIN zones z ON z.name = s.zone AND z.name = p.zone
		LEFT JOIN users u ON u.name = p.user
		WHERE s.state = 'LISTEN' AND s.local_port = %d`, port),
		fmt.Sprintf("%d 1 %d 1 %d", port, os.Getppid(), os.Getuid()))
	equal(t, query(t, db, `SELECT a.local_port, b.local_port FROM tcp a JOIN tcp b
		ON a.local_address = b.remote_address AND a.local_port = b.remote_port
		AND b.local_address = a.remote_address AND b.local_port = a.remote_port
		WHERE a.local_port IN (%d, %d) AND a.remote_port IN (%[1]d, %[2]d)`, port, from),
		fmt.Sprintf("%d %d", port, from), fmt.Sprintf("%d %d", from, port))
}

// tcp_info is there for a connection, and NULL where it means nothing.
func TestTCPInfo(t *testing.T) {
	db := openDB(t)
	l, port := listen(t)
	c, from := dial(t, l)
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	if _, err := server.Write(make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(c, make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	const sql = "SELECT rtt_us > 0, snd_mss > 0, bytes_received, drops, congestion IS NOT NULL FROM tcp WHERE local_port = %d"
	equal(t, query(t, db, sql+" AND remote_port = %d", from, port), "1 1 1000 0 1")
	equal(t, query(t, db, sql+" AND state = 'LISTEN'", port), "- - - 0 1")
}

// tcp and udp do not look for holders: they work where that is impossible.
func TestKernelTablesLeaveProcessesAlone(t *testing.T) {
	t.Setenv("SOCKSTAT_HOLDERS", "nothing")
	db := openDB(t)
	_, port := listen(t)
	equal(t, query(t, db, "SELECT state FROM tcp WHERE local_port = %d", port), "LISTEN")
	query(t, db, "SELECT count(*) FROM udp")
	st, _, err := db.Prepare("SELECT count(*) FROM sockets")
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if _, err := st.Step(context.Background()); err == nil {
		t.Error("sockets did not look for holders")
	}
}

// ss sees the same.
func TestAgainstSS(t *testing.T) {
	ss, err := exec.LookPath("ss")
	if err != nil {
		t.Skip("no ss to compare with")
	}
	db := openDB(t)
	l, port := listen(t)
	for range 5 {
		dial(t, l)
	}
	out, err := exec.Command(ss, "-tanH", fmt.Sprintf("( sport = :%d or dport = :%d )", port, port)).Output()
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{"LISTEN": "LISTEN", "ESTAB": "ESTABLISHED"}
	var want []string
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		want = append(want, strings.Join([]string{names[f[0]], f[1], f[2], f[3], strings.ReplaceAll(f[4], "0.0.0.0:*", "-")}, " "))
	}
	if len(want) != 11 {
		t.Fatalf("ss:\n%s", out)
	}
	equal(t, query(t, db, `SELECT state, coalesce(recv_q, backlog), coalesce(send_q, backlog_max),
		local_address || ':' || local_port, remote_address || ':' || remote_port
		FROM tcp WHERE local_port = %d OR remote_port = %[1]d`, port), want...)
}

// /proc/net/tcp has the same inodes.
func TestAgainstProcNet(t *testing.T) {
	db := openDB(t)
	l, port := listen(t)
	dial(t, l)
	table, err := os.ReadFile("/proc/net/tcp")
	if err != nil {
		t.Fatal(err)
	}
	var want []string // NULL for an inode 0, and for the uid 0 then, which may be anyone's
	hex := fmt.Sprintf("0100007F:%04X", port)
	for line := range strings.Lines(string(table)) {
		if f := strings.Fields(line); len(f) > 9 && (f[1] == hex || f[2] == hex) {
			if f[9] == "0" {
				f[9], f[7] = "-", strings.Replace(f[7], "0", "-", 1-min(1, len(f[7])-1))
			}
			want = append(want, f[9]+" "+f[7])
		}
	}
	equal(t, query(t, db, `SELECT inode, uid FROM tcp
		WHERE local_address = '127.0.0.1' AND (local_port = %d OR remote_port = %[1]d)`, port), want...)
}

// Every column of every table can be read, and none shows a forbidden sentinel.
func TestEveryColumn(t *testing.T) {
	db := openDB(t)
	l, _ := listen(t)
	dial(t, l)
	for _, network := range []string{"udp4", "unixgram"} {
		address := map[string]string{"udp4": "127.0.0.1:0", "unixgram": filepath.Join(t.TempDir(), "socket")}[network]
		c, err := net.ListenPacket(network, address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	if os.Getuid() == 0 {
		openSpecial(t)
	}
	mayBe := []string{"nice", "sid", "pgid", "name", "command"} // a process can have the name ""
	// Some settings are -1, and osquery has its own ways.
	others := []string{"sysctls", "process_open_sockets", "listening_ports"}
	for _, table := range db.Tables() {
		rare := []string{"sctp", "vsock", "xdp", "events"} // kernels without the module show none, and nothing happens
		if os.Getuid() != 0 {
			rare = append(rare, "raw", "packet") // nobody else can open them
		}
		if len(query(t, db, "SELECT * FROM %s LIMIT 50", from(table))) == 0 && !slices.Contains(rare, table.Name) {
			t.Errorf("%s is empty", table.Name)
		}
		seen := map[string]bool{}
		for _, c := range table.Columns {
			if seen[c.Name] {
				t.Errorf("%s.%s is declared twice", table.Name, c.Name)
			}
			seen[c.Name] = true
			query(t, db, "SELECT %s FROM %s LIMIT 5", c.Name, from(table))
			if c.Doc == "" || strings.HasSuffix(c.Doc, ".") {
				t.Errorf("%s.%s: documentation %q", table.Name, c.Name, c.Doc)
			}
			if bad := query(t, db, "SELECT %s FROM %s WHERE %[1]s IN (-1, '') LIMIT 5", c.Name, from(table)); len(bad) > 0 && !slices.Contains(mayBe, c.Name) && !slices.Contains(others, table.Name) {
				t.Errorf("%s.%s has -1 or an empty text", table.Name, c.Name)
			}
		}
	}
}
