package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"sockstat/queries"
)

// listingOptions shape the listing.
type listingOptions struct {
	listing queries.Listing
	holders bool
	fit     bool
	events  bool // connections as they come and go, instead of sockets
}

// whichFlags declares what narrows the listing.
func (o *options) whichFlags(f *pflag.FlagSet) {
	l := &o.listing
	f.BoolVarP(&l.IPv4, "ipv4", "4", false, "only sockets that take IPv4")
	f.BoolVarP(&l.IPv6, "ipv6", "6", false, "only sockets that take IPv6")
	f.BoolVarP(&l.Connected, "connected", "c", false, "only connected sockets: those with a peer")
	f.BoolVarP(&l.Listening, "listening", "l", false, "only listening sockets: those without a peer")
	f.BoolVarP(&l.NoLoopback, "no-loopback", "L", false, "hide sockets of the loopback addresses, 127.0.0.0/8 and ::1")
	f.BoolVarP(&l.Unix, "unix", "u", false, "show Unix sockets; alone, only those")
	f.VarP((*list)(&l.Protocols), "protocols", "P", "only these `protocols`: "+strings.Join(queries.Protocols(), ","))
	f.VarP((*list)(&l.Ports), "ports", "p", "only these `ports`, on either end: 22,8000-8099,https")
	f.Var((*list)(&l.PIDs), "pid", "only sockets of these processes, by `pid`")
	f.Var((*list)(&l.Users), "user", "only sockets of processes of these `users`, names or ids")
	f.StringArrayVar(&l.Commands, "command", nil, "only sockets of programs of this name, or like this `pattern`: 'python*'")
	f.Var((*list)(&l.States), "state", "only sockets in these `states`: listen,time-wait")
	f.Var((*list)(&l.Hosts), "host", "only these `addresses` or networks, on either end: 10.0.0.1,fe80::/10")
	f.Var((*list)(&l.Services), "service", "only the ports of these `services`, on either end: https,domain")
	f.StringArrayVar(&l.Where, "where", nil, "only sockets for which this SQL `expression` holds")
}

// shownFlags declares what is shown of the sockets, and how.
func (o *options) shownFlags(f *pflag.FlagSet) {
	l := &o.listing
	f.BoolVarP(&l.Args, "args", "a", false, "show the arguments of the processes")
	f.BoolVarP(&l.Descriptor, "fd", "F", false, "show the file descriptors")
	f.BoolVarP(&l.Numeric, "numeric", "n", false, "show user ids, not names")
	f.BoolVarP(&l.State, "states", "s", false, "show the states")
	f.Var((*list)(&l.Sort), "sort", "sort by these `columns`; -column backwards")
	f.BoolVarP(&o.fit, "wide", "w", false, "fit the widths of the columns to the data")
	f.BoolVar(&o.events, "events", false, "show TCP connections as they are opened, accepted, refused and closed")
	f.BoolVar(&o.holders, "holders", false, "on illumos, list every process that holds a socket, not the one that created it")
}

// notOfEvents are the flags that mean nothing for connections as they come and go, or would
// hold the rows until the end.
var notOfEvents = []string{"connected", "listening", "args", "fd", "states", "sort", "wide", "holders", "all", "mib", "watch", "save"}

// shownSQL returns the query that the flags of the listing stand for.
func (o *options) shownSQL() (string, error) {
	switch {
	case o.events:
		return o.listing.EventsSQL()
	case o.diff != "":
		return o.listing.DiffSQL()
	}
	return o.listing.SQL()
}

// checkEvents looks for options that do not go with --events.
func (o *options) checkEvents(f *flagSet) error {
	if given := f.given(notOfEvents...); o.events && len(given) > 0 {
		return fmt.Errorf("%s does not go with --events", given[0])
	}
	streams := []string{"", "listing", "csv", "tsv", "json", "jsonl", "list", "line"}
	if o.events && !slices.Contains(streams, o.format) {
		return fmt.Errorf("-o %s shows nothing before the end, and --events has none: take %s", o.format, strings.Join(streams[1:], " "))
	}
	return nil
}

// table is what --where narrows, as it stands in a statement.
func (o *options) table() string {
	if o.events {
		return "events(0)"
	}
	return "sockets"
}
