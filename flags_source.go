package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"sockstat/vtab/saved"
)

// sourceOptions say where the tables are read from.
type sourceOptions struct {
	mib, saveMIB string

	db, at string
	save   string
	tables []string
	watch  time.Duration
	keep   string
	unit   bool

	diff, to    string
	exitChanged bool
}

func (o *options) sourceFlags(f *pflag.FlagSet) {
	f.StringVar(&o.db, "db", "", "read the tables from a `file` that --save wrote")
	f.StringVar(&o.at, "at", "", "with --db: as they were at this `time`: 03:12, '2026-11-26 03:12', -90m, @SECONDS, first")
	f.StringVar(&o.save, "save", "", "add what the tables show now to a `file`, an SQLite database")
	f.StringSliceVar(&o.tables, "tables", nil, "with --save: only these `tables`")
	o.watchFlag(f)
	f.StringVar(&o.keep, "keep", "", "with --save: drop the oldest moments beyond an age or size: 7d, 2GB or 7d,2GB (`limit`)")
	f.BoolVar(&o.unit, "unit", false, "with --save and --watch: print a unit for systemd that does this")
	f.StringVar(&o.diff, "diff", "", "show what is new, gone and changed since --at in a `file` that --save wrote, narrowed like the listing; with -c connections too")
	f.StringVar(&o.to, "to", "", "with --diff: until this `time` in the file, not until now")
	f.BoolVar(&o.exitChanged, "exit-changed", false, "with --diff: exit with status 3 if anything differs")
	f.StringVar(&o.mib, "mib", "", "read the sockets from a `file` that --save-mib wrote")
	f.StringVar(&o.saveMIB, "save-mib", "", "save the reply of the illumos kernel to a `file`")
}

// checkSource looks for options that do not go together with where the tables are read.
func (o *options) checkSource() error {
	if o.mib != "" && (len(o.zone) > 0 || o.saveMIB != "") {
		return errors.New("a saved reply of the kernel knows no zones: --mib goes neither with -z nor with --save-mib")
	}
	switch {
	case o.at != "" && o.db == "" && o.diff == "":
		return errors.New("--at goes with --db and --diff")
	case o.diff != "" && (o.db != "" || o.mib != "" || o.save != ""):
		return errors.New("--diff goes with none of --db, --mib and --save: it names the file itself")
	case o.to != "" && o.diff == "":
		return errors.New("--to goes with --diff")
	case o.exitChanged && o.diff == "":
		return errors.New("--exit-changed goes with --diff")
	case o.db != "" && o.mib != "":
		return errors.New("--db and --mib exclude each other")
	case o.db != "" && o.save != "":
		return errors.New("--db and --save exclude each other: what was saved is not saved again")
	case len(o.tables) > 0 && o.save == "":
		return errors.New("--tables goes with --save")
	case o.watch > 0 && o.save == "":
		return o.checkWatch()
	case o.keep != "" && o.save == "":
		return errors.New("--keep goes with --save")
	case o.unit && (o.save == "" || o.watch == 0):
		return errors.New("--unit goes with --save and --watch")
	}
	for _, given := range []struct{ flag, time string }{{"--at", o.at}, {"--to", o.to}} {
		if given.time == "" {
			continue
		}
		if err := saved.CheckTime(given.time); err != nil {
			return fmt.Errorf("%s: %w", given.flag, err)
		}
	}
	if o.keep != "" {
		if _, err := saved.ParseLimit(o.keep); err != nil {
			return fmt.Errorf("--keep: %w", err)
		}
	}
	return nil
}
