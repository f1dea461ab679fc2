package main

import (
	"slices"
	"strings"
	"testing"

	"sockstat/queries"
	"sockstat/vtab"
)

// Every saved query is documented, compiles, and documents the parameters it has.
func TestSavedQueries(t *testing.T) {
	list, err := queries.List()
	if err != nil {
		t.Fatal(err)
	}
	db, err := vtab.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, q := range list {
		if q.Path != "" {
			continue // not ours
		}
		st, rest, err := db.Prepare(q.SQL)
		if err != nil || st == nil || strings.TrimSpace(rest) != "" {
			t.Errorf("%s: %v, then %q", q.Name, err, rest)
			continue
		}
		var documented []string
		for _, p := range q.Params {
			documented = append(documented, ":"+p.Name)
		}
		slices.Sort(documented)
		used := slices.Sorted(slices.Values(st.Params()))
		if q.Doc == "" || !slices.Equal(documented, used) {
			t.Errorf("%s: %q documents %q, has %q", q.Name, q.Doc, documented, used)
		}
		st.Close()
	}
}
