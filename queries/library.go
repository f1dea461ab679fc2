package queries

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sockstat/internal/similar"
	"sockstat/internal/trust"
)

//go:embed *.sql
var builtin embed.FS

// Library is where saved queries are found by name. The zero value has none.
type Library struct {
	Dirs    []string // directories of files NAME.sql; the first one that has a name wins
	Builtin fs.FS    // such files with the names that no directory has; nil for none
}

// BuiltIn returns the library of the queries that are built in.
func BuiltIn() Library { return Library{Builtin: builtin} }

// ofMachine is the directory of the machine's queries.
const ofMachine = "/etc/sockstat/queries"

// Default returns the library of this user: the directory of the user, that of the machine,
// and the queries that are built in. A program that has rights which the user lacks does not
// look where he says.
func Default() Library {
	l := Library{Builtin: builtin}
	if config, err := os.UserConfigDir(); err == nil && !trust.Raised() {
		l.Dirs = append(l.Dirs, filepath.Join(config, "sockstat", "queries"))
	}
	l.Dirs = append(l.Dirs, ofMachine)
	return l
}

// ErrNotFound is the error of Load for a name that no query has.
var ErrNotFound = errors.New("no such saved query")

// Load returns the saved query of a name.
func (l Library) Load(name string) (Query, error) {
	if !nameForm().MatchString(name) {
		return Query{}, fmt.Errorf("query %q: %w", name, ErrNotFound)
	}
	for _, dir := range l.Dirs {
		file := filepath.Join(dir, name+".sql")
		sql, err := trust.Read(file)
		switch {
		case err == nil:
			q := Parse(name, string(sql))
			q.Path = file
			return q, nil
		case !errors.Is(err, fs.ErrNotExist) && !closed(file):
			return Query{}, err
		}
	}
	if l.Builtin == nil {
		return Query{}, fmt.Errorf("query %q: %w", name, ErrNotFound)
	}
	sql, err := fs.ReadFile(l.Builtin, name+".sql")
	if err != nil {
		return Query{}, fmt.Errorf("query %q: %w", name, ErrNotFound)
	}
	return Parse(name, string(sql)), nil
}

// Names returns the names of all saved queries, as far as they can be read.
func (l Library) Names() []string {
	names, _ := l.names()
	return names
}

// Like returns what to ask who gave a name that no query has: "did you mean …?", "" if no name is
// like it.
func (l Library) Like(name string) string {
	return similar.Hint(name, l.Names())
}

// closed reports whether the directory of a file may not be searched, as that of another
// user whose HOME was kept.
func closed(file string) bool {
	_, err := os.Stat(file)
	return errors.Is(err, fs.ErrPermission)
}

// names returns the names of all saved queries. Those in directories that cannot be read are left
// out, and the error says why.
func (l Library) names() (names []string, err error) {
	var errs []error
	add := func(entries []fs.DirEntry, err error) {
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
		for _, e := range entries {
			if name, ok := strings.CutSuffix(e.Name(), ".sql"); ok && nameForm().MatchString(name) {
				names = append(names, name)
			}
		}
	}
	if l.Builtin != nil {
		add(fs.ReadDir(l.Builtin, "."))
	}
	for _, dir := range l.Dirs {
		add(os.ReadDir(dir))
	}
	slices.Sort(names)
	return slices.Compact(names), errors.Join(errs...)
}

// List returns all saved queries by name. Those that cannot be read are left out, and
// the error says why.
func (l Library) List() ([]Query, error) {
	names, err := l.names()
	errs := []error{err}
	var list []Query
	for _, name := range names {
		q, err := l.Load(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		list = append(list, q)
	}
	return list, errors.Join(errs...)
}

// ErrExists is the error of Save for a name that a query has already.
var ErrExists = errors.New("there is a saved query of that name")

// Save writes the text of a query into the first directory, that of the user, and returns its file,
// which nobody else may read. One that exists is replaced only if that is asked for; then it takes the place of one of the
// machine or built in as well.
func (l Library) Save(name, sql string, replace bool) (file string, err error) {
	if !nameForm().MatchString(name) {
		return "", fmt.Errorf("%q is no name of a query: letters, digits, and _ . - behind the first", name)
	}
	if len(l.Dirs) == 0 || l.Dirs[0] == ofMachine {
		return "", errors.New("there is no directory for them: HOME is not set")
	}
	dir := l.Dirs[0]
	file = filepath.Join(dir, name+".sql")
	if _, err := l.Load(name); !replace && !errors.Is(err, ErrNotFound) {
		return "", fmt.Errorf("save %s: %w", name, ErrExists)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	f, err := os.CreateTemp(dir, ".new-*") // with mode 0600
	if err != nil {
		return "", err
	}
	_, err = f.WriteString(sql)
	if err = errors.Join(err, f.Close()); err == nil {
		err = put(f.Name(), file, replace)
	}
	if err != nil {
		os.Remove(f.Name())
		return "", err
	}
	return file, nil
}

// put gives a file its name, in the place of another only if that is asked for.
func put(file, name string, replace bool) error {
	if replace {
		return os.Rename(file, name)
	}
	if err := os.Link(file, name); err != nil { // fails if there is one by now
		return err
	}
	return os.Remove(file)
}
