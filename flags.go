package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/spf13/pflag"

	"sockstat/internal/similar"
	"sockstat/repl"
	"sockstat/repl/format"
)

// options are what the command line asks for, each subject in a file of its own.
type options struct {
	listingOptions
	zoneOptions
	sourceOptions
	sqlOptions
	outputOptions
	programOptions

	pager atomic.Pointer[repl.Pager] // what results are written to
}

// subject is flags that belong together. To add a flag is one line in its declare.
type subject struct {
	title   string // in the usage
	declare func(*options, *pflag.FlagSet)
	// shapes says that the flags shape the listing and mean nothing to other SQL.
	shapes bool
}

// subjects are all flags, in the order of the usage.
var subjects = []subject{
	{"Which sockets are listed", (*options).whichFlags, true},
	{"What is listed of them", (*options).shownFlags, true},
	{"Which zones are read", (*options).zoneFlags, false},
	{"Where they are read", (*options).sourceFlags, false},
	{"SQL", (*options).sqlFlags, false},
	{"Output", (*options).outputFlags, false},
	{"Program", (*options).programFlags, false},
}

// flagSet is the flags of all subjects.
type flagSet struct {
	*pflag.FlagSet
	subjects []*pflag.FlagSet // of each of subjects
}

// flags declares the options.
func (o *options) flags() *flagSet {
	f := &flagSet{FlagSet: pflag.NewFlagSet("sockstat", pflag.ContinueOnError)}
	f.SortFlags = false
	for _, s := range subjects {
		part := pflag.NewFlagSet(s.title, pflag.ContinueOnError)
		part.SortFlags = false
		s.declare(o, part)
		f.AddFlagSet(part)
		f.subjects = append(f.subjects, part)
	}
	return f
}

// parse reads the command line. One of another tool is answered with the one to use here.
func parse(args []string) (*options, error) {
	o, err := parseOwn(args)
	if err == nil {
		return o, nil
	}
	return nil, answered(args, err)
}

// parseOwn reads the command line.
func parseOwn(args []string) (*options, error) {
	o := &options{}
	f := o.flags()
	if err := f.set(joinWatch(args)); err != nil {
		var missing *pflag.ValueRequiredError
		if errors.As(err, &missing) && missing.GetSpecifiedShortnames() == "q" {
			return nil, errQuiet
		}
		return nil, asUsageError(f.explain(err))
	}
	if slices.ContainsFunc(o.query, func(sql string) bool { return len(sql) > 1 && sql[0] == '-' && sql[1] != '-' }) {
		return nil, errQuiet
	}
	if err := o.readWords(f); err != nil {
		return nil, asUsageError(err)
	}
	return o, asUsageError(o.check(f))
}

// set gives the flags the values of the command line. What is given twice adds up where a
// flag takes several values, and is an error where it does not: which one was meant is not known.
func (f *flagSet) set(args []string) error {
	given := map[string]string{}
	return f.ParseAll(args, func(flag *pflag.Flag, value string) error {
		before, again := given[flag.Name]
		given[flag.Name] = value
		if _, adds := flag.Value.(pflag.SliceValue); again && !adds && (before != value || flag.NoOptDefVal == "") {
			return fmt.Errorf("%s was given twice", f.name(flag.Name))
		}
		if value == "" && flag.Value.Type() != "bool" && !slices.Contains(mayBeEmpty, flag.Name) {
			return fmt.Errorf("%s is empty", f.name(flag.Name))
		}
		return f.Set(flag.Name, value)
	})
}

// explain says which flag was meant by one that does not exist.
func (f *flagSet) explain(err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) || unknown.GetSpecifiedShortnames() != "" {
		return err
	}
	var names []string
	f.VisitAll(func(flag *pflag.Flag) { names = append(names, "--"+flag.Name) })
	name, _, _ := strings.Cut(unknown.GetSpecifiedName(), "=")
	if hint := similar.Hint("--"+name, names); hint != "" {
		return &usageError{err, hint}
	}
	return err
}

// mayBeEmpty are the flags whose value may be an empty text.
var mayBeEmpty = []string{"param"}

// name returns a flag as it is best known.
func (f *flagSet) name(name string) string {
	if short := f.Lookup(name).Shorthand; short != "" {
		return "-" + short
	}
	return "--" + name
}

// given returns those of the named flags that were given, as they are best known.
func (f *flagSet) given(names ...string) (given []string) {
	for _, name := range names {
		if f.Changed(name) {
			given = append(given, f.name(name))
		}
	}
	return given
}

// shaping returns the names of the flags that shape the listing.
func (f *flagSet) shaping() (names []string) {
	for i, s := range subjects {
		if s.shapes {
			f.subjects[i].VisitAll(func(flag *pflag.Flag) { names = append(names, flag.Name) })
		}
	}
	return names
}

// modes are the flags that say what to do instead of listing sockets. They exclude each other.
var modes = []string{"query", "file", "interactive", "show-sql", "queries", "export-pack", "manual", "completion", "save-mib", "save"}

// check looks for options that do not go together.
func (o *options) check(f *flagSet) error {
	if _, err := format.Find(o.format); err != nil {
		return err
	}
	if f.Changed("query") && slices.ContainsFunc(o.query, f.isFlags) {
		return errQuiet
	}
	if err := o.checkSQL(); err != nil {
		return err
	}
	mode := f.given(modes...)
	o.plain = len(mode) == 0 && f.NArg() == 0 && len(f.given(f.shaping()...)) == 0
	if len(mode) > 1 {
		return fmt.Errorf("%s and %s exclude each other", mode[0], mode[1])
	}
	if err := cmp.Or(o.checkSource(), o.readParams(), o.checkDocument()); err != nil {
		return err
	}
	if len(mode) == 0 && o.diff != "" {
		return o.checkDiff(f)
	}
	if len(mode) == 0 || mode[0] == "--show-sql" {
		return cmp.Or(o.checkEvents(f), o.checkListing())
	}
	if shaping := f.given(f.shaping()...); len(shaping) > 0 {
		return fmt.Errorf("%s shapes the listing and does not go with %s", shaping[0], mode[0])
	}
	return nil
}

// isFlags reports whether a text is nothing but letters of flags that take no value.
func (f *flagSet) isFlags(s string) bool {
	s = strings.TrimLeft(s, "-")
	return s != "" && strings.Trim(s, f.letters()) == ""
}

// letters returns the letters of the flags that take no value, in the order of the alphabet.
func (f *flagSet) letters() string {
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
