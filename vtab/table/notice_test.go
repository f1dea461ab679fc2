package table

import (
	"fmt"
	"slices"
	"sync"
	"testing"
)

func TestNote(t *testing.T) {
	(&Query{}).Note(Notice{Text: "nobody listens"})
	var got []Notice
	q := NewQuery(Info{}, func(n Notice) { got = append(got, n) })
	q.Note(Notice{Text: "a", Hint: "b"})
	q.Note(Notice{Detail: true, Text: "c"})
	if want := []Notice{{Text: "a", Hint: "b"}, {Detail: true, Text: "c"}}; !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}

func TestWays(t *testing.T) {
	var q Query
	if ways := q.Ways(); len(ways) != 0 {
		t.Error(ways)
	}
	for _, way := range []string{"tcp from netlink", "holders by /proc", "tcp from netlink"} {
		q.Way(way)
	}
	ways := q.Ways()
	if want := []string{"tcp from netlink", "holders by /proc"}; !slices.Equal(ways, want) {
		t.Errorf("%q", ways)
	}
	ways[0] = "changed"
	if q.Ways()[0] != "tcp from netlink" {
		t.Error("the caller changed the query")
	}
}

func TestWaysOfSeveralGoroutines(t *testing.T) {
	var q Query
	var all sync.WaitGroup
	for n := range 50 {
		all.Go(func() {
			q.Way(fmt.Sprint(n % 10))
			q.Ways()
		})
	}
	if all.Wait(); len(q.Ways()) != 10 {
		t.Errorf("%q", q.Ways())
	}
}
