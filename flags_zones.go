package main

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/pflag"

	"sockstat/vtab"
)

// zoneOptions say of which zones sockets are read.
type zoneOptions struct {
	zone  []string // -z
	zones vtab.Selection
}

func (o *options) zoneFlags(f *pflag.FlagSet) {
	const some = "read these `zones`: names, ids, PIDs in them, containers"
	f.VarP((*list)(&o.zone), "zone", "z", some)
	f.VarP((*list)(&o.zone), "jail", "j", "the same as -z")
	f.BoolVarP(&o.listing.ShowZone, "zones", "Z", false, "read all zones, and list the zone of each socket")
}

// selectZones chooses the zones that -Z and -z ask for. Where the kernel shows but the caller's
// own, -z leaves those sockets that processes of another zone hold there.
func (o *options) selectZones(ctx context.Context, m *vtab.Machine) (err error) {
	switch {
	case m.Elsewhere != nil:
		o.zones = vtab.Selection{All: o.listing.ShowZone && len(o.zone) == 0, Only: o.zone}
		err = m.Select(ctx, o.zones)
	case len(o.zone) == 0:
	case !o.lists() || len(o.zone) > 1:
		return &usageError{errors.New("-z takes one zone here, and goes with the listing only"), m.OtherZones}
	default:
		o.listing.Zone, err = m.ZoneName(ctx, o.zone[0])
	}
	if unknown := new(vtab.UnknownZoneError); errors.As(err, &unknown) {
		return &usageError{err, "SELECT * FROM zones shows what is known of them"}
	}
	return err
}

// zonesComment says for --show-sql of which zones sockets are read, since SQL does not.
func (o *options) zonesComment() string {
	switch {
	case o.zones.Own():
		return ""
	case o.zones.All:
		return "-- -Z: of all zones\n"
	}
	return "-- -z: of the zones " + strings.ReplaceAll(strings.Join(o.zone, " "), "\n", " ") + "\n"
}

// zoneSetting is what .zone of the shell sets.
type zoneSetting struct{ machine *vtab.Machine }

// Select implements [repl.Zones].
func (z zoneSetting) Select(ctx context.Context, words []string) error {
	switch s := strings.Join(words, ","); strings.ToLower(s) {
	case "own":
		return z.machine.Select(ctx, vtab.Selection{})
	case "all":
		return z.machine.Select(ctx, vtab.Selection{All: true})
	default:
		return z.machine.Select(ctx, vtab.Selection{Only: strings.FieldsFunc(s, func(c rune) bool { return c == ',' })})
	}
}

// String returns what is selected.
func (z zoneSetting) String() string { return z.machine.Selection.String() }
