package main

import (
	"strings"

	"github.com/spf13/pflag"

	"sockstat/repl/format"
	"sockstat/vtab"
	"sockstat/vtab/table"
)

// outputOptions say how results are shown.
type outputOptions struct {
	noHeader bool
	format   string // -o; empty for the default
	all      bool
	noPager  bool

	hostColumn bool
	origin     *format.Origin // nil unless hostColumn
}

func (o *options) outputFlags(f *pflag.FlagSet) {
	f.BoolVarP(&o.noHeader, "no-header", "H", false, "show no header")
	f.StringVarP(&o.format, "output", "o", "", "output `format`: "+strings.Join(format.Names(), " "))
	f.BoolVar(&o.hostColumn, "host-column", false, "show where rows come from: host, boot_id, zone and ts before all columns")
	f.BoolVar(&o.all, "all", false, "show all rows of a table on a terminal")
	f.BoolVar(&o.noPager, "no-pager", false, "show what overflows the screen without $SOCKSTAT_PAGER or $PAGER")
}

// lists reports whether sockets are listed, not other SQL run.
func (o *options) lists() bool { return len(o.query) == 0 && o.file == "" && !o.shell }

// findOrigin finds out where rows come from, if results are to say so.
func (o *options) findOrigin(m *vtab.Machine) {
	if !o.hostColumn {
		return
	}
	o.origin = &format.Origin{}
	o.origin.Host, o.origin.BootID, o.origin.Zone = m.Origin()
	if o.listing.Zone != "" {
		o.origin.Zone = table.String(o.listing.Zone)
	}
}

// settings returns how results are shown.
func (o *options) settings() format.Settings {
	s := format.Settings{Format: o.format, Headers: !o.noHeader, NoPager: o.noPager || o.safe, Origin: o.origin}
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
		switch {
		case listing && o.events: // what is not known and what there is not look alike
			s.NullValue, s.Widths, s.NoPager = "-", o.listing.EventWidths(), true
		case listing:
			s.Widths = o.listing.Widths()
		}
	}
	return s
}
