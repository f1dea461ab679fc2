// Package elsewhere knows the command lines of other tools, ss, netstat, lsof, fuser and the
// programs called sockstat of FreeBSD, NetBSD and Debian, and which one to use here instead.
//
// What their options mean is a table, [Flags], which [Answer] goes by; [Examples] are command
// lines as people type them, with the answers.
package elsewhere

import (
	"path"
	"slices"
	"strings"
)

// Parse tells whether arguments are valid here, and the conditions of SQL that they stand for, all
// of which hold for the sockets that they list.
type Parse func(args []string) (conditions []string, ok bool)

// Reply is a command line of another tool, as it is typed, and the one to use here or a sentence.
type Reply struct{ Tool, There, Here string }

// Answer returns the command line to use here in place of one of another tool, of which the
// arguments are given, with or without its name before them, or a sentence if there is none. It is
// not ok for what no tool would understand, or if the arguments here are not valid.
func Answer(args []string, parse Parse) (reply Reply, ok bool) {
	for _, d := range dialects(args) {
		l := &line{parse: parse}
		if l.read(d, d.arguments(args)) && l.finish() {
			return Reply{Tool: d.tool, There: d.typed(args), Here: l.String()}, true
		}
	}
	return Reply{}, false
}

// dialect is how a tool is spoken to.
type dialect struct {
	tool    string // as people call it
	program bool   // that is the name of its program, and not ours
	short   map[string]Flag
	long    map[string]Flag
	// words reads what is no option, from the numbered argument on; it returns how many it took,
	// 0 if it does not understand.
	words func(*line, []string) int
}

// arguments returns the arguments without the name of the tool.
func (d *dialect) arguments(args []string) []string {
	if len(args) > 0 && named(args[0]) == d.tool {
		return args[1:]
	}
	return args
}

// typed returns the command line as it was typed, behind the name of its tool if that is not
// called sockstat as well.
func (d *dialect) typed(args []string) string {
	var words []string
	if d.program {
		words = append(words, d.tool)
	}
	for _, arg := range d.arguments(args) {
		words = append(words, quote(arg))
	}
	return strings.Join(words, " ")
}

// newDialect returns how some tools are spoken to, of which the first gives the name.
func newDialect(words func(*line, []string) int, tools ...string) *dialect {
	d := &dialect{tool: tools[0], program: slices.Contains(programs, tools[0]), short: map[string]Flag{}, long: map[string]Flag{}, words: words}
	for _, f := range Flags {
		if !slices.Contains(tools, f.Tool) {
			continue
		}
		for name := range strings.FieldsSeq(f.Names) {
			switch {
			case strings.HasPrefix(name, "--"):
				d.long[name[2:]] = f
			default:
				d.short[name[1:]] = f
			}
		}
	}
	return d
}

// dialects returns those that a command line may be of, the likeliest first.
func dialects(args []string) (all []*dialect) {
	ss := newDialect((*line).ssFilter, "ss", "any")
	netstat := newDialect((*line).noWords, "netstat", "any")
	lsof := newDialect((*line).help, "lsof", "any")
	fuser := newDialect((*line).fuserNames, "fuser", "any")
	freebsd := newDialect((*line).help, "FreeBSD's sockstat", "any")
	debian := newDialect((*line).help, "Debian's sockstat", "any")
	any := newDialect((*line).names, "other tools", "any")
	if len(args) > 0 {
		for _, d := range []*dialect{ss, netstat, lsof, fuser} {
			if named(args[0]) == d.tool {
				return []*dialect{d}
			}
		}
	}
	switch {
	case slices.Contains(args, "-i") && strings.Trim(strings.Join(args, ""), "-tnalpimoe46") == "" && !slices.Contains(args, "-a"):
		return []*dialect{ss, lsof} // as ss -t -i
	case slices.ContainsFunc(args, ofLsof):
		return []*dialect{lsof}
	case ofFuser(args):
		return []*dialect{fuser}
	case slices.ContainsFunc(args, ofNetstat):
		return []*dialect{netstat}
	}
	return []*dialect{any, freebsd, debian, ss, netstat, lsof}
}

// programs are the tools whose name may be typed before their arguments.
var programs = []string{"ss", "netstat", "lsof", "fuser"}

