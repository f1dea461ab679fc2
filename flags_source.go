package main

import (
	"errors"

	"github.com/spf13/pflag"
)

// sourceOptions say where the tables are read from.
type sourceOptions struct {
	mib, saveMIB string
}

func (o *options) sourceFlags(f *pflag.FlagSet) {
	f.StringVar(&o.mib, "mib", "", "read the sockets from a `file` that --save-mib wrote")
	f.StringVar(&o.saveMIB, "save-mib", "", "save the reply of the illumos kernel to a `file`")
}

// checkSource looks for options that do not go together with where the tables are read.
func (o *options) checkSource() error {
	if o.mib != "" && (o.zone != "" || o.saveMIB != "") {
		return errors.New("a saved reply of the kernel knows no zones: --mib goes neither with -z nor with --save-mib")
	}
	return nil
}
