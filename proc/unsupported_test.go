package proc

import "testing"

// Unsupported stands in for any of these.
var _ interface {
	Processes
	Holders
	Zones
	Users
} = Unsupported

func TestUnsupported(t *testing.T) {
	_, processes := Unsupported.Processes(t.Context(), nil, 0)
	_, holders := Unsupported.Holders(t.Context(), nil)
	_, zones := Unsupported.Zones(t.Context())
	_, own := Unsupported.OwnZone()
	_, users := Unsupported.Users()
	for i, err := range []error{processes, holders, zones, own, users} {
		if err != ErrUnsupported {
			t.Errorf("%d: got %v, want %v", i, err, ErrUnsupported)
		}
	}
	if name := Unsupported.ZoneName(7); name != "7" {
		t.Errorf("zone 7 is called %q", name)
	}
}
