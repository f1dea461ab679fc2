package vtab

import (
	"fmt"
	"slices"

	"sockstat/mib2"
	"sockstat/proc"
	"sockstat/vtab/table"
)

// textsOf returns the texts of an enumeration.
func textsOf[E fmt.Stringer](all []E) []string {
	texts := make([]string, len(all))
	for i, e := range all {
		texts[i] = e.String()
	}
	return texts
}

// labelsOf returns what sockets of some protocols are called in the listing.
func labelsOf(protocols []mib2.Protocol) (labels []string) {
	for _, p := range protocols {
		labels = append(labels, p.Labels()...)
	}
	return labels
}

// scopes are the values of scope and remote_scope.
var scopes = []string{"any", "loopback", "link", "private", "public"}

// processStates returns the states that the letters of proc(5) stand for.
func processStates() (states []string) {
	for _, letter := range "RSDTtZXIPW" {
		states = append(states, proc.State(letter).String())
	}
	return states
}

// valuesOf returns the columns of the table of a protocol, which have the values that its
// sockets can have.
func valuesOf(p mib2.Protocol, columns []table.Column[socket]) []table.Column[socket] {
	columns = slices.Clone(columns)
	for i := range columns {
		switch c := &columns[i]; c.Name {
		case "proto":
			c.Values = []string{p.String()}
		case "family":
			c.Values = textsOf(p.Families())
		case "label":
			c.Values = p.Labels()
		case "state":
			c.Values = textsOf(p.States())
		}
	}
	return columns
}
