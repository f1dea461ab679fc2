package elsewhere

import (
	"slices"
	"strings"
)

// line is a command line of sockstat.
type line struct {
	parse     Parse
	changed   bool     // something was read
	flags     string   // letters that take no value
	protocols []string // -P
	options   []option // others with their values
	words     []string
	where     []string // conditions of SQL
	columns   []string // to be selected instead of the listing
	processes bool     // they are asked for
	pids      bool     // the ids of the processes alone
	space     string   // of fuser
	statement string   // instead of the listing
	sentence  string   // instead of a command line
}

// option is one with a long name or a value.
type option struct{ name, value string }

// words returns it as it is typed.
func (o option) words() []string {
	if o.value == "" {
		return []string{o.name}
	}
	return []string{o.name, o.value}
}

// apply adds what stands for an option. It returns n, or 0 if it does not understand the value.
func (l *line) apply(f Flag, value string, n int) int {
	l.changed = true
	here := f.Here
	switch {
	case here == "":
	case here[0] == '!':
		l.sentence = here[1:]
	case here == "processes":
		l.processes = true
	case strings.HasPrefix(here, "columns:"):
		for column := range strings.SplitSeq(here[len("columns:"):], ", ") {
			l.columns = appendNew(l.columns, column)
		}
	case special[here] != nil:
		if !special[here](l, value) {
			return 0
		}
	case strings.HasPrefix(here, "-P "):
		for p := range strings.SplitSeq(strings.ReplaceAll(here[3:], "{}", value), ",") {
			l.protocols = appendNew(l.protocols, p)
		}
	case len(here) == 2 && here[0] == '-':
		if !strings.Contains(l.flags, here[1:]) {
			l.flags += here[1:]
		}
	case here[0] == '-':
		name, rest, _ := strings.Cut(here, " ")
		rest = strings.Trim(strings.ReplaceAll(rest, "{}", value), "'")
		l.options = append(l.options, option{name, rest})
	default:
		l.words = append(l.words, strings.ReplaceAll(here, "{}", value))
	}
	return n
}

func appendNew(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// special are what stands for an option whose value says more.
var special map[string]func(*line, string) bool

func init() {
	special = map[string]func(*line, string) bool{
		"{process}": (*line).process, "{family}": (*line).family, "{query}": (*line).query, "{inet}": (*line).inet,
		"{state}": (*line).lsofStates, "{pids}": (*line).onlyPIDs, "{space}": (*line).nameSpace, "{kill}": (*line).kill,
		"{users}": (*line).lsofUsers, "{pid}": (*line).lsofProcesses, "{command}": (*line).lsofCommand, "{fds}": (*line).lsofDescriptors, "{repeat}": (*line).lsofRepeat,
	}
}

// String returns the command line as it is typed.
func (l *line) String() string {
	if l.sentence != "" {
		return l.sentence
	}
	args := append([]string{"sockstat"}, l.args()...)
	for i := range args {
		args[i] = quote(args[i])
	}
	return strings.Join(args, " ")
}

// args returns the arguments.
func (l *line) args() []string {
	if l.statement != "" {
		return append(l.beside(), l.statement)
	}
	return l.listing()
}

// listing returns the arguments that list sockets.
func (l *line) listing() (args []string) {
	if l.flags != "" {
		args = append(args, "-"+l.flags)
	}
	if l.protocols != nil {
		args = append(args, "-P", strings.Join(l.protocols, ","))
	}
	for _, o := range l.options {
		args = append(args, o.words()...)
	}
	args = append(args, l.words...)
	for _, where := range l.where {
		args = append(args, "--where", where)
	}
	return args
}

// quote returns a word as a shell takes it.
func quote(s string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:,=@%+"
	switch {
	case s != "" && strings.Trim(s, plain) == "":
		return s
	case !strings.ContainsAny(s, "\"$`\\!"):
		return `"` + s + `"`
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
