package repl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"sockstat/internal/similar"
	"sockstat/repl/format"
)

// command is a dot command.
type command struct {
	name, args, doc string
	run             func(*Shell, *call) error
	// complete returns what may stand behind the given words, for which more is typed already. It
	// may be nil.
	complete func(s *Shell, words []string, begun string) []string
	// statement is the number of the argument that begins a statement, 0 for none. The first is 1.
	statement int
}

// call is a dot command with its arguments.
type call struct {
	ctx  context.Context
	line string // with the name
	args []argument
	out  io.Writer
	// columns is how wide what it prints may be; 0 for any width, as in a file.
	columns int
}

// arg returns an argument, "" if it is not there.
func (c *call) arg(i int) string {
	if i >= len(c.args) {
		return ""
	}
	return c.args[i].text
}

// from returns the text from an argument on, as it was typed.
func (c *call) from(i int) string {
	_, starts := argumentsBefore(c.line)
	if i+1 >= len(starts) {
		return ""
	}
	return c.line[starts[i+1]:]
}

// errUsage says that the arguments are not those of the command.
var errUsage = errors.New("usage")

// commands are all dot commands, in the order of .help. It is set by init because .help
// refers to it.
var commands []command

// Command describes a dot command.
type Command struct{ Name, Args, Doc string }

// Commands describes the dot commands, without the dot.
func Commands() (all []Command) {
	for _, c := range commands {
		all = append(all, Command{c.name, c.args, c.doc})
	}
	return all
}

func init() {
	commands = []command{
		{name: "bail", args: "on|off", doc: "end the shell at the first error", run: toggle(func(s *Shell) *bool { return &s.bail }), complete: onOff},
		{name: "cd", args: "DIRECTORY", doc: "read and write files there", run: changeDirectory, complete: directoryNames},
		{name: "echo", args: "on|off", doc: "print statements and commands before they run", run: toggle(func(s *Shell) *bool { return &s.echo }), complete: onOff},
		{name: "databases", doc: "list the databases, which are all in memory", run: databases},
		{name: "dump", args: "[PATTERN]", doc: "print SQL that makes the tables anew with the rows of this moment", run: dump, complete: tableWords},
		{name: "edit", args: "[STATEMENT]", doc: "edit the last statement, or a new one, with $VISUAL or $EDITOR and run it", run: edit, statement: 1},
		{name: "eqp", args: "on|off", doc: "show the plan of each statement before it runs", run: toggle(func(s *Shell) *bool { return &s.plans }), complete: onOff},
		{name: "exit", doc: "leave", run: quit},
		{name: "expanded", args: "[on|off]", doc: "show one value a line, or no more; without an argument the other of the two", run: expanded, complete: onOff},
		{name: "explain", args: "[STATEMENT|FLAGS]", doc: "show the plan of the last or a statement, or the SQL and plan of flags as -4l", run: explain, statement: 1},
		{name: "headers", args: "on|off", doc: "show the names of columns", run: toggle(func(s *Shell) *bool { return &s.Settings.Headers }), complete: onOff},
		{name: "help", args: "[COMMAND]", doc: "list the commands, or explain one", run: help, complete: commandNames},
		{name: "indexes", args: "[PATTERN]", doc: "list the indexes of temporary tables", run: indexes, complete: tableWords},
		{name: "log", args: "FILE|off", doc: "write errors to a file as well", run: logErrors, complete: fileNames},
		{name: "maxrows", args: "N", doc: "show N rows of a table on a terminal, 0 as many as fit, -1 all", run: maxRows},
		{name: "mode", args: "[NAME [TABLE]]", doc: "show results in a format; insert is into TABLE", run: mode, complete: formatNames},
		{name: "moments", doc: "list the moments in the file that is read", run: moments},
		{name: "nullvalue", args: "TEXT", doc: "show NULL as TEXT", run: nullValue},
		{name: "once", args: "FILE", doc: "write the next result to a file", run: once, complete: fileNames},
		{name: "output", args: "[FILE|stdout]", doc: "write results to a file, or to the terminal again", run: redirect, complete: fileNames},
		{name: "pager", args: "on|off", doc: "show what overflows the screen with $SOCKSTAT_PAGER or $PAGER", run: pager, complete: onOff},
		{name: "parameter", args: "set NAME VALUE|unset NAME|list|clear", doc: "give values to parameters like :name", run: parameter, complete: parameterWords},
		{name: "print", args: "[TEXT …]", doc: "print a text", run: printText},
		{name: "prompt", args: "[FIRST [NEXT]]", doc: "set the prompts for a statement and its next lines", run: setPrompts},
		{name: "queries", args: "[NAME]", doc: "list the saved queries, or print one", run: listQueries, complete: queryNames},
		{name: "quit", doc: "leave", run: quit},
		{name: "read", args: "FILE", doc: "run the statements and dot commands of a file", run: read, complete: fileNames},
		{name: "refresh", doc: "between BEGIN and COMMIT, read the tables anew for the statements that follow", run: refresh},
		{name: "run", args: "NAME [PARAM=VALUE …]", doc: "run a saved query", run: runSaved, complete: queryWords},
		{name: "save", args: "[-f] NAME [STATEMENT]", doc: "save the last or a statement as a query for .run and -f; -f replaces one of that name", run: save, complete: queryNames, statement: 2},
		{name: "schema", args: "[PATTERN]", doc: "describe tables and their columns", run: schema, complete: tableWords},
		{name: "separator", args: "TEXT", doc: "separate the values of mode list by TEXT", run: separator},
		{name: "show", doc: "show all settings", run: show},
		{name: "stats", args: "on|off", doc: "show how many rows statements return, and the memory in use", run: toggle(func(s *Shell) *bool { return &s.stats }), complete: onOff},
		{name: "tables", args: "[PATTERN]", doc: "list tables with names LIKE the pattern", run: tables, complete: tableWords},
		{name: "timer", args: "on|off", doc: "show how long statements take", run: toggle(func(s *Shell) *bool { return &s.timer }), complete: onOff},
		{name: "version", doc: "show the versions of sockstat and SQLite", run: versions},
		{name: "watch", args: "[SECONDS] [STATEMENT]", doc: "run the last or a statement every 2 or so many seconds, until Ctrl-C", run: watch, statement: 2},
		{name: "width", args: "[N …]", doc: "set least widths of columns, negative to align right", run: widths},
		{name: "zone", args: "[own|all|NAME …]", doc: "read the sockets of other zones, or say of which they are read", run: zone, complete: zoneWords},
	}
}

