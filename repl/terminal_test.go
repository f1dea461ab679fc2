//go:build unix

package repl

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// session is a shell in a pseudo-terminal.
type session struct {
	t       *testing.T
	tty     *os.File
	cmd     *exec.Cmd
	mu      sync.Mutex
	seen    strings.Builder // what it printed
	read    int             // what of it was expected already
	printed chan struct{}   // there is more in seen
	done    chan struct{}   // it closed the terminal
}

// startSession starts the command "shell" in a terminal. change may change it before.
func startSession(t *testing.T, columns uint16, change func(*exec.Cmd)) *session {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "-o", "list")
	cmd.Args[0] = "shell"
	cmd.Env = append(os.Environ(), "TERM=xterm", "HOME="+t.TempDir(), "XDG_STATE_HOME=")
	if change != nil {
		change(cmd)
	}
	attr := &syscall.SysProcAttr{Setsid: true, Setctty: cmd.Stdin == nil}
	tty, err := pty.StartWithAttrs(cmd, &pty.Winsize{Rows: 24, Cols: columns}, attr)
	if err != nil {
		t.Fatal(err)
	}
	s := &session{t: t, tty: tty, cmd: cmd, printed: make(chan struct{}, 1), done: make(chan struct{})}
	go s.watch()
	t.Cleanup(func() {
		cmd.Process.Kill()
		tty.Close()
		<-s.done
	})
	return s
}

// watch collects what the shell prints.
func (s *session) watch() {
	defer close(s.done)
	b := make([]byte, 4096)
	for {
		n, err := s.tty.Read(b)
		s.mu.Lock()
		s.seen.Write(b[:n])
		s.mu.Unlock()
		select {
		case s.printed <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// expect waits until the shell prints a text, and no longer: what is typed next comes as
// soon as it can.
func (s *session) expect(text string) {
	s.t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		s.mu.Lock()
		seen := s.seen.String()
		s.mu.Unlock()
		if i := strings.Index(seen[s.read:], text); i >= 0 {
			s.read += i + len(text)
			return
		}
		select {
		case <-s.printed:
		case <-deadline:
			s.t.Fatalf("%q is not in %.4000q", text, seen[s.read:])
		}
	}
}

// text returns what was printed so far.
func (s *session) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen.String()
}

// send types a text.
func (s *session) send(text string) {
	s.t.Helper()
	if _, err := s.tty.WriteString(text); err != nil {
		s.t.Fatal(err)
	}
}

// exit waits for the end of the shell and checks its status.
func (s *session) exit(status int) {
	s.t.Helper()
	err := s.cmd.Wait()
	if got := s.cmd.ProcessState.ExitCode(); got != status {
		s.t.Errorf("exit status %d: %v", got, err)
	}
}

// line types a line and waits for its echo. The editor writes the line again at each key,
// so the end of the line is what can be waited for.
func (s *session) line(text string) {
	s.t.Helper()
	s.send(text)
	s.expect(text[max(0, len(text)-4):])
	s.send("\r")
}

// endlessSQL says that it runs, then does so until it is interrupted.
const endlessSQL = "SELECT 'runs'; WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT count(*) FROM c;"

func TestTerminal(t *testing.T) {
	s := startSession(t, 120, nil)
	s.expect("sockstat> ")
	s.line("SELECT name")
	s.expect("    ...> ")
	s.line("FROM sockets WHERE port = 22;")
	s.expect("\r\nname\r\nsshd\r\nsockstat> ")

	s.line("SELECT nope;")
	s.expect("sockstat: no such column: nope (line 1, column 8)\r\n    SELECT nope;\r\n           ^\r\nsockstat> ")
	s.line("SELECT 42 AS answer;")
	s.expect("\r\nanswer\r\n42\r\nsockstat> ")

	s.line("BEGIN; SELECT nope; COMMIT;")
	s.expect("nope (line 1, column 8)\r\n    SELECT nope;\r\n           ^\r\nsockstat> ")
	s.line(".bail on")
	s.expect("sockstat> ")
	s.line("SELECT nope;")
	s.expect("sockstat: no such column: nope")
	s.exit(1)
}

func TestTerminalInterrupt(t *testing.T) {
	s := startSession(t, 120, nil)
	s.expect("sockstat> ")
	s.line(endlessSQL)
	s.expect("\r\nruns\r\n")
	s.send("\x03")
	s.expect("sockstat: interrupted\r\nsockstat> ")

	s.line("SELECT 'never")
	s.expect("    ...> ")
	s.send("\x03")
	s.expect("sockstat> ")
	s.send("SELECT 'nor this")
	s.expect("this")
	s.send("\x03")
	s.expect("sockstat> ")
	s.line("SELECT 1 AS one;")
	s.expect("\r\none\r\n1\r\nsockstat> ")

	s.line("SELECT")
	s.expect("    ...> ")
	s.send("\x04")
	s.expect("\r\n")
	s.exit(0)
}

// TestTerminalInterruptAtOnce types Ctrl-C as soon as there is a prompt.
func TestTerminalInterruptAtOnce(t *testing.T) {
	s := startSession(t, 120, nil)
	s.expect("sockstat> ")
	for range 200 {
		s.send("SELECT\r")
		s.expect("    ...> ")
		s.send("\x03")
		s.expect("sockstat> ")
	}
}

func TestTerminalEditing(t *testing.T) {
	s := startSession(t, 120, nil)
	s.expect("sockstat> ")
	s.send("SELECT * FROM soc\t")
	s.expect("sockets")
	s.send(" WHERE por\t")
	s.expect("port")
	s.line(" = 80;")
	s.expect("nginx|80|LISTEN\r\nsockstat> ")
	s.line(".mode csv")
	s.expect("sockstat> ")
	s.send("\x1b[A\x1b[A") // twice up in the history
	s.expect("WHERE port = 80;")
	s.send("\r")
	s.expect("nginx,80,LISTEN\r\r\n") // the terminal makes CR LF of LF
	s.expect("sockstat> ")
	s.send("\x04")
	s.expect("\r\n")
	s.exit(0)

	file := filepath.Join(home(s.cmd), ".local", "state", "sockstat", "history")
	checkMode(t, file, 0o600)
	checkMode(t, filepath.Dir(file), 0o700|os.ModeDir)
	b, err := os.ReadFile(file)
	want := historyMark + "\nSELECT * FROM sockets WHERE port = 80;\n.mode csv\nSELECT * FROM sockets WHERE port = 80;\n"
	if err != nil || string(b) != want {
		t.Errorf("history is %q: %v", b, err)
	}
}

// checkMode checks the mode of a file.
func checkMode(t *testing.T, file string, want os.FileMode) {
	t.Helper()
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != want {
		t.Errorf("%s has mode %v", file, info.Mode())
	}
}

// home returns HOME of a command.
func home(cmd *exec.Cmd) string {
	dir := ""
	for _, v := range cmd.Env {
		if value, ok := strings.CutPrefix(v, "HOME="); ok {
			dir = value
		}
	}
	return dir
}

func TestPlainTerminals(t *testing.T) {
	for name, test := range map[string]struct {
		columns uint16
		env     string
	}{
		"dumb":    {80, "TERM=dumb"},
		"narrow":  {12, "TERM=xterm"},
		"unknown": {0, "TERM=xterm"},
		"40":      {40, "TERM=xterm"},
	} {
		t.Run(name, func(t *testing.T) {
			s := startSession(t, test.columns, func(cmd *exec.Cmd) { cmd.Env = append(cmd.Env, test.env) })
			s.expect("sockstat> ")
			s.send("SELECT name, port FROM sockets WHERE\r")
			s.expect("    ...> ")
			s.send("port = 22;\r")
			s.expect("\r\nname|port\r\nsshd|22\r\nsockstat> ")
			s.send("SELECT 'never")
			s.send("\x03")
			s.expect("sockstat> ")
			s.send(endlessSQL + "\r")
			s.expect("\r\nruns\r\n")
			s.send("\x03")
			s.expect("sockstat: interrupted\r\nsockstat> ")
			s.send(".quit\r")
			s.exit(0)
		})
	}
}

// TestOutputElsewhere checks that prompts are no part of a result.
func TestOutputElsewhere(t *testing.T) {
	file := filepath.Join(t.TempDir(), "out")
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	s := startSession(t, 80, func(cmd *exec.Cmd) { cmd.Stdout = out })
	s.expect("sockstat> ")
	s.send("SELECT name FROM sockets;\r")
	s.expect("sockstat> ")
	s.send("\x04")
	s.exit(0)
	if b, err := os.ReadFile(file); err != nil || string(b) != "name\nsshd\nnginx\ncurl\n" {
		t.Errorf("output is %q: %v", b, err)
	}
}

// TestOutputAtOnce looks at the file of .output while the shell runs.
func TestOutputAtOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "out")
	s := startSession(t, 120, nil)
	s.expect("sockstat> ")
	s.line(".output " + file)
	s.expect("sockstat> ")
	s.line("SELECT 'kept' AS x;")
	s.expect("sockstat> ")
	if b, err := os.ReadFile(file); err != nil || string(b) != "x\nkept\n" {
		t.Errorf("%q: %v", b, err)
	}
}

