package queries

import (
	"fmt"
	"strings"

	"sockstat/internal/similar"
)

// sortKeys are the columns that --sort takes by another name, or that are not sorted by their
// text.
var sortKeys = map[string][]string{
	"local":          {"ip(local_address)", "local_port", "local"},
	"remote":         {"ip(remote_address)", "remote_port", "remote"},
	"local_address":  {"ip(local_address)", "local_address"},
	"remote_address": {"ip(remote_address)", "remote_address"},
}

// orderBy returns the terms to sort by. A column with a hyphen before it is sorted backwards; what
// has no value comes last, which is said only where SQLite would not do it anyway: a table can
// bring rows in its default order. The columns are those of sockets, and some always have a value.
func orderBy(sort, columns, valued []string) (terms []string, err error) {
	for _, key := range sort {
		name, backwards := strings.CutPrefix(strings.ToLower(key), "-")
		name = strings.ReplaceAll(strings.TrimSuffix(name, " address"), " ", "_")
		of := sortKeys[name]
		if of == nil {
			of = []string{name}
		}
		if !contains(columns, name) {
			return nil, hinted(fmt.Errorf("--sort %q: sockets has no such column", key), similar.Hint(name, columns))
		}
		for _, term := range of {
			switch {
			case backwards:
				term += " DESC"
			case !contains(valued, term):
				term += " NULLS LAST"
			}
			terms = append(terms, term)
		}
	}
	return terms, nil
}

func contains(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}
