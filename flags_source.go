package main

import (
	"errors"

	"github.com/spf13/pflag"
)

// sourceOptions say where the tables are read from.
type sourceOptions struct {
	mib, saveMIB string

	db, at string
	save   string
	tables []string
}

func (o *options) sourceFlags(f *pflag.FlagSet) {
	f.StringVar(&o.db, "db", "", "read the tables from a `file` that --save wrote")
	f.StringVar(&o.at, "at", "", "with --db: as they were at this `time`: 03:12, '2026-11-26 03:12', -90m, first")
	f.StringVar(&o.save, "save", "", "add what the tables show now to a `file`, an SQLite database")
	f.StringSliceVar(&o.tables, "tables", nil, "with --save: only these `tables`")
	f.StringVar(&o.mib, "mib", "", "read the sockets from a `file` that --save-mib wrote")
	f.StringVar(&o.saveMIB, "save-mib", "", "save the reply of the illumos kernel to a `file`")
}

// checkSource looks for options that do not go together with where the tables are read.
func (o *options) checkSource() error {
	if o.mib != "" && (len(o.zone) > 0 || o.saveMIB != "") {
		return errors.New("a saved reply of the kernel knows no zones: --mib goes neither with -z nor with --save-mib")
	}
	switch {
	case o.at != "" && o.db == "":
		return errors.New("--at goes with --db")
	case o.db != "" && o.mib != "":
		return errors.New("--db and --mib exclude each other")
	case o.db != "" && o.save != "":
		return errors.New("--db and --save exclude each other: what was saved is not saved again")
	case len(o.tables) > 0 && o.save == "":
		return errors.New("--tables goes with --save")
	}
	return nil
}
