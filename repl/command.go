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
	// complete returns what may stand behind the given words. It may be nil.
	complete func(s *Shell, words []string) []string
}

// call is a dot command with its arguments.
type call struct {
	ctx  context.Context
	args []argument
	out  io.Writer
}

// arg returns an argument, "" if it is not there.
func (c *call) arg(i int) string {
	if i >= len(c.args) {
		return ""
	}
	return c.args[i].text
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
		{"bail", "on|off", "end the shell at the first error", toggle(func(s *Shell) *bool { return &s.bail }), onOff},
		{"echo", "on|off", "print statements and commands before they run", toggle(func(s *Shell) *bool { return &s.echo }), onOff},
		{"exit", "", "leave", quit, nil},
		{"headers", "on|off", "show the names of columns", toggle(func(s *Shell) *bool { return &s.Settings.Headers }), onOff},
		{"help", "[COMMAND]", "list the commands, or explain one", help, commandNames},
		{"maxrows", "N", "show N rows of a table on a terminal, 0 as many as fit, -1 all", maxRows, nil},
		{"mode", "[NAME]", "show results in a format", mode, formatNames},
		{"moments", "", "list the moments in the file that is read", moments, nil},
		{"nullvalue", "TEXT", "show NULL as TEXT", nullValue, nil},
		{"once", "FILE", "write the next result to a file", once, nil},
		{"output", "[FILE|stdout]", "write results to a file, or to the terminal again", redirect, nil},
		{"pager", "on|off", "show what overflows the screen with $SOCKSTAT_PAGER or $PAGER", pager, onOff},
		{"parameter", "set NAME VALUE|unset NAME|list|clear", "give values to parameters like :name", parameter, parameterWords},
		{"queries", "[NAME]", "list the saved queries, or print one", listQueries, queryNames},
		{"quit", "", "leave", quit, nil},
		{"read", "FILE", "run the statements and dot commands of a file", read, nil},
		{"run", "NAME [PARAM=VALUE …]", "run a saved query", runSaved, queryWords},
		{"schema", "[PATTERN]", "describe tables and their columns", schema, tableNames},
		{"separator", "TEXT", "separate the values of mode list by TEXT", separator, nil},
		{"show", "", "show all settings", show, nil},
		{"tables", "[PATTERN]", "list tables with names LIKE the pattern", tables, tableNames},
		{"timer", "on|off", "show how long statements take", toggle(func(s *Shell) *bool { return &s.timer }), onOff},
		{"width", "[N …]", "set least widths of columns, negative to align right", widths, nil},
		{"zone", "[own|all|NAME …]", "read the sockets of other zones, or say of which they are read", zone, zoneWords},
	}
}

// command runs a dot command.
func (s *Shell) command(ctx context.Context, line string) error {
	if s.echo {
		fmt.Fprintln(s.screen, format.Escape(line))
	}
	args, err := splitArguments(line[1:])
	if err != nil {
		return err
	}
	if len(args) == 0 {
		return unknownCommand("")
	}
	cmd, err := findCommand(args[0].text)
	if err != nil {
		return err
	}
	c := &call{ctx, args[1:], &guarded{ctx: ctx, w: s.destination()}}
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

// findCommand returns the command of a name or of the unique beginning of one.
func findCommand(name string) (command, error) {
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
	hint := ".help lists the commands"
	if like := similar.Hint("."+name, dotNames()); like != "" {
		hint = like + " " + hint
	}
	return format.WithHint(fmt.Errorf("unknown command %q", "."+name), hint)
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
		return format.PrintPairs(c.out, func(yield func(string, string) bool) {
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
	return format.PrintPairs(c.out, func(yield func(string, string) bool) {
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
func commandNames(_ *Shell, words []string) []string {
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
