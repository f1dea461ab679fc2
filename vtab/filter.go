package vtab

import (
	"math"
	"slices"
	"strings"

	"sockstat/mib2"
	"sockstat/vtab/table"
)

// protocols returns which of some protocols a query wants.
func protocols(q *table.Query, some []mib2.Protocol) []mib2.Protocol {
	local, _ := q.Nulls("local_port")
	remote, _ := q.Nulls("remote_port")
	return slices.DeleteFunc(slices.Clone(some), func(p mib2.Protocol) bool {
		if p.PortBits() == 0 && (!local || !remote) {
			return true // its sockets have no ports
		}
		family := func(f mib2.Family) bool { return wants(q, "family", f.String()) }
		if !slices.ContainsFunc(p.Families(), family) {
			return true
		}
		return !wants(q, "proto", p.String()) || !wants(q, "label", p.Labels()...)
	})
}

// filter translates what a query says of the columns that the kernel knows.
func filter(q *table.Query) mib2.Filter {
	f := mib2.Filter{
		Families:    families(q),
		LocalPorts:  ports(q, "local_port"),
		RemotePorts: ports(q, "remote_port"),
		Parts:       kernelParts(q.Parts()),
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

// families returns the address families that a query wants, nil for all. A label tells the
// families of the addresses shown too.
func families(q *table.Query) []mib2.Family {
	wanted := slices.DeleteFunc(slices.Clone(mib2.Families), func(f mib2.Family) bool {
		return !wants(q, "family", f.String()) || !wants(q, "label", labels(f)...)
	})
	if len(wanted) == len(mib2.Families) {
		return nil
	}
	return wanted
}

// labels returns the labels of the sockets with addresses of a family.
func labels(f mib2.Family) (labels []string) {
	for _, p := range mib2.Protocols {
		labels = append(labels, p.FamilyLabels(f)...)
	}
	return labels
}

// wants reports whether a query lets a TEXT column have one of the values, in doubt yes.
// Collations may ignore case or trailing blanks, so both are ignored here.
func wants(q *table.Query, column string, values ...string) bool {
	texts, limited := q.Texts(column)
	trim := func(s string) string { return strings.TrimRight(s, " ") }
	return !limited || slices.ContainsFunc(texts, func(t string) bool {
		return slices.ContainsFunc(values, func(v string) bool { return strings.EqualFold(trim(t), trim(v)) })
	})
}

// ports returns the port numbers that a query wants, nil for all. Port 0 is NULL, so no
// comparison is true of it.
func ports(q *table.Query, column string) []mib2.PortRange {
	null, other := q.Nulls(column)
	ranges, limited := q.Ranges(column)
	switch {
	case null && other && !limited:
		return nil
	case !limited:
		ranges = []table.Range{{Lo: 1, Hi: math.MaxUint16}}
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

// singles returns the numbers that an INTEGER column may equal, nil if the statement does
// not limit it to some.
func singles(q *table.Query, column string) []int32 {
	ranges, ok := q.Ranges(column)
	if !ok {
		return nil
	}
	numbers := []int32{}
	for _, r := range ranges {
		if r.Lo != r.Hi {
			return nil
		}
		if n := int32(r.Lo); int64(n) == r.Lo {
			numbers = append(numbers, n)
		}
	}
	return numbers
}