// named returns which of them a word names, "" for none.
func named(word string) string {
	if name := path.Base(word); slices.Contains(programs, name) {
		return name
	}
	return ""
}

// ofLsof reports whether an argument is one that only lsof understands.
func ofLsof(arg string) bool {
	return strings.HasPrefix(arg, "-i") && !strings.HasPrefix(arg, "--") && (len(arg) == 2 || strings.ContainsAny(arg[2:], ":@46") || isProtocol(arg[2:])) ||
		strings.HasPrefix(arg, "-sTCP") || strings.HasPrefix(arg, "-sUDP") ||
		strings.HasPrefix(arg, "-") && strings.HasSuffix(arg, "i") && strings.Contains(arg, "P") && strings.Trim(arg, "-nPlbOwati") == "" || // as in -nPi
		strings.HasPrefix(arg, "+c")
}

// ofFuser reports whether arguments are such as only fuser understands.
func ofFuser(args []string) bool {
	for i, arg := range args {
		port, proto, ok := strings.Cut(arg, "/")
		if ok && isProtocol(proto) && strings.Trim(port, "0123456789") == "" {
			return true
		}
		if i > 0 && isProtocol(arg) && len(args[i-1]) > 1 && args[i-1][0] == '-' && strings.HasSuffix(args[i-1], "n") && strings.Trim(args[i-1], "-46aiknsuv") == "" {
			return true // as in -kn tcp 80
		}
	}
	return false
}

// ofNetstat reports whether an argument means more to netstat than to ss, on Windows or for routes.
func ofNetstat(arg string) bool {
	return len(arg) > 2 && arg[0] == '-' && (strings.Trim(arg, "-abno") == "" && strings.Contains(arg, "o") || strings.Trim(arg, "-rnv46") == "" && strings.Contains(arg, "r"))
}

func isProtocol(s string) bool {
	return slices.Contains([]string{"tcp", "udp", "tcp4", "tcp6", "udp4", "udp6", "sctp", "raw", "icmp", "udplite", "mptcp", "unix"}, strings.ToLower(s))
}

// read reads the arguments, and reports whether it understood them all.
func (l *line) read(d *dialect, args []string) bool {
	for i := 0; i < len(args); {
		n := 0
		switch arg := args[i]; {
		case arg == "":
			return false
		case arg == "--", d.tool == "fuser" && signalForm().MatchString(arg):
			n = 1
		case d.tool == "lsof" && arg == "+c": // how wide names of programs are
			n = min(len(args)-i, 2)
		case d.tool == "lsof" && strings.HasPrefix(arg, "+c"):
			n = 1
		case strings.HasPrefix(arg, "--"):
			n = l.long(d, args[i:])
		case len(arg) > 1 && arg[0] == '-':
			n = l.short(d, args[i:])
		default:
			n = d.words(l, args[i:])
		}
		if n == 0 {
			return false
		}
		i += n
	}
	return l.changed || len(args) == 0
}

// long reads a long option, and returns how many arguments it took.
func (l *line) long(d *dialect, args []string) int {
	name, value, has := strings.Cut(args[0][2:], "=")
	f, ok := d.long[name]
	switch {
	case !ok, !f.Arg && has:
		return 0
	case !f.Arg || has:
		return l.apply(f, value, 1)
	case len(args) == 1:
		return 0
	}
	return l.apply(f, args[1], 2)
}

// short reads a bundle of options of one letter.
func (l *line) short(d *dialect, args []string) int {
	if f, ok := d.short[args[0][1:]]; ok && len(args[0]) > 2 { // as -help
		return l.apply(f, "", 1)
	}
	for i := 1; i < len(args[0]); i++ {
		f, ok := d.short[args[0][i:i+1]]
		if !ok {
			return 0
		}
		if !f.Arg {
			if l.apply(f, "", 1) == 0 {
				return 0
			}
			continue
		}
		value := args[0][i+1:]
		switch {
		case value != "":
			return l.apply(f, value, 1)
		case f.Maybe && (len(args) == 1 || args[1][:min(1, len(args[1]))] == "-"):
			return l.apply(f, "", 1)
		case len(args) == 1, strings.HasPrefix(args[1], "-"):
			return 0
		}
		return l.apply(f, args[1], 2)
	}
	return 1
}
