package linux

import (
	"strings"
	"testing"
)

const quietSNMP = "Ip: Forwarding\nIp: 1\n" +
	"Tcp: RtoAlgorithm MaxConn ActiveOpens PassiveOpens CurrEstab InSegs OutSegs InErrs\nTcp: 1 -1 0 0 0 0 0 7\nUdp: InDatagrams\nUdp: 9\n"

// That there was no connection is believed only if every counter is there and 0.
func TestNoSegments(t *testing.T) {
	if !noSegments(quietSNMP) {
		t.Error("a quiet namespace is not")
	}
	at := strings.Index(quietSNMP, "0 0 0 0 0 7")
	for i := range 5 {
		b := []byte(quietSNMP)
		if b[at+2*i] = '3'; noSegments(string(b)) {
			t.Errorf("counter %d is not looked at", i)
		}
	}
	for _, name := range segmentCounters {
		if noSegments(strings.Replace(quietSNMP, name, "Other", 1)) {
			t.Errorf("without %s", name)
		}
	}
	if noSegments("") || noSegments(strings.ReplaceAll(quietSNMP, "Tcp:", "Udp:")) || noSegments(quietSNMP[:at+6]) {
		t.Error("what is not told is believed")
	}
}

// FuzzNamespaceFiles feeds what is read of a namespace before it is dumped.
func FuzzNamespaceFiles(f *testing.F) {
	f.Add(quietSNMP, "sockets: used 4\nTCP: inuse 0 orphan 3 tw 0 alloc 7 mem 1\nUDP: inuse 1 mem 0\n", "UDP:")
	f.Fuzz(func(t *testing.T, snmp, sockstat, line string) {
		if noSegments(snmp) && strings.Count(snmp, "0") < len(segmentCounters) {
			t.Errorf("no segments in %q", snmp)
		}
		if noneInUse(sockstat, line) && !strings.Contains(sockstat, "inuse") {
			t.Errorf("none of %q in use in %q", line, sockstat)
		}
		if n, err := parseSocketsUsed(sockstat); n != 0 && (err != nil || !strings.Contains(sockstat, "sockets: used ")) {
			t.Errorf("%d sockets used, %v, in %q", n, err, sockstat)
		}
	})
}
