package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/pflag"

	"sockstat/queries"
	"sockstat/repl"
	"sockstat/vtab"
	"sockstat/vtab/engine"
)

// errChanged is the error of --exit-changed where something has changed. It is said by the exit
// status alone.
var errChanged = errors.New("something has changed")

// checkDiff looks for options of the listing that --diff does not take: what narrows the listing
// narrows both sides of a comparison, what else shapes it does not.
func (o *options) checkDiff(f *flagSet) error {
	which := pflag.NewFlagSet("", pflag.ContinueOnError)
	new(options).whichFlags(which)
	for _, name := range f.shaping() {
		if f.Changed(name) && which.Lookup(name) == nil {
			return fmt.Errorf("%s shapes the listing and does not go with --diff", f.name(name))
		}
	}
	_, err := o.listing.DiffSQL()
	return err
}

// comparedMachine returns the machine that --diff compares with what a file has: this one, or as
// it was at another moment in the file; and beside its tables those of then.
func (o *options) comparedMachine() (*vtab.Machine, error) {
	f, then, err := openSaved(o.diff, o.at)
	if err != nil {
		return nil, err
	}
	o.noteGap(f, then)
	if o.to == "" || o.to == "now" {
		live := vtab.Live()
		o.compareOwnZone(live, f.Machine(then))
		return f.Then(live, then), nil
	}
	now, err := f.At(o.to)
	if err != nil {
		return nil, err
	}
	return f.Then(f.Machine(now), then), nil
}

// compareOwnZone leaves other zones out of what was saved, where of now only the caller's own is
// read: they are not gone.
func (o *options) compareOwnZone(live, then *vtab.Machine) {
	if o.listing.ShowZone || len(o.zone) > 0 || live.Elsewhere == nil || live.Zones == nil {
		return
	}
	now, err := live.Zones.OwnZone()
	was, wasErr := then.Zones.OwnZone()
	if err == nil && wasErr == nil && now.Name == was.Name {
		o.listing.Zone = now.Name
	}
}

// runDiff prints what differs. Where nothing does it prints nothing, unless a format was asked for.
func (o *options) runDiff(ctx context.Context, db *engine.DB) error {
	if o.listing.Zone == "" { // else it is that of a machine in a file, or the only one that is read
		o.listing.Zones = o.zone
	}
	sql, err := o.listing.DiffSQL()
	if err != nil {
		return err
	}
	if err := repl.Run(ctx, db, sql, nil, os.Stdout, o.settings()); err != nil {
		return err
	}
	settings, show := o.settings(), "SELECT * FROM "+queries.DiffTable
	if o.format == "" {
		settings.Format, settings.Headers, show = "list", false, queries.DiffLines
	}
	if err := repl.Run(ctx, db, show, nil, os.Stdout, settings); err != nil || !o.exitChanged {
		return err
	}
	return changed(ctx, db)
}

// changed returns errChanged if there are differences.
func changed(ctx context.Context, db *engine.DB) error {
	st, _, err := db.Prepare("SELECT 1 FROM " + queries.DiffTable)
	if err != nil {
		return err
	}
	defer st.Close()
	row, err := st.Step(ctx)
	if err == nil && row {
		err = errChanged
	}
	return err
}
