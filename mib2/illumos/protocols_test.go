package illumos

import (
	"errors"
	"slices"
	"testing"

	"sockstat/mib2"
)

// notOnIllumos are the protocols whose sockets illumos does not list.
var notOnIllumos = []mib2.Protocol{mib2.UDPLite, mib2.SCTP, mib2.MPTCP, mib2.SMC, mib2.Raw, mib2.ICMP, mib2.Packet, mib2.Netlink, mib2.Vsock, mib2.XDP}

// Every protocol can be asked for, unless it is said here that it cannot: none is forgotten.
func TestEveryProtocolCanBeRead(t *testing.T) {
	for _, p := range mib2.Protocols {
		now, rest, err := firstTables([]mib2.Protocol{p})
		unsupported := errors.Is(err, mib2.ErrNoProtocol)
		if unsupported != slices.Contains(notOnIllumos, p) || !unsupported && (len(rest) > 0 || !slices.Equal(now, []mib2.Protocol{p})) {
			t.Errorf("%v: %v, then %v, %v", p, now, rest, err)
		}
	}
}
