// Package queries holds the SQL that sockstat comes with: the template of the classic
// listing (listing.go, listing.sql.tmpl) and the saved queries (*.sql), which users add to
// in directories of their own.
//
// [Listing] turns the classic flags into SQL; a [Library] finds a saved [Query] by its name.
package queries

import (
	"regexp"
	"strings"
	"sync"
)

// Query is a saved query: statements, documented by the comment they begin with.
//
// The lines of that comment up to an empty one describe it. A line that begins with a
// parameter documents that, and may give it a type, a range and a default. A value of another type
// or beyond the range is refused; an INTEGER from 0..65535 is a port, which the name of a service
// may stand for:
//
//	-- Sockets on a port
//	--
//	-- :port INTEGER 0..65535  port, a number or the name of a service
//	-- :proto = tcp            protocol
type Query struct {
	Name   string
	Doc    string
	Params []Param
	SQL    string
	Path   string // file it came from; empty if built in
}

// nameForm is compiled when it is first used, as other expressions are: most runs of the program
// need none.
var nameForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)
})

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
		if p, ok := parseParam(text); ok {
			q.Params = append(q.Params, p)
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
