package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"sockstat/repl"
	"sockstat/repl/format"
	"sockstat/vtab/engine"
)

// watchFlag declares --watch, which may stand without a time.
func (o *options) watchFlag(f *pflag.FlagSet) {
	f.Var((*duration)(&o.watch), "watch", "again and again, after this `time`, 2 seconds without one; on a terminal in place, until Ctrl-C; "+
		"with --save without the counters and gauges, unless --tables is given")
	f.Lookup("watch").NoOptDefVal = "2"
}

// checkWatch looks for what cannot be run again and again.
func (o *options) checkWatch() error {
	if o.watch < repl.LeastWatch || o.watch > repl.MostWatch {
		return fmt.Errorf("--watch %s: not from %s to %s", o.watch, repl.LeastWatch, repl.MostWatch)
	}
	if o.shell {
		return errors.New("--watch does not go with -i: .watch does so in the shell")
	}
	return nil
}

// joinWatch joins --watch with the time behind it, which flags that may stand alone do not take so.
func joinWatch(args []string) []string {
	i := slices.Index(args, "--watch")
	if i < 0 || i+1 == len(args) || slices.Contains(args[:i], "--") {
		return args
	}
	if err := new(duration).Set(args[i+1]); err != nil {
		return args
	}
	return slices.Concat(args[:i], []string{"--watch=" + args[i+1]}, args[i+2:])
}

// runWatch runs what was asked for again and again.
func (o *options) runWatch(ctx context.Context, db *engine.DB, texts []text) error {
	w := &repl.Watch{Every: o.watch, Title: strings.Join(os.Args[1:], " "), Out: os.Stdout, Settings: o.settings()}
	if len(o.query) > 0 {
		w.Title = strings.Join(o.query, "; ")
	}
	w.Run = func(ctx context.Context, out io.Writer, s format.Settings) error {
		return runTexts(ctx, db, texts, out, s)
	}
	return w.Loop(ctx)
}

// rcFile returns the file of commands that the shell begins with, "" for none.
func rcFile() string {
	config, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(config, "sockstat", "sockstatrc")
}

// listingSQL returns the SQL that flags of the listing stand for.
func (o *options) listingSQL(flags []string) (string, error) {
	l, err := parse(flags)
	if err != nil {
		return "", err
	}
	if l.shell || len(l.query) > 0 || l.file != "" || l.listQueries || l.help || l.version || l.saveMIB != "" {
		return "", &usageError{fmt.Errorf("%s: not flags of the listing", strings.Join(flags, " ")), ""}
	}
	l.listing.Creators = o.listing.Creators
	if len(l.zone) > 0 { // the zones that are read are chosen with .zone here
		l.listing.Zone = l.zone[0]
	}
	return l.listing.SQL()
}
