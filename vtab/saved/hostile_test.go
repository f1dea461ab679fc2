package saved_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"sockstat/vtab"
	"sockstat/vtab/saved"
)

// sqlite runs Python's sqlite3 on a file: a program that is not ours.
func sqlite(t testing.TB, file, script string) string {
	t.Helper()
	return sqliteAll(t, file, script)
}

// sqliteAll does so with several files and the script of each.
func sqliteAll(t testing.TB, filesAndScripts ...string) string {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3")
	}
	const each = `
import sqlite3, sys
for i in range(1, len(sys.argv), 2):
    c = sqlite3.connect(sys.argv[i], isolation_level=None)
    exec(sys.argv[i + 1])
    c.close()
`
	cmd := exec.Command(python, append([]string{"-c", each}, filesAndScripts...)...)
	out, err := cmd.CombinedOutput()
	if strings.Contains(string(out), "No module named") {
		t.Skip("python3 has no sqlite3")
	}
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

// Any program that reads SQLite finds the plain tables, at the last moment and at others.
func TestOtherProgramsReadIt(t *testing.T) {
	file := path(t)
	w := newWorld()
	save(t, file, w.machine(), saved.Choice{})
	changes[4](w)
	save(t, file, w.machine(), saved.Choice{})
	got := sqlite(t, file, `
print(c.execute("PRAGMA integrity_check").fetchall())
print(c.execute("SELECT local, remote, command, owner_status FROM sockets WHERE local_port = 80 ORDER BY remote_port, pid").fetchall())
print(c.execute("SELECT local_port, count(*) FROM sockets_over_time WHERE gone IS NULL AND first = (SELECT max(first) FROM sockets_over_time) GROUP BY 1").fetchall())
print(c.execute("SELECT value FROM saved_machine WHERE name = 'host'").fetchall())
first = c.execute("SELECT strftime('%Y-%m-%d %H:%M:%f', time_ms / 1000.0, 'unixepoch') FROM moments WHERE moment = 1").fetchone()
print(c.execute("SELECT count(*) FROM sockets_over_time WHERE first <= ?1 AND (gone > ?1 OR gone IS NULL)", first).fetchall())
`)
	want := `[('ok',)]
[(':::80', None, 'web', 'ok'), (':::80', None, 'web', 'ok'), ('192.0.2.1:80', '198.51.100.7:5000', 'web', 'ok'), ('192.0.2.1:80', '198.51.100.7:5002', None, 'time_wait'), ('192.0.2.1:80', '198.51.100.7:5002', None, 'time_wait')]
[(8080, 1)]
[('rows',)]
[(10,)]
`
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// Files that a stranger has changed are refused with one line, or read without running what is
// in them.
func TestHostileFiles(t *testing.T) {
	original := path(t)
	save(t, original, newWorld().machine(), saved.Choice{})
	refused := map[string]string{
		"trigger":        `c.execute("CREATE TRIGGER x AFTER INSERT ON texts BEGIN DELETE FROM texts; END")`,
		"view":           `c.execute("CREATE VIEW x AS SELECT 1")`,
		"another view":   `c.execute("DROP VIEW sockets"); c.execute("CREATE VIEW sockets AS SELECT 1")`,
		"table":          `c.execute("CREATE TABLE x (a)")`,
		"index":          `c.execute("CREATE INDEX x ON texts (abs(text_id))")`,
		"virtual table":  `c.execute("CREATE VIRTUAL TABLE x USING fts5(a)")`,
		"less":           `c.execute("DROP TABLE moments")`,
		"columns":        `c.execute("INSERT INTO saved_columns VALUES ('a b', 'x', 'TEXT', '', '')")`,
		"injection":      `c.execute("INSERT INTO saved_columns VALUES ('x', 'a\"; DROP TABLE texts; --', 'TEXT', '', '')")`,
		"one twice":      `c.execute("INSERT INTO saved_columns SELECT * FROM saved_columns")`,
		"many columns":   `c.execute("WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000) INSERT INTO saved_columns SELECT 't', 'c' || i, 'TEXT', '', '' FROM n")`,
		"WAL":            `c.execute("PRAGMA journal_mode = WAL")`,
		"newer":          `c.execute("PRAGMA user_version = 2")`,
		"other":          `c.execute("PRAGMA application_id = 1")`,
		"schema of junk": `c.execute("PRAGMA writable_schema = ON"); c.execute("UPDATE sqlite_schema SET sql = 'CREATE TABLE texts (x AS (randomblob(1e9)))' WHERE name = 'texts'")`,
	}
	for name, file := range copies(t, original, refused) {
		f, err := saved.Open(file)
		if err == nil {
			t.Errorf("%s: opened, with moments %v", name, f.Moments())
		} else if strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), file+": ") {
			t.Errorf("%s: %v", name, err)
		}
		if entries, _ := os.ReadDir(filepath.Dir(file)); name != "WAL" && len(entries) != 1 {
			t.Errorf("%s: there are %v now", name, entries)
		}
	}
	// Cells of other kinds than ours are values like others, or an error of the statement.
	odd := map[string]string{
		"blobs":           `c.execute("UPDATE socket_values SET proto = x'00', local_port = x'ff', local_address = 1.5")`,
		"numbers":         `c.execute("UPDATE socket_values SET local_port = 9e99, remote_port = -1, local = 0, remote = 1 << 62")`,
		"texts":           `c.execute("UPDATE sockets_spans SET fd = 'x', owner_status = 'y', first = 'z'")`,
		"a huge text":     `c.execute("UPDATE texts SET text = zeroblob(20000000) WHERE text_id = 2")`,
		"no texts":        `c.execute("DELETE FROM texts")`,
		"no moments":      `c.execute("DELETE FROM moments")`,
		"wild moments":    `c.execute("UPDATE moments SET time_ms = 9e18, kept = 'x'")`,
		"texts for times": `c.execute("UPDATE moments SET time_ms = 'abc'")`,
	}
	for name, file := range copies(t, original, odd) {
		readAll(t, name, file)
	}
}

