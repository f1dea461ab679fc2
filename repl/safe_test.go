//go:build unix

package repl

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sockstat/repl/format"
)

// runSafe runs commands, of a file if in is one, and returns what was said.
func runSafe(t *testing.T, in io.Reader, safe string) string {
	t.Helper()
	var said bytes.Buffer
	s := &Shell{DB: openTest(t), In: in, Out: &said, Err: &said, Settings: format.Settings{Format: "list"}, Safe: safe}
	if err := s.Run(context.Background()); err != nil && err != ErrFailed {
		t.Fatal(err)
	}
	return said.String()
}

// writeMode writes a file with a mode, whatever the umask.
func writeMode(t *testing.T, file, content string, mode os.FileMode) string {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, mode); err != nil {
		t.Fatal(err)
	}
	return file
}

// A safe shell refuses commands that touch files, and nothing else.
func TestSafe(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	writeMode(t, "r", "SELECT 'read';", 0o600)
	got := runSafe(t, strings.NewReader(".output o\n.once o\n.read r\n.output stdout\n.output\nSELECT 1;\n.mode\n"), "--safe was given")
	want := "sockstat: stdin:1: write to o: refused: --safe was given\nsockstat: stdin:2: write to o: refused: --safe was given\n" +
		"sockstat: stdin:3: read r: refused: --safe was given\n1\ncurrent output mode: list\n"
	if got != want {
		t.Errorf("got %q", got)
	}
	if _, err := os.Stat("o"); err == nil {
		t.Error("o was written")
	}
}

// So is a shell whose input another user could have written, and a file that it reads.
func TestSafeInput(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, test := range []struct {
		mode    os.FileMode
		refused bool
	}{{0o600, false}, {0o755, false}, {0o606, true}, {0o666, true}} {
		os.Remove("o")
		writeMode(t, "inner", ".output o\nSELECT 1;\n.output\n", test.mode)
		writeMode(t, "outer", ".read inner\n.once p\nSELECT 2;\n", 0o600)
		for _, file := range []string{"inner", "outer"} {
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			got := runSafe(t, f, "")
			f.Close()
			_, err = os.Stat("o")
			refused := strings.Contains(got, "write to o: refused: another user could have written this command: its file: everybody may write to it\n")
			if refused != test.refused || (err != nil) != test.refused {
				t.Errorf("%s with %v: said %q, o: %v", file, test.mode, got, err)
			}
			os.Remove("o")
		}
		if b, err := os.ReadFile("p"); err != nil || string(b) != "2\n" {
			t.Errorf("behind the file: %q, %v", b, err)
		}
	}
}

// Text beyond what a statement may have is told of and not run, whatever is in it.
func TestTooLong(t *testing.T) {
	dir := t.TempDir()
	line := ".once " + filepath.Join(dir, "o") + strings.Repeat(" ", 1000) + "\n"
	in := "SELECT 'a';\nSELECT '" + strings.Repeat(line, 1<<20/len(line)+10) + "';\nSELECT 'b';\n"
	if got := runSafe(t, strings.NewReader(in), ""); got != "a\nsockstat: stdin:2: SQL too long: the statement limit is 1 MB\nb\n" {
		t.Errorf("got %.200q", got)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("wrote %v, %v", entries, err)
	}
}

// A line without an end ends the shell.
func TestLineTooLong(t *testing.T) {
	s := &Shell{DB: openTest(t), In: io.MultiReader(strings.NewReader("SELECT 1;\n"), endlessLine{}), Out: io.Discard, Err: io.Discard}
	if err := s.Run(context.Background()); err == nil || err.Error() != "line too long: the statement limit is 1 MB" {
		t.Error(err)
	}
	zero, err := os.Open("/dev/zero")
	if err != nil {
		t.Fatal(err)
	}
	defer zero.Close()
	if got := runSafe(t, strings.NewReader(fmt.Sprintf(".read /dev/fd/%d\nSELECT 'on';\n", zero.Fd())), ""); !strings.Contains(got, "line too long: the statement limit is 1 MB\n") || !strings.HasSuffix(got, "on\n") {
		t.Errorf("got %q", got)
	}
}

// endlessLine is a reader of one line that never ends.
type endlessLine struct{}

func (endlessLine) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}
