package linux

import "slices"

// segmentCounters are those of TCP in /proc/net/snmp (RFC 4022) that are all 0 only where there
// never was a connection, nor half of one: no segment came in or went out, so that nobody tried,
// and CRIU put no established ones there either, which takes no segments.
var segmentCounters = []string{"InSegs", "OutSegs", "ActiveOpens", "PassiveOpens", "CurrEstab"}

// neverConnected reports whether the kernel says that no TCP socket of a network namespace was
// ever connected or asked to be, as where servers wait that nobody has come to. Its listeners
// are in a table of their own, so that the walk over the connections of all namespaces can be
// spared. In doubt it says no.
func (t *tables) neverConnected() bool {
	content, err := t.readProcNet("snmp")
	return err == nil && noSegments(content)
}

// noSegments reports whether all of segmentCounters are there, and 0.
func noSegments(snmp string) bool {
	zero := 0
	for _, c := range appendTitled(nil, snmp) {
		if c.Protocol == "Tcp" && slices.Contains(segmentCounters, c.Name) && c.Value == 0 {
			zero++
		}
	}
	return zero == len(segmentCounters)
}
