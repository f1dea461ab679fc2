package vtab

import (
	"math"
	"slices"
	"strings"

	"sockstat/mib2"
	"sockstat/vtab/engine"
)

// protocols returns which of some protocols a query wants, judging by proto and label.
func protocols(q *engine.Query, some []mib2.Protocol) []mib2.Protocol {
	return slices.DeleteFunc(slices.Clone(some), func(p mib2.Protocol) bool {
		all := labels[p]
		return !wants(q, "proto", p.String()) || !wants(q, "label", all[:]...)
	})
}

// filter translates what a query says of the columns that the kernel knows.
func filter(q *engine.Query) mib2.Filter {
	f := mib2.Filter{
		Families:    families(q),
		LocalPorts:  ports(q, "local_port"),
		RemotePorts: ports(q, "remote_port"),
		Parts:       mib2.Parts(q.Parts()), // the lower bits
	}
	if _, limited := q.Texts("state"); limited {
		f.States = []mib2.State{}
		for _, s := range mib2.States {
			if wants(q, "state", s.String()) {
				f.States = append(f.States, s)
			}
		}
	}
	return f
}

// families returns the address families that a query wants, nil for all.
func families(q *engine.Query) []mib2.Family {
	wanted := slices.DeleteFunc(slices.Clone(mib2.Families), func(f mib2.Family) bool {
		var shown []string
		for _, versions := range labels {
			if f == mib2.Inet {
				shown = append(shown, versions[0])
			} else {
				shown = append(shown, versions[1:]...)
			}
		}
		return !wants(q, "family", f.String()) || !wants(q, "label", shown...)
	})
	if len(wanted) == len(mib2.Families) {
		return nil
	}
	return wanted
}

// wants reports whether a query lets a TEXT column have one of the values, in doubt yes.
// Collations may ignore case or trailing blanks, so both are ignored here.
func wants(q *engine.Query, column string, values ...string) bool {
	texts, limited := q.Texts(column)
	trim := func(s string) string { return strings.TrimRight(s, " ") }
	return !limited || slices.ContainsFunc(texts, func(t string) bool {
		return slices.ContainsFunc(values, func(v string) bool { return strings.EqualFold(trim(t), trim(v)) })
	})
}

// ports returns the port numbers that a query wants, nil for all. Port 0 is NULL, so no
// comparison is true of it.
func ports(q *engine.Query, column string) []mib2.PortRange {
	null, other := q.Nulls(column)
	ranges, limited := q.Ranges(column)
	switch {
	case null && other && !limited:
		return nil
	case !limited:
		ranges = []engine.Range{{Lo: 1, Hi: math.MaxUint16}}
	}
	ports := []mib2.PortRange{}
	if null {
		ports = append(ports, mib2.PortRange{})
	}
	for _, r := range ranges {
		if !other {
			break
		}
		lo, hi := max(r.Lo, 1), min(r.Hi, math.MaxUint16)
		if lo <= hi {
			ports = append(ports, mib2.PortRange{Lo: uint16(lo), Hi: uint16(hi)})
		}
	}
	return ports
}
