// Osquery is an extension of osquery that serves the tables of sockstat, so that osqueryd, and
// Fleet through it, can ask them on any number of machines. It is a program of its own: what
// speaks osquery's protocol would make sockstat a third larger and its start slower.
//
//	go build -o sockstat.ext ./osquery
//	osqueryd --extension sockstat.ext
//
// Each table has the name that it has in sockstat after sockstat_: sockstat_tcp; each saved query
// that can run without being given a parameter likewise, with _ for -. Their parameters are
// hidden columns. The conditions and columns of a query are passed on to SQL, so that only what
// it needs is read.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/apache/thrift/lib/go/thrift"
	extension "github.com/osquery/osquery-go"
	"github.com/spf13/pflag"

	"sockstat/queries"
	"sockstat/vtab"
)

func main() { os.Exit(run(os.Args[1:])) }

// options are what osqueryd starts an extension with.
type options struct {
	verbose           bool
	socket            string
	timeout, interval time.Duration
}

// parse reads the command line. Osquery gives times in whole seconds.
func parse(args []string) (o options, err error) {
	f := pflag.NewFlagSet("sockstat.ext", pflag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.BoolVar(&o.verbose, "verbose", false, "say on standard error what the tables note")
	f.StringVar(&o.socket, "socket", "", "socket of osquery's extension manager")
	timeout := f.Uint16("timeout", 3, "seconds to wait for the socket")
	interval := f.Uint16("interval", 3, "seconds between looks whether osquery still lives")
	if err := f.Parse(args); err != nil {
		if errors.Is(err, pflag.ErrHelp) {
			err = fmt.Errorf("options, as osqueryd gives them:\n%s", f.FlagUsages())
		}
		return o, err
	}
	o.timeout, o.interval = time.Duration(*timeout)*time.Second, time.Duration(max(1, *interval))*time.Second
	switch {
	case f.NArg() > 0:
		return o, fmt.Errorf("unexpected argument %q", f.Arg(0))
	case o.socket == "":
		return o, errors.New("--socket is missing: osqueryd starts this program, or osqueryi --extension")
	}
	return o, nil
}

// run serves the tables until osquery goes, and returns the exit status.
func run(args []string) int {
	o, err := parse(args)
	if err != nil {
		fmt.Fprintln(os.Stderr, "sockstat.ext:", err)
		return 2
	}
	if err := serve(o); err != nil {
		fmt.Fprintln(os.Stderr, "sockstat.ext:", err)
		return 1
	}
	return 0
}

// serve serves the tables until osquery goes or a signal comes.
func serve(o options) error {
	pool := newPool(vtab.Live(), o.verbose)
	defer pool.close()
	plugins, err := plugins(pool, queries.Default())
	if err != nil {
		return err
	}
	server, err := extension.NewExtensionManagerServer("sockstat", o.socket, extension.ExtensionVersion(version()),
		extension.ServerTimeout(o.timeout), extension.ServerPingInterval(o.interval))
	if err != nil {
		return fmt.Errorf("connect to osquery: %w", err)
	}
	for _, p := range plugins {
		server.RegisterPlugin(p)
	}
	thrift.ServerStopTimeout = time.Second // else a connection that is left open keeps the program
	ended := make(chan error, 1)
	go func() { ended <- server.Run() }()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	select {
	case err := <-ended:
		return err
	case <-signals:
		return server.Shutdown(context.Background())
	}
}

// version returns the version that the program was built as.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "unknown"
	}
	return info.Main.Version
}
