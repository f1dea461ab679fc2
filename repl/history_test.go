//go:build unix

package repl

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sockstat/repl/format"
)

// historyHome sets a new home directory and returns the history file in it.
func historyHome(t *testing.T) string {
	t.Setenv("SOCKSTAT_HISTORY", "")
	os.Unsetenv("SOCKSTAT_HISTORY")
	t.Setenv("XDG_STATE_HOME", "")
	t.Setenv("HOME", t.TempDir())
	return filepath.Join(os.Getenv("HOME"), ".local", "state", "sockstat", "history")
}

func TestHistory(t *testing.T) {
	file := historyHome(t)
	for _, want := range []string{"", "one two"} {
		h, lines, err := openHistory()
		if err != nil || strings.Join(lines, " ") != want {
			t.Fatalf("lines are %q: %v", lines, err)
		}
		h.add("one")
		h.add("two")
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(file, []byte(historyMark+"\n"+strings.Repeat(strings.Repeat("x", 99)+"\n", 5000)+"bad\xff\n\x1b\nlast\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	beside := &history{path: file} // another shell that has it open
	if err := beside.open(); err != nil {
		t.Fatal(err)
	}
	defer beside.Close()
	h, lines, err := openHistory()
	if err != nil || len(lines) != historyLines || lines[historyLines-1] != "last" {
		t.Fatalf("%d lines: %v", len(lines), err)
	}
	beside.add("beside")
	h.add("new")
	h.Close()
	b, err := os.ReadFile(file)
	want := historyMark + "\n" + strings.Repeat(strings.Repeat("x", 99)+"\n", 999) + "last\nbeside\nnew\n"
	if err != nil || string(b) != want {
		t.Errorf("after shortening: %v, %d bytes, ends with %q", err, len(b), b[max(0, len(b)-30):])
	}
	checkMode(t, file, 0o600)
	if entries, err := os.ReadDir(filepath.Dir(file)); err != nil || len(entries) != 1 {
		t.Errorf("left %v, %v", entries, err)
	}
}

// A file that no shell made stays as it is, whatever it is.
func TestHistoryOfOthers(t *testing.T) {
	for name, content := range map[string]string{
		"empty": "", "text": "one\ntwo\n", "long": strings.Repeat("SELECT 1;\n", 50_000), "nearly": historyMark, "later": "x\n" + historyMark + "\n",
	} {
		for _, mode := range []os.FileMode{0o600, 0o644, 0o755} {
			historyHome(t)
			file := filepath.Join(t.TempDir(), "precious")
			t.Setenv("SOCKSTAT_HISTORY", file)
			if err := os.WriteFile(file, []byte(content), mode); err != nil {
				t.Fatal(err)
			}
			h, lines, err := openHistory()
			if h != nil || len(lines) > 0 || err == nil || err.Error() != "keep no history: use "+file+": not made by sockstat" {
				t.Errorf("%s: %q, %v", name, lines, err)
			}
			h.add("line")
			b, err := os.ReadFile(file)
			if err != nil || string(b) != content {
				t.Errorf("%s: is %d bytes, %v", name, len(b), err)
			}
			checkMode(t, file, mode)
			if entries, err := os.ReadDir(filepath.Dir(file)); err != nil || len(entries) != 1 {
				t.Errorf("%s: left %v, %v", name, entries, err)
			}
		}
	}
}

// Nor does a file that took the place of the history while the shell ran.
func TestHistoryReplaced(t *testing.T) {
	file := historyHome(t)
	h, _, err := openHistory()
	if err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "other")
	if err := errors.Join(os.WriteFile(other, []byte("mine\n"), 0o600), os.Rename(other, file)); err != nil {
		t.Fatal(err)
	}
	h.add("line")
	h.add("line")
	if b, err := os.ReadFile(file); err != nil || string(b) != "mine\n" {
		t.Errorf("is %q, %v", b, err)
	}
}

// What a file of lines has is text that can be typed.
func FuzzHistory(f *testing.F) {
	f.Add("one\ntwo\n")
	f.Add(historyMark + "\n\xff\n\x1b[2J\n\nlast")
	f.Fuzz(func(t *testing.T, text string) {
		lines := historyOf(text)
		if len(lines) > historyLines {
			t.Errorf("%d lines", len(lines))
		}
		for _, line := range lines {
			if line == "" || strings.Contains(line, "\n") || format.Escape(line) != line || !strings.Contains(text, line) {
				t.Errorf("line %q", line)
			}
		}
		if again := historyOf(strings.Join(lines, "\n")); !slices.Equal(again, lines) {
			t.Errorf("%q becomes %q", lines, again)
		}
	})
}

func TestNoHistory(t *testing.T) {
	for name, prepare := range map[string]func(t *testing.T, file string){
		"switched off": func(t *testing.T, file string) { t.Setenv("SOCKSTAT_HISTORY", "") },
		"foreign home": func(t *testing.T, file string) {
			if os.Geteuid() != 0 {
				t.Skip("only root can give a directory away")
			}
			chown(t, os.Getenv("HOME"))
		},
		"foreign state directory": func(t *testing.T, file string) {
			if os.Geteuid() != 0 {
				t.Skip("only root can give a directory away")
			}
			dir := t.TempDir()
			chown(t, dir)
			t.Setenv("XDG_STATE_HOME", filepath.Join(dir, "state"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			file := historyHome(t)
			prepare(t, file)
			if h, _, err := openHistory(); h != nil || err != nil {
				t.Errorf("history %v, error %v", h, err)
			}
			if entries, err := os.ReadDir(os.Getenv("HOME")); err != nil || len(entries) > 0 {
				t.Errorf("home has %v: %v", entries, err)
			}
		})
	}
}

// chown gives a file to another user.
func chown(t *testing.T, file string) {
	if err := os.Chown(file, 12345, 12345); err != nil {
		t.Fatal(err)
	}
}

func TestHistoryNoFile(t *testing.T) {
	for name, create := range map[string]func(file string) error{
		"link":      func(file string) error { return os.Symlink("/dev/null", file) },
		"directory": func(file string) error { return os.Mkdir(file, 0o700) },
	} {
		file := historyHome(t)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := create(file); err != nil {
			t.Fatal(err)
		}
		h, _, err := openHistory()
		if h != nil || err == nil || !strings.HasPrefix(err.Error(), "keep no history: open ") {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}
