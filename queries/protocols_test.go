package queries

import (
	"slices"
	"strings"
	"testing"

	"sockstat/mib2"
)

// The flags reach the sockets of every protocol: -P takes each that has internet addresses, -4 and
// -6 have each of their labels, and -u shows the others.
func TestNoProtocolIsForgotten(t *testing.T) {
	sql := func(l Listing) string {
		t.Helper()
		text, err := l.SQL()
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	four, six, both := sql(Listing{IPv4: true}), sql(Listing{IPv6: true}), sql(Listing{IPv4: true, Unix: true})
	for _, p := range mib2.Protocols {
		name := p.String()
		if got := slices.Contains(Protocols(), name); got != p.Internet() {
			t.Errorf("-P takes %s: %v", name, got)
		}
		for _, label := range p.Labels() {
			quoted := quote(label)
			switch {
			case !p.Internet() && !strings.Contains(both, quoted):
				t.Errorf("-4u leaves out %s: %s", label, both)
			case p.Internet() && strings.Contains(four, quoted) != strings.Contains(label, "4"), p.Internet() && strings.Contains(six, quoted) != strings.Contains(label, "6"):
				t.Errorf("-4 or -6 takes %s for another IP version: %s %s", label, four, six)
			}
		}
		if !p.Internet() {
			continue
		}
		if got := sql(Listing{Protocols: []string{strings.ToUpper(name)}}); !strings.Contains(got, "proto IN ("+quote(name)+")") {
			t.Errorf("-P %s: %s", name, got)
		}
	}
	if !slices.IsSorted(Protocols()) || len(Protocols()) == 0 {
		t.Errorf("-P takes %q", Protocols())
	}
}
