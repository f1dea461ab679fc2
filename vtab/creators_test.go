package vtab

import (
	"net/netip"
	"testing"
	"time"

	"sockstat/mib2"
)

// IPv6 addresses that end in an IPv4 address are shown as inet_ntop(3) shows them.
func TestAddressText(t *testing.T) {
	for address, want := range map[string]string{
		"::": "::", "::1": "::1", "::2:3": "::0.2.0.3", "::c000:221": "::192.0.2.33", "::ffff": "::ffff",
		"2001:db8::1": "2001:db8::1", "0:0:0:0:1::": "0:0:0:0:1::", "192.0.2.1": "192.0.2.1", "fe80::1:0:0:1": "fe80::1:0:0:1",
		"::1:0:0": "::1:0:0",
	} {
		if got := string(appendAddress(nil, netip.MustParseAddr(address))); got != netip.MustParseAddr(want).String() && got != want {
			t.Errorf("%s: %s instead of %s", address, got, want)
		}
	}
}

// The creator is shown only while it is there and old enough to be it.
func TestByCreator(t *testing.T) {
	h := &holders{clock: &mib2.Clock{Ticks: 100}, processes: map[int32]*holder{
		7: {pid: 7, sinceBoot: 50 * time.Second}, 6: {pid: 6},
	}}
	for _, test := range []struct {
		pid     int32
		created uint64
		state   mib2.State
		want    ownerStatus
	}{
		{7, 10_000, mib2.Listen, ownerCreator}, {7, 5_000, mib2.Listen, ownerCreator}, {7, 0, mib2.Listen, ownerCreator},
		{7, 4_900, mib2.Listen, ownerCreator}, {7, 4_899, mib2.Listen, ownerGone}, {7, 4_000, mib2.Listen, ownerGone}, {6, 1, mib2.Listen, ownerCreator}, {8, 10_000, mib2.Listen, ownerGone},
		{0, 10_000, mib2.TimeWait, ownerTimeWait}, {0, 1, mib2.FinWait2, ownerOrphan}, {0, 1, mib2.Listen, ownerUnknown},
	} {
		s := &socket{Socket: &mib2.Socket{State: test.state, Origin: &mib2.Origin{PID: test.pid, Created: test.created}}}
		if got := h.unheld(s); got != test.want || (s.holder != nil) != (got == ownerCreator) {
			t.Errorf("%+v: %s, holder %v", test, got, s.holder)
		}
	}
	h.clock = nil // then nothing proves the contrary
	s := &socket{Socket: &mib2.Socket{Origin: &mib2.Origin{PID: 7, Created: 1}}}
	if got := h.unheld(s); got != ownerCreator {
		t.Error(got)
	}
}
