package main

import (
	"strings"

	"github.com/spf13/pflag"

	"sockstat/repl/format"
)

// outputOptions say how results are shown.
type outputOptions struct {
	noHeader bool
	format   string // -o; empty for the default
	all      bool
	noPager  bool
}

func (o *options) outputFlags(f *pflag.FlagSet) {
	f.BoolVarP(&o.noHeader, "no-header", "H", false, "show no header")
	f.StringVarP(&o.format, "output", "o", "", "output `format`: "+strings.Join(format.Names(), " "))
	f.BoolVar(&o.all, "all", false, "show all rows of a table on a terminal")
	f.BoolVar(&o.noPager, "no-pager", false, "show what overflows the screen without $SOCKSTAT_PAGER or $PAGER")
}

// lists reports whether sockets are listed, not other SQL run.
func (o *options) lists() bool { return len(o.query) == 0 && o.file == "" && !o.shell }

// settings returns how results are shown.
func (o *options) settings() format.Settings {
	s := format.Settings{Format: o.format, Headers: !o.noHeader, NoPager: o.noPager || o.safe}
	if o.all {
		s.MaxRows = -1
	}
	listing := o.lists()
	if listing && o.format == "" {
		s.Format = "listing"
	}
	if s.Format == "listing" {
		s.NullValue = "?"
		s.Fit = o.fit
		if listing {
			s.Widths = o.listing.Widths()
		}
	}
	return s
}