// shortNames are commands by a name that is the beginning of several.
var shortNames = map[string]string{"h": "help", "q": "quit"}

// command runs a dot command.
func (s *Shell) command(ctx context.Context, line string) error {
	if s.echo {
		fmt.Fprintln(s.screen, format.Escape(line))
	}
	cmd, args, err := splitCommand(line)
	if err != nil {
		return err
	}
	c := &call{ctx, line, args[1:], &guarded{ctx: ctx, w: s.destination()}, Columns(s.file())}
	if cmd.args == "" && len(c.args) > 0 {
		err = errUsage
	} else {
		err = cmd.run(s, c)
	}
	if errors.Is(err, errUsage) {
		err = errors.New(strings.TrimSpace("usage: ." + cmd.name + " " + cmd.args))
	}
	if cmd.name != "once" {
		err = first(err, s.endResult())
	}
	return err
}

// splitCommand returns the command of a line and its words, the name first. The statement that one
// has need not consist of words.
func splitCommand(line string) (command, []argument, error) {
	name, _, _ := strings.Cut(strings.ReplaceAll(line[1:], "\t", " "), " ")
	cmd, err := findCommand(name)
	if err != nil {
		return command{}, nil, err
	}
	args, err := splitArguments(line[1:])
	if len(args) > 0 && cmd.statement > 0 {
		err = nil
	}
	return cmd, args, err
}

// findCommand returns the command of a name or of the unique beginning of one.
func findCommand(name string) (command, error) {
	if full, ok := shortNames[name]; ok {
		name = full
	}
	if why := refusal(name); why != nil {
		return command{}, why
	}
	var found []command
	for _, c := range commands {
		if c.name == name {
			return c, nil
		}
		if name != "" && strings.HasPrefix(c.name, name) {
			found = append(found, c)
		}
	}
	switch len(found) {
	case 0:
		return command{}, unknownCommand(name)
	case 1:
		return found[0], nil
	}
	names := make([]string, len(found))
	for i, c := range found {
		names[i] = "." + c.name
	}
	return command{}, fmt.Errorf("ambiguous command %q: %s", "."+name, strings.Join(names, " "))
}

func unknownCommand(name string) error {
	if !strings.HasPrefix(name, `\`) {
		name = "." + name
	}
	hint := ".help lists the commands"
	if like := similar.Hint(name, dotNames()); like != "" {
		hint = like + " " + hint
	}
	return format.WithHint(fmt.Errorf("unknown command %q", name), hint)
}

// dotNames returns the names of all commands as they are typed.
func dotNames() (names []string) {
	for _, c := range commands {
		names = append(names, "."+c.name)
	}
	return names
}

// help prints the list of commands, or one.
func help(s *Shell, c *call) error {
	if len(c.args) > 1 {
		return errUsage
	}
	if len(c.args) == 0 {
		return format.PrintPairs(c.out, c.columns, func(yield func(string, string) bool) {
			for _, cmd := range commands {
				if !yield("."+cmd.name+" "+cmd.args, cmd.doc) {
					return
				}
			}
		})
	}
	cmd, err := findCommand(strings.TrimPrefix(c.arg(0), "."))
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(c.out, "%s\n    %s\n", strings.TrimSpace("."+cmd.name+" "+cmd.args), cmd.doc); err != nil || cmd.name != "mode" {
		return err
	}
	return format.PrintPairs(c.out, c.columns, func(yield func(string, string) bool) {
		for _, f := range format.Formats() {
			if !yield("      "+f.Name, f.Doc) {
				return
			}
		}
	})
}

// quit ends the shell.
func quit(s *Shell, _ *call) error {
	s.over = true
	return nil
}

// commandNames completes the argument of .help.
func commandNames(_ *Shell, words []string, _ string) []string {
	var names []string
	for _, c := range commands {
		names = append(names, c.name)
	}
	return only(words, names)
}

// only returns the candidates for a first argument.
func only(words, candidates []string) []string {
	if len(words) > 0 {
		return nil
	}
	return candidates
}
