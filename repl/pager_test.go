//go:build unix

package repl

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// manySQL returns 100 rows.
const manySQL = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 100) SELECT 1000 + n AS n FROM c;"

// startDefault starts the shell in a terminal, with the default format and such variables, and no
// pager but one of these.
func startDefault(t *testing.T, columns uint16, args []string, env ...string) *session {
	return startSession(t, columns, func(cmd *exec.Cmd) {
		cmd.Args = append([]string{"shell"}, args...)
		cmd.Env = append(append(cmd.Env, "PAGER=", "SOCKSTAT_PAGER=", "NO_COLOR="), env...)
	})
}

// shown runs SQL with a terminal as standard output and returns what that was sent.
func shown(t *testing.T, columns uint16, sql string, env ...string) string {
	t.Helper()
	s := startDefault(t, columns, []string{"-c", sql}, env...)
	<-s.done
	s.exit(0)
	return strings.ReplaceAll(s.text(), "\r\n", "\n")
}

// A terminal is shown a box that fits it, with colors where it has them and the user wants them.
func TestShown(t *testing.T) {
	const sql = "SELECT name, port, state, NULL AS nobody, printf('%0100d', 1) AS long FROM sockets LIMIT 1"
	const head = "│ \x1b[1mname\x1b[0m │ \x1b[1mport\x1b[0m │ \x1b[1mstate\x1b[0m  │ \x1b[1mnobody\x1b[0m │"
	const row = "│ sshd │   22 │ \x1b[32mLISTEN\x1b[0m │ \x1b[2mNULL\x1b[0m   │ 00000"
	got := shown(t, 60, sql)
	if !strings.Contains(got, head) || !strings.Contains(got, row) || !strings.Contains(got, "0… │\n") {
		t.Errorf("%s", got)
	}
	for _, env := range []string{"NO_COLOR=1", "TERM=dumb", "TERM="} {
		plain := shown(t, 60, sql, env)
		if strings.Contains(plain, "\x1b") || !strings.Contains(plain, "│ sshd │   22 │ LISTEN │ NULL   │ 00000") {
			t.Errorf("%s: %s", env, plain)
		}
	}
	if wide, unknown := shown(t, 80, sql), shown(t, 0, sql); unknown != wide {
		t.Errorf("a terminal that does not know its size is shown\n%s", unknown)
	}
	if none := shown(t, 80, "SELECT * FROM sockets WHERE port = 0"); none != "0 rows\n" {
		t.Errorf("%q", none)
	}
}

// Without a pager the first rows are shown, and how many there are. A pager gets all, if they are
// more than the screen has, and nothing else.
func TestPager(t *testing.T) {
	first := shown(t, 80, manySQL)
	if strings.Count(first, "\n") != 45 || !strings.HasSuffix(first, "\n100 rows, 40 shown; --all shows all\n") {
		t.Errorf("%s", first)
	}
	for name, test := range map[string]struct {
		sql  string
		env  []string
		want bool
	}{
		"overflow":  {manySQL, []string{"PAGER=sed s/^/P:/"}, true},
		"own":       {manySQL, []string{"PAGER=false", "SOCKSTAT_PAGER=sed s/^/P:/"}, true},
		"fits":      {"SELECT 1;", []string{"PAGER=sed s/^/P:/"}, false},
		"several":   {strings.Repeat("SELECT 1;", 5), []string{"PAGER=sed s/^/P:/"}, true},
		"long line": {"SELECT printf('%03000d', 1) AS x, 2 AS y;", []string{"PAGER=sed s/^/P:/"}, false},
	} {
		got := shown(t, 80, test.sql, test.env...)
		paged := strings.HasPrefix(got, "P:")
		if lines := strings.Count(got, "\n"); paged != test.want || paged && strings.Count(got, "P:") != lines || strings.Contains(got, "shown") {
			t.Errorf("%s: %s", name, got)
		}
		if name == "overflow" && !strings.Contains(got, "1100") {
			t.Errorf("the pager did not get all: %s", got)
		}
	}
	if got := shown(t, 80, manySQL, "PAGER=head -n 2"); strings.Count(got, "\n") != 2 {
		t.Errorf("a pager that ends early: %s", got)
	}
}

func TestPagerMissing(t *testing.T) {
	s := startDefault(t, 80, []string{"-c", manySQL}, "PAGER=/nowhere/less")
	s.expect(`sockstat: pager "/nowhere/less" cannot be run`)
	s.expect("hint: set SOCKSTAT_PAGER or PAGER, or use --no-pager")
	s.exit(1)
}

// In the shell each result is shown so, and .maxrows and .pager change it.
func TestShellScreen(t *testing.T) {
	s := startDefault(t, 120, nil, "SOCKSTAT_PAGER=sed s/^/P:/", "NO_COLOR=1")
	s.expect("sockstat> ")
	s.line(manySQL)
	s.expect("P:│ 1100 │\r\nP:└──────┘\r\nsockstat> ")
	s.line(".pager off")
	s.expect("sockstat> ")
	s.line(manySQL)
	s.expect("│ 1040 │\r\n└──────┘\r\n100 rows, 40 shown; .maxrows -1 shows all\r\nsockstat> ")
	s.line(".maxrows 2")
	s.expect("sockstat> ")
	s.line(manySQL)
	s.expect("│ 1002 │\r\n└──────┘\r\n100 rows, 2 shown")
	s.expect("sockstat> ")
	s.line(".maxrows -1")
	s.expect("sockstat> ")
	s.line(manySQL)
	s.expect("│ 1100 │\r\n└──────┘\r\nsockstat> ")
	s.line(".mode")
	s.expect("current output mode: box\r\nsockstat> ")
	file := filepath.Join(t.TempDir(), "out")
	s.line(".once " + file)
	s.expect("sockstat> ")
	s.line("SELECT 1 AS a, NULL AS b;")
	s.expect("sockstat> ")
	s.line(".quit")
	s.exit(0)
	if b, err := os.ReadFile(file); err != nil || string(b) != "+---+---+\n| a | b |\n+---+---+\n| 1 |   |\n+---+---+\n" {
		t.Errorf("a file gets %q, %v", b, err)
	}
}

// Ctrl-C ends the statement, but the shell waits until the user has quit the pager.
func TestPagerInterrupt(t *testing.T) {
	s := startDefault(t, 120, nil, `SOCKSTAT_PAGER=trap "" INT; cat; read answer </dev/tty; echo "answer $answer"`)
	s.expect("sockstat> ")
	s.line(".mode list")
	s.expect("sockstat> ")
	s.line("WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c;")
	s.expect("\r\n1000\r\n")
	s.send("\x03")
	s.send("quit\r")
	s.expect("answer quit\r\n")
	s.expect("sockstat: interrupted\r\nsockstat> ")
	s.line("SELECT 42 AS x;")
	s.expect("x\r\n42\r\nsockstat> ")
}
