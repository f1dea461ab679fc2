package linux

import (
	"errors"
	"io"
	"slices"
	"testing"

	"sockstat/mib2"
)

// notOnLinux are the protocols whose sockets Linux does not list, notInFiles those that are in no
// file of /proc/net.
var (
	notOnLinux = []mib2.Protocol{}
	notInFiles = []mib2.Protocol{mib2.SCTP, mib2.MPTCP, mib2.SMC, mib2.Vsock, mib2.XDP}
)

// Every protocol can be read in every way there is, unless it is said here that it cannot: none is
// forgotten in the switches of this package.
func TestEveryProtocolCanBeRead(t *testing.T) {
	for _, p := range mib2.Protocols {
		for _, way := range []string{"", WayNetlink, WayProc} {
			r, rest, err := Tables{Way: way}.Open(t.Context(), []mib2.Protocol{p}, mib2.Filter{})
			if errors.Is(err, mib2.ErrNoProtocol) != slices.Contains(notOnLinux, p) || len(rest) > 0 {
				t.Errorf("%v by way %q: %v, then %v", p, way, err, rest)
			}
			if err != nil {
				continue
			}
			sockets, err := all(r)
			if err != io.EOF && !diagAbsent(err) {
				t.Errorf("%v by way %q: %v", p, way, err)
			}
			for _, s := range sockets {
				if s.Proto != p || !slices.Contains(p.States(), s.State) || !slices.Contains(p.Labels(), s.Label()) {
					t.Errorf("%v by way %q: %+v", p, way, s)
				}
			}
			r.Close()
		}
		for _, f := range p.Families() {
			if has := p.ProcNet(f) != ""; has == (slices.Contains(notOnLinux, p) || slices.Contains(notInFiles, p)) {
				t.Errorf("a file in /proc/net has the %v sockets of %v: %v, and the contrary in notInFiles", f, p, has)
			}
		}
	}
}
