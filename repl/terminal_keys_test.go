//go:build linux || illumos

package repl

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

func TestTerminalPaste(t *testing.T) {
	s := startSession(t, 80, nil)
	s.expect(pasteOn)
	s.expect("sockstat> ")
	s.send(pasteBegin + "SELECT length('a\tb') AS n, length('\t\t\x03') AS m;" + pasteEnd + "\r")
	s.expect("\r\nn|m\r\n3|3\r\nsockstat> ")
	s.send(pasteBegin + "SELECT name\nFROM sockets\r\nWHERE port = 22;\nSELECT 'se" + pasteEnd)
	s.expect("\r\nname\r\nsshd\r\n")
	s.expect("SELECT 'se")
	s.send("cond';\r")
	s.expect("\r\nsecond\r\nsockstat> ")
	s.send(pasteBegin + "a\tb" + pasteEnd)
	s.expect("a␉b")
	s.send("\x03")
	s.expect("sockstat> ")
	s.line(".quit")
	s.exit(0)
	s.expect(pasteOff)
	if !strings.HasSuffix(s.text(), pasteOff) {
		t.Errorf("ends with %q", s.text()[max(0, len(s.text())-40):])
	}
}

// A statement is one entry of the history, whatever its lines.
func TestTerminalHistory(t *testing.T) {
	s := startSession(t, 40, nil)
	s.expect("sockstat> ")
	for _, line := range []string{"SELECT name, port", "  FROM sockets"} {
		s.send(line + "\r")
		s.expect("    ...> ")
	}
	s.line("WHERE port = 80;")
	s.expect("nginx|80\r\nsockstat> ")
	s.send("\x1b[A\x7f\x7f\x7f22;\r") // up, and another port
	s.expect("sshd|22\r\nsockstat> ")
	s.send("SELECT 'x\r")
	s.expect("    ...> ")
	s.line("y' AS t;")
	s.expect(`x\ny`)
	s.expect("sockstat> ")
	s.send("\x1b[A")
	s.expect("'x↵y'")
	s.send("\r")
	s.expect(`x\ny`)
	s.line(".quit")
	s.exit(0)
	b, err := os.ReadFile(filepath.Join(home(s.cmd), ".local", "state", "sockstat", "history"))
	want := historyMark + "\nSELECT name, port FROM sockets WHERE port = 80;\nSELECT name, port FROM sockets WHERE port = 22;\nSELECT 'x↵y' AS t;\nSELECT 'x↵y' AS t;\n.quit\n"
	if err != nil || string(b) != want {
		t.Errorf("history is %q: %v", b, err)
	}
}

func TestTerminalCompletion(t *testing.T) {
	s := startSession(t, 60, nil)
	s.expect("sockstat> ")
	s.send("SELECT na\t")
	s.expect("SELECT name \x1b")
	s.send(", po\t FROM soc\t") // the blanks and the comma take the place of those that were added
	s.expect("SELECT name, port FROM sockets \x1b")
	s.send("WHERE state = 'L\t;\r")
	s.expect("'LISTEN';")
	s.expect("\r\nname|port\r\nsshd|22\r\nnginx|80\r\nsockstat> ")
	s.send("SELECT * FROM \t\t")
	s.expect("sockets  zones\r\n")
	s.expect("SELECT * FROM ")
	s.send("\x03")
	s.expect("sockstat> ")
	s.send("SELECT \t\t")
	s.expect("\r\nname   port   state\r\n")
	s.send("\x03")
	s.expect("sockstat> ")
	s.send(".mod\tbo\t\r.mode\r")
	s.expect("current output mode: box")
	s.send(".q\r")
	s.exit(0)
}

// A terminal that does not know its size is one of 80 columns, until the shell ends.
func TestTerminalWithoutSize(t *testing.T) {
	s := startSession(t, 0, func(cmd *exec.Cmd) {})
	s.expect("sockstat> ")
	if err := pty.Setsize(s.tty, &pty.Winsize{}); err != nil { // and again, at the prompt
		t.Fatal(err)
	}
	for columns := 0; columns == 0; {
		if _, columns, _ = pty.Getsize(s.tty); columns == 0 {
			time.Sleep(time.Millisecond)
		}
	}
	s.send("SELECT 1 AS onf\x7fe;\r")
	s.expect("\r\none\r\n1\r\nsockstat> ")
	s.send("\x1b[A\r")
	s.expect("\r\none\r\n1\r\nsockstat> ")
	s.send("\x04")
	s.exit(0)
	if rows, columns, err := pty.Getsize(s.tty); err != nil || rows != 0 || columns != 0 {
		t.Errorf("is %d × %d, %v", rows, columns, err)
	}
}

