package vtab

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sockstat/proc"
	"sockstat/vtab/table"
)

// noteLeftOut tells the user that a statement asks for zones that are not read, though they
// could be. Zones are looked for only if it names the column in a way that asks for others.
func (m *Machine) noteLeftOut(ctx context.Context, q *table.Query) {
	if m.Selection.All || m.Elsewhere == nil || m.OtherZones == "" || m.Zones == nil || !asksForZones(q) {
		return
	}
	r := m.zoneReading(ctx, q)
	defer r.end()
	all, _, err := r.listed()
	if err != nil {
		return // whoever reads zones is told
	}
	read := slices.DeleteFunc(slices.Clone(all), func(z proc.Zone) bool { return !z.Own })
	if !m.Selection.Own() {
		if read, _, err = r.zones(); err != nil {
			return
		}
	}
	if !alsoOthers(q) && !asksBesides(q, read) {
		return
	}
	if left := zonesBesides(all, read); len(left) > 0 {
		q.Note(table.Notice{Text: fmt.Sprintf("the sockets of %s are left out", zonesInWords(left)), Hint: m.OtherZones})
	}
}

// asksForZones reports whether a query of sockets may ask for several zones, or another.
func asksForZones(q *table.Query) bool {
	if !q.Names("zone") {
		return false
	}
	_, limited := q.Texts("zone")
	return limited || alsoOthers(q)
}

// alsoOthers reports whether a query asks for zones whichever they are.
func alsoOthers(q *table.Query) bool {
	if _, limited := q.Texts("zone"); limited {
		return false
	}
	return q.Groups("zone") || q.Excludes("zone") || withZones(q)
}

// withZones reports whether the statement of a query of sockets reads the names of zones too.
func withZones(q *table.Query) bool {
	moment := q.Moment()
	return moment != nil && q.Names("zone") && slices.ContainsFunc(moment.Queries(), func(other *table.Query) bool {
		return other.Table() == zonesName && (other.Names("name") || other.Names("id"))
	})
}

// asksBesides reports whether a query wants a zone by a name that is none of some zones'.
func asksBesides(q *table.Query, zones []proc.Zone) bool {
	texts, _ := q.Texts("zone")
	return slices.ContainsFunc(texts, func(text string) bool {
		return !slices.ContainsFunc(zones, func(z proc.Zone) bool {
			return strings.EqualFold(strings.TrimRight(text, " "), strings.TrimRight(z.Name, " "))
		})
	})
}

// zonesBesides returns the zones of all that are none of some.
func zonesBesides(all, some []proc.Zone) []proc.Zone {
	ids := map[uint64]bool{}
	for i := range some {
		ids[some[i].ID] = true
	}
	return slices.DeleteFunc(slices.Clone(all), func(z proc.Zone) bool { return ids[z.ID] })
}

// zonesInWords says which zones there are, or of many how many.
func zonesInWords(zones []proc.Zone) string {
	const most = 3 // that are named
	names := make([]string, 0, most)
	for _, z := range zones[:min(most, len(zones))] {
		names = append(names, fmt.Sprintf("%q", z.Name))
	}
	switch n := len(zones); {
	case n == 1:
		return "zone " + names[0]
	case n > most:
		return fmt.Sprintf("%d other zones", n)
	}
	return "zones " + strings.Join(names, ", ")
}
