package linux

import (
	"io"
	"net/netip"
	"os"
	"testing"

	"sockstat/mib2"
)

// TestAllInUse has the counts say no as long as a socket is merely bound, and if they say
// yes asks the kernel.
func TestAllInUse(t *testing.T) {
	if _, err := os.Stat("/proc/net/sockstat"); err != nil {
		t.Skip(err)
	}
	for _, family := range families(t) {
		t.Run(family.String(), func(t *testing.T) {
			unsaid := func(with string) {
				for range 100 {
					if testTables(t).allInUse() {
						t.Fatal("said with a socket that is", with)
					}
				}
			}
			s := newSock(t, mib2.TCP, family)
			unsaid("not bound")
			s.bind(map[mib2.Family]netip.Addr{mib2.Inet: loop4, mib2.Inet6: loop6}[family])
			unsaid("bound")
		})
	}
	const tries = 100
	equal := true
	for range tries {
		if !testTables(t).allInUse() {
			equal = equal && countsAreEqual()
			continue
		}
		r := openTestDiag(t, mib2.TCP, mib2.Filter{States: []mib2.State{mib2.Bound}})
		rows, err := r.Read(nil)
		if err != io.EOF && err != nil {
			t.Fatal(err)
		}
		if len(rows) > 0 && testTables(t).allInUse() {
			t.Errorf("said with %+v", rows[0])
		}
		return
	}
	if equal {
		t.Error("never said, though all are")
	}
}

// countsAreEqual looks at the counts once.
func countsAreEqual() bool {
	var counts tcpCounts
	for _, name := range []string{"sockstat", "sockstat6"} {
		b, err := os.ReadFile("/proc/thread-self/net/" + name)
		if err != nil {
			return false
		}
		counts.add(b)
	}
	return counts.inUse > 0 && counts.inUse == counts.allocated
}
