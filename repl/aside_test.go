//go:build unix

package repl

import (
	"strings"
	"testing"
	"time"
)

// stubborn are statements whose one call of a function takes very long.
var stubborn = []string{
	"SELECT 'runs'; SELECT instr(hex(zeroblob(4000000)), hex(zeroblob(2000000)) || '1');",
	"SELECT 'runs'; SELECT replace(hex(zeroblob(4000000)), hex(zeroblob(2000000)) || '1', '');",
	"SELECT 'runs'; SELECT ltrim(hex(zeroblob(4000000)), replace(hex(zeroblob(150000)), '0', char(9999)) || '0');",
	"SELECT 'runs'; SELECT hex(zeroblob(4000000)) LIKE '%' || substr(hex(zeroblob(120)), 1, 240) || '1';",
}

// Ctrl-C ends any statement within a second, and the shell goes on: without the statement if
// nothing ends that.
func TestInterruptFunction(t *testing.T) {
	s := startSession(t, 200, nil)
	s.expect("sockstat> ")
	s.line("CREATE TEMP TABLE t(a);")
	s.expect("sockstat> ")
	s.line(".param set x 42")
	s.expect("sockstat> ")
	s.line(stubborn[0])
	s.expect("\r\nruns\r\n")
	time.Sleep(50 * time.Millisecond)
	start := time.Now()
	s.send("\x03")
	s.expect("sockstat: interrupted: the statement goes on by itself\r\n")
	s.expect("sockstat> ")
	if took := time.Since(start); took > 10*time.Second { // the function takes minutes, and a busy machine has other things to do
		t.Errorf("took %v", took)
	}
	s.line("SELECT count(*), :x FROM sockets;")
	s.expect("\r\n3|42\r\nsockstat> ")
	s.line("SELECT * FROM t;")
	s.expect("no such table: t")
	s.expect("sockstat> ")
	s.line(endlessSQL)
	s.expect("\r\nruns\r\n")
	s.send("\x03")
	s.expect("sockstat: interrupted\r\nsockstat> ")
	s.send("\x04")
	s.exit(0)
}

// When too many go on by themselves, the shell ends.
func TestInterruptTooOften(t *testing.T) {
	s := startSession(t, 200, nil)
	s.expect("sockstat> ")
	const ends = "sockstat: interrupted: the statement does not end, but the shell does\r\n"
	for i := 0; !strings.Contains(s.text(), ends); i++ { // one may end in time: those that were left slow the start of the next
		if i == 5*maxLeft {
			if strings.Contains(s.text(), "by itself") {
				t.Fatalf("the shell goes on: %s", s.text())
			}
			t.Skip("each of the statements ends in time here")
		}
		s.line(stubborn[i%len(stubborn)])
		s.expect("\r\nruns\r\n")
		time.Sleep(time.Duration(i+1) * 20 * time.Millisecond)
		s.send("\x03")
		s.expect("sockstat: interrupted")
		s.expect("\n") // of the whole line
		if !strings.Contains(s.text(), ends) {
			s.expect("sockstat> ")
		}
	}
	s.exit(130)
}

// Each of many statements is ended.
func TestInterruptMany(t *testing.T) {
	s := startSession(t, 200, nil)
	s.expect("sockstat> ")
	count := "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT "
	for _, what := range []string{
		"count(*) FROM c", "max(x) FROM c WHERE x < 0", "x FROM c WHERE x < 0", "x FROM c WHERE x % 1000 = -1 ORDER BY x", "count(DISTINCT x % 100) FROM c",
		"sum(x) OVER (ORDER BY x) FROM c WHERE x < 0", "group_concat(x % 2, '') FROM c", "json_group_array(x) FROM c WHERE x < 0",
		"count(*) FROM c WHERE hex(x) LIKE '%x'", "count(*) FROM c, sockets", "count(*) FROM c WHERE x IN (SELECT port FROM sockets WHERE port = c.x)",
		"count(*) FROM c WHERE length(randomblob(1000)) = 0", "count(*) FROM c, c AS d, c AS e", "(SELECT count(*) FROM c AS d WHERE d.x < 0) FROM c",
	} {
		s.line("SELECT 'runs'; " + count + what + ";")
		s.expect("\r\nruns\r\n")
		s.send("\x03")
		s.expect("sockstat: interrupted")
		s.expect("sockstat> ")
	}
	if n := strings.Count(s.text(), "by itself"); n > 1 { // one may be too late on a busy machine
		t.Errorf("%d statements were left", n)
	}
}
