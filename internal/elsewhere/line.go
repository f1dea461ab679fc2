package elsewhere

import (
	"slices"
	"strings"
)

// line is a command line of sockstat.
type line struct {
	changed   bool     // something was read
	flags     string   // letters that take no value
	protocols []string // -P
	options   []string // others with their values
	words     []string
	where     []string // conditions of SQL
	columns   []string // of the table of the protocol, instead of the listing
	pids      bool     // the ids of the processes alone
	space     string   // of fuser
	sentence  string   // instead of a command line
}

// apply adds what stands for an option. It returns n, or 0 if it does not understand the value.
func (l *line) apply(f Flag, value string, n int) int {
	l.changed = true
	here := f.Here
	switch {
	case here == "":
	case here[0] == '!':
		l.sentence = here[1:]
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
		l.options = append(l.options, name, rest)
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
func (l *line) args() (args []string) {
	if l.columns != nil || l.pids {
		return []string{l.statement()}
	}
	if l.flags != "" {
		args = append(args, "-"+l.flags)
	}
	if l.protocols != nil {
		args = append(args, "-P", strings.Join(l.protocols, ","))
	}
	args = append(args, l.options...)
	args = append(args, l.words...)
	for _, where := range l.where {
		args = append(args, "--where", where)
	}
	return args
}

// statement returns the SQL for what is no column of the listing.
func (l *line) statement() string {
	from, where := "tcp", []string(nil)
	for _, w := range l.words {
		if port, ok := strings.CutPrefix(w, ":"); !ok {
			where = append(where, "state = '"+strings.ToUpper(w)+"'")
		} else {
			where = append(where, port+" IN (local_port, remote_port)")
		}
	}
	for _, w := range l.where {
		if strings.Contains(w, " OR ") {
			w = "(" + w + ")"
		}
		where = append(where, w)
	}
	if l.pids {
		from, l.columns = "sockets", []string{"DISTINCT pid"}
		where = append([]string{"pid IS NOT NULL"}, where...)
		if l.protocols != nil {
			where = append(where, "proto IN ('"+strings.Join(l.protocols, "', '")+"')")
		}
	} else if len(l.protocols) == 1 && l.protocols[0] == "udp" {
		from = "udp"
		timing := func(c string) bool {
			return slices.Contains([]string{"timer", "timer_ms", "retransmits", "rtt_us", "snd_cwnd", "total_retrans"}, c)
		}
		l.columns = slices.DeleteFunc(l.columns, timing)
	}
	if strings.Contains(l.flags, "l") {
		where = append(where, "remote_port IS NULL")
	}
	sql := "SELECT " + strings.Join(l.columns, ", ") + " FROM " + from
	if where != nil {
		sql += " WHERE " + strings.Join(where, " AND ")
	}
	return sql
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
