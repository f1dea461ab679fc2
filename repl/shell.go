package repl

import (
	"cmp"
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"os/signal"
	"sync/atomic"

	"sockstat/internal/trust"
	"sockstat/queries"
	"sockstat/repl/format"
	"sockstat/vtab/engine"
	"sockstat/vtab/table"
)

// Shell runs what a user types, or a file or pipe says: statements, which end with a
// semicolon and may take several lines, and dot commands of one line each.
type Shell struct {
	DB *engine.DB // Run closes it
	// Reopen opens another DB, to go on with if a statement does not end that was interrupted.
	// If it is nil, the shell ends then.
	Reopen   func() (*engine.DB, error)
	In       io.Reader // a terminal gets prompts and, if Out is one too, line editing
	Out, Err io.Writer
	Settings format.Settings
	Queries  queries.Library        // the saved queries
	Params   map[string]table.Value // values of parameters by name, without prefix
	// Zones is of which zones statements read sockets. It may be nil.
	Zones Zones
	// Safe says why commands that touch files are refused; "" if they are not. What comes from a
	// file that another user could have written is refused them in any case.
	Safe string
	// Name is what errors call In if it is no terminal; "" is stdin.
	Name string
	// Bail ends the shell at the first error, as .bail does.
	Bail bool
	// RC is a file of commands that are run first, "" for none. It is left out, with a warning, if
	// another user could have written it.
	RC string
	// Version is what .version calls the program.
	Version string
	// Listing returns the SQL that flags of the command line stand for. It may be nil.
	Listing func(flags []string) (string, error)

	screen            *sink // Out
	redirect          *file // of .output
	once              *file // of .once
	echo, bail, timer bool
	interactive       bool
	failed            bool
	over              bool         // .quit, or an error with .bail on
	interrupted       bool         // by Ctrl-C: what is being run ends
	depth             int          // of .read
	stuck             bool         // over because a statement does not end
	left              atomic.Int32 // statements that go on without the shell
	unfinished        string       // statement, for completion
	plans, stats      bool
	rows              atomic.Int64 // that the last statement returned
	prompts           [2]string    // in place of prompt and promptMore; "" for those
	log               io.WriteCloser
	before            string  // the format before .expanded
	last              string  // the statement that was run last
	editor            *editor // of In; nil if lines are not edited
	interrupts        chan os.Signal
}

// Zones is the choice of the zones whose sockets statements read.
type Zones interface {
	// Select chooses other zones, for the statements that begin from now on: "own", "all", or
	// some by names.
	Select(ctx context.Context, words []string) error
	// String returns what is chosen.
	String() string
}

// The prompts, for a new statement and for the next line of one.
const (
	prompt     = "sockstat> "
	promptMore = "    ...> "
)

// Run reads In to its end or .quit. It takes Ctrl-C (SIGINT) itself, so ctx should not end
// with it: of a terminal, Ctrl-C ends only the statement that runs, or empties the line.
//
// Errors of statements and commands are printed to Err. They end the shell only after
// .bail on. Then, or if In is no terminal, they make Run return ErrFailed, and Ctrl-C
// makes it return ErrInterrupted. All other errors that it returns are not printed yet: those of
// reading In and writing Out, and the cause of the end of ctx.
func (s *Shell) Run(ctx context.Context) error {
	if _, err := format.Find(s.Settings.Format); err != nil {
		return err
	}
	s.screen = &sink{w: s.Out}
	s.bail = s.Bail
	s.Params = maps.Clone(s.Params)
	if s.Params == nil {
		s.Params = map[string]table.Value{}
	}
	s.interrupts = make(chan os.Signal, 1)
	signal.Notify(s.interrupts, os.Interrupt)
	defer signal.Stop(s.interrupts)
	in := s.open()
	if f, ok := s.In.(*os.File); ok && s.Safe == "" {
		s.Safe = unsafe(trust.ForeignInput(f))
	}
	err := first(s.readRC(ctx), s.feed(ctx, in, ""))
	err = first(err, in.Close())
	s.report(s.closeFiles())
	s.report(s.closeLog())
	if s.DB != nil {
		err = first(err, s.DB.Close())
	}
	switch {
	case s.stuck:
		return first(err, ErrInterrupted)
	case s.screen.err != nil:
		return s.screen.err
	case err != nil:
		return err
	case s.interactive && !s.bail:
		return nil
	case s.interrupted:
		return ErrInterrupted
	case s.failed:
		return ErrFailed
	}
	return nil
}

// feed runs what the input says, to its end. The name is that of a file, "" for In.
func (s *Shell) feed(ctx context.Context, in lineReader, name string) error {
	p := &pending{shell: s, name: name}
	if name == "" && !s.interactive {
		p.name = cmp.Or(s.Name, "stdin")
	}
	for !s.done() {
		s.unfinished = p.text.String()
		line, err := in.ReadLine(ctx, p.prompt())
		switch {
		case errors.Is(err, ErrInterrupted) && s.interactive && name == "":
			p = &pending{shell: s}
			s.endEntry()
		case errors.Is(err, ErrInterrupted):
			s.interrupted = true
			s.report(err)
		case err == io.EOF:
			if !s.interactive || name != "" {
				p.finish(ctx)
			}
			return nil
		case err != nil:
			return err
		default:
			if name == "" && p.ends(line) {
				s.endEntry()
			}
			p.add(ctx, line)
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if s.interactive && name == "" {
			s.goOn()
		}
	}
	return nil
}

// endEntry ends what is one entry of the history.
func (s *Shell) endEntry() {
	if s.editor != nil {
		s.editor.endEntry()
	}
}

// goOn has the next line read behind a Ctrl-C.
func (s *Shell) goOn() {
	if s.interrupted && s.editor != nil {
		s.editor.forget()
	}
	s.interrupted = false
}

// done reports whether nothing more is to be run.
func (s *Shell) done() bool { return s.over || s.interrupted || s.screen.err != nil }

// report prints an error.
func (s *Shell) report(err error) {
	if err == nil || s.screen.err != nil { // an error of Out is the caller's
		return
	}
	s.failed = true
	s.over = s.over || s.bail && !s.interrupted
	var p *ParamError
	if errors.As(err, &p) {
		err = format.WithHint(err, ".param set "+p.bare()+" VALUE")
	}
	format.PrintError(s.Err, err)
	if s.log != nil {
		format.PrintError(s.log, err)
	}
}

// sink remembers the error of a writer.
type sink struct {
	w   io.Writer
	err error
}

func (s *sink) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	if err != nil {
		s.err = err
	}
	return n, err
}
