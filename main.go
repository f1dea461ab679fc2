// Sockstat lists open sockets with the processes that hold them, and answers questions
// about them in SQL. README.md says how to use it.
//
// The code is in packages that import one way: this one uses repl, queries and vtab; vtab
// meets mib2, the kernel's socket tables, and proc, the processes. The command line is in
// flags.go, what ends the program from outside in signals.go.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"sync"
	"syscall"

	"sockstat/internal/caught"
	"sockstat/internal/startup"
	"sockstat/internal/trust"
	"sockstat/queries"
	"sockstat/repl"
	"sockstat/repl/format"
	"sockstat/vtab"
	"sockstat/vtab/engine"
	"sockstat/vtab/table"
)

// Exit statuses.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitChanged     = 3
	exitInterrupted = 130
)

func main() { os.Exit(run(os.Args[1:])) }

// run runs the program and returns its exit status.
func run(args []string) (code int) {
	defer func() {
		if v := recover(); v != nil {
			report(fmt.Errorf("internal error: %w", caught.Error(v)))
			code = exitFailed
		}
	}()
	startup.CollectSeldom()
	// Two readers spend their time in long system calls, during which each keeps a processor
	// of Go's from SQLite until the scheduler notices.
	runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 2)
	signal.Ignore(syscall.SIGPIPE) // writing to a closed pipe is an error like others
	if err := startup.CheckDescriptors(); err != nil {
		report(err)
		return exitFailed
	}
	o, err := parse(args)
	if err != nil {
		report(err)
		return exitUsage
	}
	if o.saveMIB == "" && startup.OutputClosed() {
		report(startup.ErrNoOutput)
		return exitFailed
	}
	ctx, stop := o.untilSignal()
	defer stop()
	if o.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, o.timeout, fmt.Errorf("stopped after %s", o.timeout))
		defer cancel()
	}
	defer context.AfterFunc(ctx, func() { o.giveUp(ctx) })()
	return status(ctx, o.run(ctx))
}

// status reports an error and returns the exit status for it.
func status(ctx context.Context, err error) int {
	var usage *usageError
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		err = context.Cause(ctx)
	}
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, syscall.EPIPE):
		return exitOK // who reads our output has enough
	case errors.Is(err, repl.ErrInterrupted), errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return exitInterrupted
	case errors.Is(err, repl.ErrFailed): // said already
		return exitFailed
	case errors.Is(err, errChanged):
		return exitChanged
	case errors.As(err, &usage):
		report(err)
		return exitUsage
	}
	report(err)
	return exitFailed
}

// report says an error on standard error: one line, and one for the hint where it has one.
func report(err error) { format.PrintError(os.Stderr, err) }

// run does what the options ask for.
func (o *options) run(ctx context.Context) error {
	switch {
	case o.help:
		_, err := io.WriteString(os.Stdout, usage(repl.Columns(os.Stdout)))
		return err
	case o.version:
		return printVersion(os.Stdout)
	case o.manual != "", o.completion != "":
		return o.printDocument(os.Stdout)
	case o.listQueries:
		return listQueries(os.Stdout, repl.Columns(os.Stdout))
	case o.exportPack:
		return queries.Default().WritePack(os.Stdout)
	case o.saveMIB != "":
		return saveMIB(ctx, o.saveMIB)
	}
	if err := o.lookAtInput(); err != nil {
		return err
	}
	m, err := o.machine()
	if err != nil {
		return err
	}
	o.listing.Creators = m.Creators && !o.holders
	if err := o.checkUsers(m); err != nil {
		return err
	}
	if err := o.selectZones(ctx, m); err != nil {
		return err
	}
	o.findOrigin(m)
	open := func() (*engine.DB, error) {
		db, err := vtab.Open(m)
		if err == nil {
			db.OnNotice(o.notice)
			db.OnDrop(startup.CollectOften)
		}
		return db, err
	}
	if o.save != "" {
		return o.saveMoment(ctx, m)
	}
	db, err := open()
	if err != nil {
		return err
	}
	shell := &repl.Shell{DB: db, Reopen: open, In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		Settings: o.settings(), Queries: queries.Default(), Safe: o.whySafe(), Zones: zoneSetting{m},
		Version: version(), Listing: o.listingSQL}
	if o.shell {
		shell.RC = rcFile()
		return shell.Run(ctx)
	}
	defer db.Close()
	if o.diff != "" && len(o.query) == 0 && o.file == "" && !o.showSQL {
		return o.runDiff(ctx, db)
	}
	return o.runSQL(ctx, db, shell)
}

// whySafe says why the shell may not touch files, "" if it may.
func (o *options) whySafe() string {
	switch {
	case o.safe:
		return "--safe was given"
	case trust.Raised():
		return errRaised.Error()
	}
	return ""
}

// errRaised says why files are not looked at that a user names who lacks our rights.
var errRaised = errors.New("sockstat runs with rights that you lack")

// notice tells the user what a table noted.
func (o *options) notice(n table.Notice) {
	if n.Detail && !o.verbose {
		return
	}
	report(format.WithHint(errors.New(n.Text), n.Hint))
}

// listQueries prints the saved queries with their parameters.
func listQueries(w io.Writer, columns int) error {
	list, listErr := queries.Default().List()
	err := format.PrintPairs(w, columns, func(yield func(string, string) bool) {
		for _, q := range list {
			if !yield(q.Name, q.Doc) {
				return
			}
			for _, p := range q.Params {
				if !yield("  :"+p.Name, p.Doc+" ("+given(p)+")") {
					return
				}
			}
		}
	})
	return cmp.Or(err, listErr)
}

// given says what a parameter may be given.
func given(p queries.Param) string {
	value := "required"
	if p.HasDefault {
		value = "default " + p.Default
	}
	if p.Type != "" {
		value = strings.TrimSpace(string(p.Type)+" "+p.Range) + ", " + value
	}
	return value
}

// machine returns what the tables are read from: this machine, or what another was saved as.
func (o *options) machine() (*vtab.Machine, error) {
	if o.diff != "" {
		return o.comparedMachine()
	}
	if o.db != "" {
		return o.savedMachine()
	}
	if o.mib == "" {
		return vtab.Live(), nil
	}
	if trust.Raised() {
		return nil, fmt.Errorf("read %s: %w", o.mib, errRaised)
	}
	f, err := os.Open(o.mib)
	if err != nil {
		return nil, err
	}
	return vtab.SavedReply(o.mib), f.Close()
}

// saveMIB saves the kernel's reply to a file. What came of a reply that is wrong is kept
// too: it is what a bug report needs. But a file is left alone until something comes.
func saveMIB(ctx context.Context, file string) error {
	if trust.Raised() {
		return fmt.Errorf("write to %s: %w", file, errRaised)
	}
	f := &lateFile{name: file}
	return errors.Join(vtab.Live().SaveReply(ctx, f), f.Close())
}

// lateFile is a file that is created when something is written to it. Who writes may be left
// behind, so that may happen after Close.
type lateFile struct {
	name   string
	mu     sync.Mutex
	file   *os.File // nil until then
	closed bool
}

func (f *lateFile) Write(b []byte) (n int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return 0, os.ErrClosed
	}
	if f.file == nil {
		if f.file, err = os.Create(f.name); err != nil {
			return 0, err
		}
	}
	return f.file.Write(b)
}

func (f *lateFile) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	if f.file == nil {
		return nil
	}
	return f.file.Close()
}
