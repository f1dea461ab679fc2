package vtab

import (
	"fmt"
	"slices"

	"sockstat/vtab/table"
)

// otherZone notices that a query is about another zone than the caller's own where the
// kernel says nothing of that: all that can be found is what processes of the other zone
// hold in this one.
type otherZone struct {
	query  *table.Query
	own    string // "" if not known
	advice string // what to do about it; "" where nothing is to be said
	found  bool
}

// newOtherZone returns what looks at the rows of a query.
func (m *Machine) newOtherZone(q *table.Query, rows kernelRows) otherZone {
	o := otherZone{query: q}
	if own, ok := rows.(*kernelReader); ok && m.Elsewhere == nil {
		o.own, o.advice = own.where.zone, m.OtherZones
	}
	return o
}

func (o *otherZone) wanted() bool {
	return !o.found && o.own != "" && o.advice != "" && !wants(o.query, "zone", o.own)
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
		o.query.Note(table.Notice{Text: fmt.Sprintf("the kernel shows only the sockets of the zone %q", o.own), Hint: o.advice})
	}
}
