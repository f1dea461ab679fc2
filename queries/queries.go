// Package queries holds the SQL that sockstat comes with: the template of the classic
// listing (listing.go, listing.sql.tmpl) and the saved queries (*.sql), which users add to
// in directories of their own.
package queries

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
)

//go:embed *.sql
var builtin embed.FS

// Query is a saved query: statements, documented by the comment they begin with.
//
// The lines of that comment up to an empty one describe it. A line that begins with a
// parameter documents that, and may give it a default:
//
//	-- Sockets on a port
//	--
//	-- :port         port number, on either end
//	-- :proto = tcp  protocol
type Query struct {
	Name   string
	Doc    string
	Params []Param
	SQL    string
	Path   string // file it came from; empty if built in
}

// Param is a parameter of a saved query.
type Param struct {
	Name       string // without the colon
	Doc        string
	Default    string
	HasDefault bool
}

// Compiled when they are used, as listingTemplate is parsed.
var (
	nameForm = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)
	})
	paramForm = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^:(\w+)(?:\s+=\s+(\S+))?(?:\s+(.*))?$`)
	})
)

// Parse reads a saved query.
func Parse(name, sql string) Query {
	q := Query{Name: name, SQL: sql}
	described := false
	for line := range strings.Lines(sql) {
		text, comment := strings.CutPrefix(strings.TrimSpace(line), "--")
		if !comment {
			break
		}
		text = strings.TrimSpace(text)
		if m := paramForm().FindStringSubmatch(text); m != nil {
			q.Params = append(q.Params, Param{m[1], m[3], m[2], m[2] != ""})
			described = true
			continue
		}
		if text == "" {
			described = true
		}
		if !described {
			q.Doc = strings.TrimSpace(q.Doc + " " + text)
		}
	}
	return q
}

// Dirs returns the directories of saved queries beside the built-in ones, the first one
// winning: the user's, and the machine's.
func Dirs() []string {
	var dirs []string
	if config, err := os.UserConfigDir(); err == nil {
		dirs = append(dirs, filepath.Join(config, "sockstat", "queries"))
	}
	return append(dirs, "/etc/sockstat/queries")
}

// ErrNotFound is the error of Load for a name that no query has.
var ErrNotFound = errors.New("no such saved query")

// Load returns the saved query of a name.
func Load(name string) (Query, error) {
	if !nameForm().MatchString(name) {
		return Query{}, fmt.Errorf("query %q: %w", name, ErrNotFound)
	}
	for _, dir := range Dirs() {
		file := filepath.Join(dir, name+".sql")
		sql, err := os.ReadFile(file)
		switch {
		case err == nil:
			q := Parse(name, string(sql))
			q.Path = file
			return q, nil
		case !errors.Is(err, fs.ErrNotExist) && !closed(file):
			return Query{}, err
		}
	}
	sql, err := builtin.ReadFile(name + ".sql")
	if err != nil {
		return Query{}, fmt.Errorf("query %q: %w", name, ErrNotFound)
	}
	return Parse(name, string(sql)), nil
}

// closed reports whether the directory of a file may not be searched, as that of another
// user whose HOME was kept.
func closed(file string) bool {
	_, err := os.Stat(file)
	return errors.Is(err, fs.ErrPermission)
}

// List returns all saved queries by name. Those that cannot be read are left out, and
// the error says why.
func List() ([]Query, error) {
	var names []string
	var errs []error
	add := func(entries []fs.DirEntry) {
		for _, e := range entries {
			if name, ok := strings.CutSuffix(e.Name(), ".sql"); ok && nameForm().MatchString(name) {
				names = append(names, name)
			}
		}
	}
	entries, _ := builtin.ReadDir(".")
	add(entries)
	for _, dir := range Dirs() {
		entries, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
		add(entries)
	}
	slices.Sort(names)
	var list []Query
	for _, name := range slices.Compact(names) {
		q, err := Load(path.Base(name))
		if err != nil {
			errs = append(errs, err)
			continue
		}
		list = append(list, q)
	}
	return list, errors.Join(errs...)
}
