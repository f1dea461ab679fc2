package vtab

import (
	"fmt"
	"slices"

	"sockstat/mib2"
	"sockstat/vtab/engine"
)

// otherZone notices that a query is about another zone than the caller's own, of which the
// illumos kernel says nothing: all that can be found is what processes of that zone hold
// here.
type otherZone struct {
	query *engine.Query
	own   string
	found bool
}

func (o *otherZone) wanted() bool {
	return !o.found && o.own != "" && mib2.HasOrigin() && !wants(o.query, "zone", o.own)
}

// look looks at rows for one that is wanted all the same.
func (o *otherZone) look(rows []socket) {
	if o.wanted() {
		o.found = slices.ContainsFunc(rows, func(s socket) bool { return wants(o.query, "zone", s.zone().Bytes()) })
	}
}

// end tells the user why there is nothing.
func (o *otherZone) end() {
	if o.wanted() {
		o.query.Note(engine.Notice{
			Text: fmt.Sprintf("the kernel shows only the sockets of the zone %q", o.own),
			Hint: "run sockstat in the other zone, by zlogin(1)",
		})
	}
}
