package main

import (
	"cmp"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"sockstat/queries"
	"sockstat/repl"
	"sockstat/repl/format"
	"sockstat/vtab"
	"sockstat/vtab/table"
)

// options are what the command line asks for.
type options struct {
	listing  queries.Listing
	zone     string // -z as given
	noHeader bool
	fit      bool
	format   string // -o; empty for the default

	query, file string
	params      map[string]table.Value
	shell       bool
	safe        bool

	showSQL, listQueries, help, version, verbose bool
	timeout                                      time.Duration

	mib, saveMIB string
	holders      bool
}

// usageError is an error in the command line.
type usageError struct {
	error
	hint string
}

func (e *usageError) Unwrap() error { return e.error }

// Hint returns what to do about it.
func (e *usageError) Hint() string {
	if e.hint == "" {
		return "sockstat -h explains the options"
	}
	return e.hint
}

// flags declares the options. Those of the listing are in the order of the usage.
func (o *options) flags() (f *pflag.FlagSet, params *[]string) {
	f = pflag.NewFlagSet("sockstat", pflag.ContinueOnError)
	f.SortFlags = false
	l := &o.listing
	f.BoolVarP(&l.IPv4, "ipv4", "4", false, "only sockets that take IPv4")
	f.BoolVarP(&l.IPv6, "ipv6", "6", false, "only sockets that take IPv6")
	f.BoolVarP(&l.Args, "args", "a", false, "show the arguments of the processes")
	f.BoolVarP(&l.Connected, "connected", "c", false, "only connected sockets: those with a peer")
	f.BoolVarP(&l.Listening, "listening", "l", false, "only listening sockets: those without a peer")
	f.BoolVarP(&l.NoLoopback, "no-loopback", "L", false, "hide sockets of the loopback addresses, 127.0.0.0/8 and ::1")
	f.BoolVarP(&l.Numeric, "numeric", "n", false, "show user ids, not names")
	f.BoolVarP(&l.Unix, "unix", "u", false, "show Unix sockets; alone, only those")
	f.BoolVar(&o.holders, "holders", false, "on illumos, list every process that holds a socket, not the one that created it")
	f.StringVar(&o.mib, "mib", "", "read the sockets from a file that --save-mib wrote")
	f.StringVar(&o.saveMIB, "save-mib", "", "save the reply of the illumos kernel to a file")
	f.StringSliceVarP(&l.Protocols, "protocols", "P", nil, "only these protocols: "+strings.Join(queries.Protocols(), ","))
	f.StringVarP(&l.Ports, "ports", "p", "", "only these ports, on either end: 22,8000-8099")
	f.BoolVarP(&l.State, "states", "s", false, "show the states")
	f.BoolVarP(&o.fit, "wide", "w", false, "fit the widths of the columns to the data")
	f.StringVarP(&o.zone, "zone", "z", "", "only sockets in this zone, a name or id")
	f.StringVarP(&o.zone, "jail", "j", "", "the same as -z")
	f.BoolVarP(&l.ShowZone, "zones", "Z", false, "show the zones")
	f.StringVar(&l.Where, "where", "", "only sockets for which this SQL expression holds")
	f.BoolVar(&o.showSQL, "show-sql", false, "print the query that the options stand for")

	f.StringVarP(&o.query, "query", "q", "", "run SQL")
	f.StringVarP(&o.file, "file", "f", "", "run a file, - for standard input, or a saved query")
	params = f.StringArray("param", nil, "give a parameter of the SQL a value: name=value")
	f.BoolVar(&o.listQueries, "queries", false, "list the saved queries")
	f.BoolVarP(&o.shell, "interactive", "i", false, "run the SQL shell")

	f.BoolVar(&o.safe, "safe", false, "let commands of the shell touch no files, and keep no history")
	f.BoolVarP(&o.noHeader, "no-header", "H", false, "show no header")
	f.StringVarP(&o.format, "output", "o", "", "output format: "+strings.Join(format.Names(), " "))
	f.DurationVar(&o.timeout, "timeout", 0, "stop after this time, such as 5s")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "say how the tables were read")
	f.BoolVar(&o.version, "version", false, "print the version")
	f.BoolVarP(&o.help, "help", "h", false, "print this message")
	return f, params
}