// TestInterruptPipe checks that Ctrl-C ends the shell where nobody types.
func TestInterruptPipe(t *testing.T) {
	for _, sql := range []string{endlessSQL + "\nSELECT 1;\n", ""} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		s := startSession(t, 80, func(cmd *exec.Cmd) { cmd.Stdin = r })
		r.Close()
		w.WriteString(".timer on\nSELECT 2;\n" + sql)
		s.expect("Run Time")
		time.Sleep(50 * time.Millisecond)
		s.cmd.Process.Signal(syscall.SIGINT)
		s.expect("sockstat: interrupted\r\n")
		s.exit(130)
	}
}

// What csv carries as it is does not reach a terminal so, but it does a file.
func TestCSVOnTerminal(t *testing.T) {
	s := startSession(t, 120, nil)
	file := filepath.Join(t.TempDir(), "out")
	s.expect("sockstat> ")
	s.line(".mode csv")
	s.expect("sockstat> ")
	s.line("SELECT 'a' || char(0x1b, 0x200b) AS x;")
	s.expect(`a\x1b\u200b`)
	s.line(".output " + file)
	s.expect("sockstat> ")
	s.line("SELECT 'a' || char(0x1b, 0x200b) AS x;")
	s.expect("sockstat> ")
	s.line(".quit")
	s.exit(0)
	if b, err := os.ReadFile(file); err != nil || string(b) != "x\r\na\x1b\u200b\r\n" {
		t.Errorf("the file has %q, %v", b, err)
	}
}
