package queries

import (
	"slices"
	"strings"
	"testing"

	"sockstat/mib2"
)

// The flags reach the sockets of every protocol: -P takes each, -4 and -6 with it have each of
// their labels, and -u shows Unix sockets.
func TestNoProtocolIsForgotten(t *testing.T) {
	sql := func(l Listing) string {
		t.Helper()
		text, err := l.SQL()
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	both := sql(Listing{IPv4: true, Unix: true})
	for _, p := range mib2.Protocols {
		name := p.String()
		if !slices.Contains(Protocols(), name) {
			t.Errorf("-P does not take %s", name)
		}
		of := []string{strings.ToUpper(name)}
		four, six := sql(Listing{IPv4: true, Protocols: of}), sql(Listing{IPv6: true, Protocols: of})
		for _, label := range p.ShownBy().Labels() {
			quoted := quote(label)
			switch {
			case p == mib2.Unix && !strings.Contains(both, quoted):
				t.Errorf("-4u leaves out %s: %s", label, both)
			case p.Internet() && strings.Contains(four, quoted) != strings.Contains(label, "4"), p.Internet() && strings.Contains(six, quoted) != strings.Contains(label, "6"):
				t.Errorf("-4 or -6 takes %s for another IP version: %s %s", label, four, six)
			}
		}
		want := "proto IN (" + quote(name) + ")"
		if by := p.ShownBy(); by != p {
			want = "proto = " + quote(by.String()) + " AND " + name + " = 1"
		}
		if got := sql(Listing{Protocols: of}); !strings.Contains(got, want) {
			t.Errorf("-P %s: %s", name, got)
		}
	}
	if names := Protocols(); len(names) < 2 || !slices.Equal(names[:2], usual) || !slices.IsSorted(names[2:]) {
		t.Errorf("-P takes %q", Protocols())
	}
}
