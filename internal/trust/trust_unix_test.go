//go:build unix

package trust

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"time"

	"golang.org/x/sys/unix"
)

// write writes a file with a mode, whatever the umask.
func write(t *testing.T, file, content string, mode os.FileMode) string {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, mode); err != nil {
		t.Fatal(err)
	}
	return file
}

// message returns the text of an error behind its path.
func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()[strings.LastIndex(err.Error(), ": ")+2:]
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink("plain", link); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		write(t, filepath.Join(dir, "plain"), "SELECT 1", 0o644): "",
		link: "",
		write(t, filepath.Join(dir, "most"), strings.Repeat("x", MaxFile), 0o600):   "",
		write(t, filepath.Join(dir, "more"), strings.Repeat("x", MaxFile+1), 0o600): "the statement limit is 1 MB",
		dir:                           "not a regular file",
		fifo:                          "not a regular file",
		"/dev/zero":                   "not a regular file",
		"/dev/null":                   "not a regular file",
		filepath.Join(dir, "missing"): "no such file or directory",
	} {
		done := make(chan error, 1)
		go func() {
			_, err := Read(file)
			done <- err
		}()
		select {
		case err := <-done:
			if message(err) != want {
				t.Errorf("%s: %v, want %q", file, err, want)
			}
		case <-time.After(time.Minute):
			t.Fatalf("%s: hangs", file)
		}
	}
}

// What a descriptor leads to is read, whatever it is, but not more of it than of a file.
func TestReadDescriptor(t *testing.T) {
	if _, err := os.Stat("/dev/fd/0"); err != nil {
		t.Skip("no /dev/fd")
	}
	for _, test := range []struct{ content, want string }{{"SELECT 1", ""}, {strings.Repeat("x", 2*MaxFile), "the statement limit is 1 MB"}} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			w.WriteString(test.content)
			w.Close()
		}()
		name := "/dev/fd/" + decimal(r)
		b, err := Read(name)
		if message(err) != test.want || test.want == "" && string(b) != test.content {
			t.Errorf("%d bytes, %v", len(b), err)
		}
		r.Close()
	}
	zero, err := os.Open("/dev/zero")
	if err != nil {
		t.Fatal(err)
	}
	defer zero.Close()
	if _, err := Read("/dev/fd/" + decimal(zero)); message(err) != "the statement limit is 1 MB" {
		t.Error(err)
	}
}

func decimal(f *os.File) string {
	digits, n := "", f.Fd()
	for ; n > 0 || digits == ""; n /= 10 {
		digits = string(rune('0'+n%10)) + digits
	}
	return digits
}

// Who could have written a file is told by its owner and mode and those of its directories.
func TestForeign(t *testing.T) {
	top := t.TempDir()
	dirs := map[string]os.FileMode{"own": 0o755, "group": 0o775, "open": 0o777, "sticky": 0o777 | os.ModeSticky, "open/own": 0o755}
	for _, name := range []string{"own", "group", "open", "sticky", "open/own"} {
		if err := os.Mkdir(filepath.Join(top, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for name, mode := range dirs {
		if err := os.Chmod(filepath.Join(top, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	group := "its group may write to it"
	if privateGroup(os.Getegid()) {
		group = ""
	}
	inGroup := group
	if group != "" {
		inGroup = "directory " + filepath.Join(top, "group") + ": " + group
	}
	for _, test := range []struct {
		file string
		mode os.FileMode
		want string
	}{
		{"own/a", 0o600, ""}, {"own/b", 0o755, ""}, {"own/c", 0o664, group}, {"own/d", 0o602, "everybody may write to it"},
		{"group/a", 0o600, inGroup}, {"sticky/a", 0o600, ""},
		{"open/a", 0o600, "directory " + filepath.Join(top, "open") + ": everybody may write to it"},
		{"open/own/a", 0o600, "directory " + filepath.Join(top, "open") + ": everybody may write to it"},
	} {
		path := write(t, filepath.Join(top, test.file), "", test.mode)
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := Foreign(path, info); got != test.want {
			t.Errorf("%s with %v: %q, want %q", test.file, test.mode, got, test.want)
		}
		checkRoot(t, path, test.want)
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file away")
	}
	path := write(t, filepath.Join(top, "own/given"), "", 0o600)
	if err := os.Chown(path, 12345, 12345); err != nil {
		t.Fatal(err)
	}
	checkRoot(t, path, "belongs to another user")
	link := filepath.Join(top, "own/link")
	if err := os.Symlink("../open/own/a", link); err != nil {
		t.Fatal(err)
	}
	checkRoot(t, link, "directory "+filepath.Join(top, "open")+": everybody may write to it")
}

// checkRoot checks that root reads no file that others could have written, and others do.
func checkRoot(t *testing.T, path, foreign string) {
	t.Helper()
	_, err := Read(path)
	if os.Geteuid() != 0 {
		foreign = ""
	}
	if (err == nil) != (foreign == "") || err != nil && !strings.HasSuffix(err.Error(), ": "+foreign) {
		t.Errorf("%s: read: %v, want %q", path, err, foreign)
	}
}

// Standard input is looked at as it was opened: a file by its owner and mode, a pipe not.
func TestForeignInput(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(fifo, 0o666); err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	open := func(name string, flag int) *os.File {
		f, err := os.OpenFile(name, flag, 0)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	for f, foreign := range map[*os.File]bool{
		open(write(t, filepath.Join(dir, "own"), "", 0o600), os.O_RDONLY):  false,
		open(write(t, filepath.Join(dir, "open"), "", 0o666), os.O_RDONLY): true,
		open(os.DevNull, os.O_RDONLY):                                      false,
		open(fifo, os.O_RDWR):                                              !nameless(open(fifo, os.O_RDWR)),
		r:                                                                  false,
	} {
		if got := ForeignInput(f); (got != "") != foreign {
			t.Errorf("%s: %q", f.Name(), got)
		}
		f.Close()
	}
}
