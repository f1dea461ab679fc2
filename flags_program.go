package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"sockstat/internal/manual"
)

// programOptions are about the program itself.
type programOptions struct {
	help, version, verbose bool
	manual, completion     string
	timeout                time.Duration
}

func (o *options) programFlags(f *pflag.FlagSet) {
	f.Var((*duration)(&o.timeout), "timeout", "stop after this `time`: 5 or 5s, 200ms, 1m30s")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "say how the tables were read")
	f.StringVar(&o.manual, "manual", "", "print a manual `page`: "+strings.Join(manual.Pages, ", "))
	f.StringVar(&o.completion, "completion", "", "print the completion for a `shell`: "+strings.Join(manual.Shells, ", "))
	f.BoolVar(&o.version, "version", false, "print the version, and that of SQLite")
	f.BoolVarP(&o.help, "help", "h", false, "print this message")
}

// duration is the value of a flag that takes a time: seconds, or a number with its unit.
type duration time.Duration

func (d *duration) Set(text string) error {
	v, err := time.ParseDuration(text)
	if seconds, plain := strconv.ParseFloat(text, 64); plain == nil {
		v, err = time.ParseDuration(strconv.FormatFloat(seconds, 'f', -1, 64) + "s")
	}
	if err != nil || v <= 0 {
		return fmt.Errorf("%q is no time: 5 or 5s, 200ms, 1m30s", text)
	}
	*d = duration(v)
	return nil
}

func (d *duration) String() string {
	if *d == 0 {
		return ""
	}
	return time.Duration(*d).String()
}

func (d *duration) Type() string { return "time" }

// usage returns the text of -h, for a terminal of so many columns, 0 for none.
func usage(columns int) string {
	f := (&options{}).flags()
	var b strings.Builder
	b.WriteString(`usage: sockstat [-` + strings.ReplaceAll(f.letters(), "i", "") + `] [-P protocols] [-p ports] [-z zone] [--where expr]
       sockstat -q SQL | -f FILE|NAME [--param name=value] [-o format]
       sockstat -i

List open sockets with the processes that hold them, or ask about them in SQL.
`)
	for i, s := range subjects {
		b.WriteString("\n" + s.title + ":\n" + f.subjects[i].FlagUsagesWrapped(columns))
	}
	b.WriteString(`
Neither -4 nor -6 is both, neither -c nor -l is both. -u is Unix sockets alone, -4u both.
Tables: ` + strings.Join(tableNames(), " ") + `; their columns: sockstat -i, then .schema
`)
	return b.String()
}