// The size may change while a line is edited.
func TestTerminalResize(t *testing.T) {
	s := startSession(t, 120, nil)
	s.expect("sockstat> ")
	s.send("SELECT 'a long statement that takes more than one row', 1 AS one")
	s.expect("one")
	for _, columns := range []uint16{30, 200, 21, 80} {
		if err := pty.Setsize(s.tty, &pty.Winsize{Rows: 24, Cols: columns}); err != nil {
			t.Fatal(err)
		}
		s.send("x\x7f")
	}
	s.send(" ;\r")
	s.expect("|1\r\nsockstat> ")
	if err := pty.Setsize(s.tty, &pty.Winsize{Rows: 24, Cols: 12}); err != nil {
		t.Fatal(err)
	}
	s.send("\r")
	s.expect("\r\nsockstat> ") // too narrow to edit from here on
	s.send("SELECT 2 AS two;\r")
	s.expect("\r\ntwo\r\n2\r\nsockstat> ")
	s.send("\x03")
	s.expect("sockstat> ")
	s.send("SELECT 3 AS three;\r")
	s.expect("three\r\n3\r\nsockstat> ")
	if err := pty.Setsize(s.tty, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
		t.Fatal(err)
	}
	s.send("\r")
	s.expect("sockstat> ")
	s.send("SELECT 4 AS four\x7fr;\r")
	s.expect("four\r\n4\r\n")
	s.send(".quit\r")
	s.exit(0)
}

func TestTerminalEdit(t *testing.T) {
	dir := t.TempDir()
	script := filepath.Join(dir, "ed itor")
	if err := os.WriteFile(script, []byte("#!/bin/sh\nsed -i 's/22/80/' \"$1\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	s := startSession(t, 80, func(cmd *exec.Cmd) { cmd.Env = append(cmd.Env, "VISUAL=", "EDITOR='"+script+"'") })
	s.expect("sockstat> ")
	s.line("SELECT name FROM sockets WHERE port = 22;")
	s.expect("\r\nsshd\r\nsockstat> ")
	s.line(".edit")
	s.expect("WHERE port = 80;\r\n")
	s.expect("\r\nnginx\r\nsockstat> ")
	s.line(".edit") // there is nothing to change any more
	s.expect(pasteOff + pasteOn + "sockstat> ")
	s.send("\x1b[A\x1b[A")
	s.expect("WHERE port = 80;")
	s.send("\x03")
	s.expect("sockstat> ")
	s.send("\x04")
	s.exit(0)
}

func TestTerminalOtherWords(t *testing.T) {
	s := startSession(t, 80, nil)
	s.expect(greeting[:20])
	s.expect("sockstat> ")
	for line, want := range map[string]string{
		"help": ".tables [PATTERN]", "?": ".tables [PATTERN]", `\?`: ".tables [PATTERN]", "show tables;": "zones    Some zones",
		`\dt`: "zones    Some zones", "desc zones": "CREATE TABLE zones", "DESCRIBE zones;": "CREATE TABLE zones", `\d zones`: "CREATE TABLE zones",
		`\nope`: `unknown command "\\nope"`,
	} {
		s.line(line)
		s.expect(want)
		s.expect("sockstat> ")
	}
	s.line(`\x`)
	s.expect("mode: line")
	s.line("SELECT 1 AS one;")
	s.expect("one = 1")
	s.line(`\x`)
	s.expect("mode: list")
	s.line("exit;")
	s.exit(0)
}

// A statement is run again in place, until Ctrl-C, which leaves the shell as it is.
func TestTerminalWatch(t *testing.T) {
	s := startSession(t, 60, nil)
	s.expect("sockstat> ")
	s.line(".mode box")
	s.expect("sockstat> ")
	s.line(".watch 0.1 SELECT name, random() AS r FROM zones")
	s.expect("\x1b[?1049h")
	s.expect("every 100ms: SELECT name")
	s.expect("\n\x1b[J\x1b[H") // drawn over, without clearing
	s.expect("\x1b[32m+\x1b[0m")
	s.expect("\x1b[31m-\x1b[0m")
	if err := pty.Setsize(s.tty, &pty.Winsize{Rows: 8, Cols: 40}); err != nil {
		t.Fatal(err)
	}
	s.expect("3 rows, 1 shown")
	s.send("\x03")
	s.expect("\x1b[?25h\x1b[?7h\x1b[?1049l")
	s.expect("every 100ms")
	s.expect("sockstat> ")
	s.line("BEGIN;")
	s.expect("sockstat> ")
	s.line(".watch")
	s.expect("COMMIT ends it")
	s.expect("sockstat> ")
	s.line(".quit")
	s.exit(0)
}