// parse reads the command line.
func parse(args []string) (*options, error) {
	o := &options{params: map[string]table.Value{}}
	f, params := o.flags()
	if err := f.Parse(args); err != nil {
		var missing *pflag.ValueRequiredError
		if errors.As(err, &missing) && missing.GetSpecifiedShortnames() == "q" {
			return nil, errQuiet
		}
		return nil, &usageError{err, ""}
	}
	if f.NArg() > 0 {
		return nil, &usageError{fmt.Errorf("unexpected argument %q", f.Arg(0)), ""}
	}
	for _, p := range *params {
		name, value, ok := strings.Cut(p, "=")
		if !ok || name == "" {
			return nil, &usageError{fmt.Errorf("--param %q: not of the form name=value", p), ""}
		}
		o.params[name] = repl.ParseValue(value)
	}
	return o, o.check(f)
}

// errQuiet is for those who know -q from FreeBSD.
var errQuiet = &usageError{errors.New("-q takes SQL"), "FreeBSD's quiet is -H here"}

// isFlags reports whether a text is nothing but letters of flags that take no value.
func isFlags(f *pflag.FlagSet, s string) bool {
	s = strings.TrimLeft(s, "-")
	return s != "" && strings.Trim(s, letters(f)) == ""
}

// letters returns the letters of the flags that take no value, in the order of the alphabet.
func letters(f *pflag.FlagSet) string {
	var all []string
	f.VisitAll(func(flag *pflag.Flag) {
		if flag.Shorthand != "" && flag.NoOptDefVal != "" {
			all = append(all, flag.Shorthand)
		}
	})
	slices.SortFunc(all, func(a, b string) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a), strings.ToLower(b)), cmp.Compare(a, b))
	})
	return strings.Join(all, "")
}

// shaping are the flags that shape the listing and mean nothing to other SQL.
var shaping = []string{"ipv4", "ipv6", "unix", "args", "connected", "listening", "no-loopback", "numeric",
	"protocols", "ports", "states", "wide", "zone", "jail", "zones", "holders", "where"}

// check looks for options that do not go together.
func (o *options) check(f *pflag.FlagSet) error {
	if _, err := format.Find(o.format); err != nil {
		return &usageError{err, ""}
	}
	if f.Changed("query") && isFlags(f, o.query) {
		return errQuiet
	}
	var mode []string
	for _, name := range []string{"query", "file", "interactive", "show-sql", "queries", "save-mib"} {
		if f.Changed(name) {
			mode = append(mode, flagName(f, name))
		}
	}
	if len(mode) > 1 {
		return &usageError{fmt.Errorf("%s and %s exclude each other", mode[0], mode[1]), ""}
	}
	for _, name := range []string{"mib", "save-mib", "query", "file", "zone", "jail", "ports", "protocols", "where", "output"} {
		if v := f.Lookup(name).Value.String(); f.Changed(name) && (v == "" || v == "[]") {
			return &usageError{fmt.Errorf("%s is empty", flagName(f, name)), ""}
		}
	}
	if o.mib != "" && (o.zone != "" || o.saveMIB != "") {
		return &usageError{errors.New("a saved reply of the kernel knows no zones: --mib goes neither with -z nor with --save-mib"), ""}
	}
	if len(o.params) > 0 && o.query == "" && o.file == "" {
		return &usageError{errors.New("--param goes with -q or -f"), ""}
	}
	if len(mode) == 0 || mode[0] == "--show-sql" {
		_, err := o.listing.SQL()
		if err != nil {
			return &usageError{err, ""}
		}
		return nil
	}
	for _, name := range shaping {
		if f.Changed(name) {
			return &usageError{fmt.Errorf("%s shapes the listing and does not go with %s", flagName(f, name), mode[0]), ""}
		}
	}
	return nil
}

// flagName returns a flag as it is best known.
func flagName(f *pflag.FlagSet, name string) string {
	if short := f.Lookup(name).Shorthand; short != "" {
		return "-" + short
	}
	return "--" + name
}

// settings returns how results are shown.
func (o *options) settings() format.Settings {
	s := format.Settings{Format: o.format, Headers: !o.noHeader}
	listing := o.query == "" && o.file == "" && !o.shell
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

// usage returns the text of -h.
func usage() string {
	f, _ := (&options{}).flags()
	var tables []string
	for _, t := range vtab.Live().Tables() {
		tables = append(tables, t.Info().Name)
	}
	return `usage: sockstat [-` + strings.ReplaceAll(letters(f), "i", "") + `] [-P protocols] [-p ports] [-z zone] [--where expr]
       sockstat -q SQL | -f FILE|NAME [--param name=value] [-o format]
       sockstat -i

List open sockets with the processes that hold them, or ask about them in SQL.

` + f.FlagUsages() + `
Neither -4 nor -6 is both, neither -c nor -l is both. -u is Unix sockets alone, -4u both.
Tables: ` + strings.Join(tables, " ") + `; their columns: sockstat -i, then .schema
`
}

// version returns the version that the Go tool recorded.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
