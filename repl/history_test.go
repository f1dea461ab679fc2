//go:build unix

package repl

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
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
	if err := os.WriteFile(file, []byte(strings.Repeat(strings.Repeat("x", 99)+"\n", 5000)+"bad\xff\n\x1b\nlast\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	h, lines, err := openHistory()
	if err != nil || len(lines) != historyLines || lines[historyLines-1] != "last" {
		t.Fatalf("%d lines: %v", len(lines), err)
	}
	h.add("new")
	h.Close()
	info, err := os.Stat(file)
	if err != nil || info.Mode() != 0o600 || info.Size() != 999*100+5+4 {
		t.Errorf("after shortening: %v %v", info.Size(), info.Mode())
	}
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