// readAll reads all that is in a file, if it can be opened.
func readAll(t testing.TB, name, file string) {
	f, err := saved.Open(file)
	if err != nil {
		if strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
		return
	}
	moment, err := f.Last()
	if err != nil {
		return
	}
	m := f.Machine(moment)
	for _, name := range tableNames(m) {
		query(t, m, "SELECT * FROM "+name)
	}
	query(t, m, "SELECT s.local, p.name FROM sockets s JOIN processes p USING (pid) WHERE local_port > 5")
}

// copies returns copies of a file, by the names of the scripts that were run on them.
func copies(t testing.TB, original string, scripts map[string]string) map[string]string {
	t.Helper()
	files := map[string]string{}
	var args []string
	for name, script := range scripts {
		files[name] = copyOf(t, original)
		args = append(args, files[name], script)
	}
	sqliteAll(t, args...)
	return files
}

func copyOf(t testing.TB, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	to := path(t)
	if err := os.WriteFile(to, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return to
}

// What is no database at all is refused.
func TestNoDatabases(t *testing.T) {
	dir := directory(t)
	original := filepath.Join(dir, "m.db")
	save(t, original, newWorld().machine(), saved.Choice{})
	whole, err := os.ReadFile(original)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"empty": nil, "short": whole[:50], "header": whole[:100], "a page": whole[:4096], "half": whole[:len(whole)/2],
		"text": []byte(strings.Repeat("hello ", 100)), "zeros": make([]byte, 10000), "ending": whole[4096:],
	} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := saved.Open(file)
		if err == nil {
			if _, err = f.Last(); err == nil {
				rows, _ := query(t, f.Machine(f.Moments()[0]), "SELECT * FROM sockets")
				if !slices.ContainsFunc(rows, func(r string) bool { return strings.HasPrefix(r, "error: ") }) {
					t.Errorf("%s: %q", name, rows)
				}
			}
			continue
		}
		if strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), file+": ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if runtime.GOOS == "linux" {
		fifo := filepath.Join(dir, "fifo")
		if out, err := exec.Command("mkfifo", fifo).CombinedOutput(); err != nil {
			t.Skipf("%v: %s", err, out)
		}
		if _, err := saved.Open(fifo); err == nil || !strings.HasSuffix(err.Error(), ": not a regular file") {
			t.Errorf("a FIFO: %v", err)
		}
	}
}

// Bytes of a file that are changed never make the program crash, hang or run anything.
func FuzzFile(f *testing.F) {
	original := path(f)
	small := &vtab.Machine{Users: newWorld(), Zones: newWorld()}
	r, err := saved.NewRecorder(original)
	if err != nil {
		f.Fatal(err)
	}
	if _, err := r.Add(context.Background(), small, saved.Choice{Tables: []string{"users", "zones"}}); err != nil {
		f.Fatal(err)
	}
	if err := r.Close(); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(original)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint32(0), []byte("SQLite"), uint32(0))
	f.Add(uint32(100), []byte{13, 0, 0, 0, 5}, uint32(0))
	f.Add(uint32(4096), []byte{255, 255, 255}, uint32(5000))
	f.Fuzz(func(t *testing.T, at uint32, b []byte, cut uint32) {
		changed := slices.Clone(whole)
		if cut > 0 {
			changed = changed[:int(cut)%len(changed)]
		}
		if len(changed) > 0 {
			copy(changed[int(at)%len(changed):], b)
		}
		file := path(t)
		if err := os.WriteFile(file, changed, 0o600); err != nil {
			t.Fatal(err)
		}
		readAll(t, "fuzzed", file)
	})
}

// What lies beside a file by the name of its journal or lock, and is none, is refused at once
// and left alone: nobody waits for a FIFO.
func TestHostileNeighbours(t *testing.T) {
	original := path(t)
	save(t, original, newWorld().machine(), saved.Choice{Tables: []string{"users"}})
	for kind, create := range map[string]func(string) error{
		"a directory":     func(name string) error { return os.Mkdir(name, 0o700) },
		"a symbolic link": func(name string) error { return os.Symlink("/nonexistent", name) },
		"a FIFO":          func(name string) error { return exec.Command("mkfifo", name).Run() },
	} {
		for _, end := range []string{"-journal", "-wal", "-lock"} {
			file := copyOf(t, original)
			if err := create(file + end); err != nil {
				t.Skip(err)
			}
			_, err := saved.NewRecorder(file)
			errs := []error{err}
			if end != "-lock" {
				_, err := saved.Open(file)
				errs = append(errs, err)
			}
			for _, err := range errs {
				if err == nil || strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), file+": ") {
					t.Errorf("%s%s: %v", kind, end, err)
				}
			}
			if _, err := os.Lstat(file + end); err != nil {
				t.Errorf("%s%s: %v", kind, end, err)
			}
		}
	}
}

// Saving to a damaged file says so in one line, and leaves it as it was.
func TestSaveToDamagedFiles(t *testing.T) {
	original := path(t)
	save(t, original, newWorld().machine(), saved.Choice{Tables: []string{"users"}})
	whole, err := os.ReadFile(original)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{0, 50, 100, 4096, 5000} {
		file := path(t)
		if err := os.WriteFile(file, whole[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := saved.NewRecorder(file)
		if err == nil {
			_, err = r.Add(t.Context(), newWorld().machine(), saved.Choice{Tables: []string{"users"}})
			r.Close()
		}
		if err == nil || strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), file+": ") {
			t.Errorf("%d bytes: %v", size, err)
		}
		if now, err := os.ReadFile(file); err != nil || !slices.Equal(now, whole[:size]) {
			t.Errorf("%d bytes: changed, %v", size, err)
		}
	}
}
