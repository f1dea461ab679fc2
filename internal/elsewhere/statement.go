package elsewhere

import (
	"slices"
	"strings"
)

// ofProtocol are the columns that only the table of a protocol has, and which those are.
var ofProtocol = map[string][]string{
	"timer": {"tcp"}, "timer_ms": {"tcp"}, "retransmits": {"tcp"}, "rtt_us": {"tcp"}, "snd_cwnd": {"tcp"}, "total_retrans": {"tcp"},
	"congestion": {"tcp"}, "rcvbuf": {"tcp", "udp"}, "sndbuf": {"tcp", "udp"},
}

// finish makes a statement of what the listing does not show, and reports whether the command line
// is valid here.
func (l *line) finish() bool {
	if l.sentence != "" {
		return true
	}
	if l.columns != nil || l.pids {
		if !l.state() {
			return false
		}
	}
	_, ok := l.parse(l.args())
	return ok
}

// beside returns those options that a statement goes with.
func (l *line) beside() (args []string) {
	if strings.Contains(l.flags, "H") {
		args = append(args, "-H")
	}
	for _, o := range l.options {
		if slices.Contains([]string{"-z", "-o", "--watch"}, o.name) {
			args = append(args, o.words()...)
		}
	}
	return args
}

// state makes the statement: of one table of the kernel if that has it all, else of sockets and
// what else the table of TCP tells of them.
func (l *line) state() bool {
	from, join := "sockets", ""
	switch {
	case l.pids:
		l.columns = []string{"DISTINCT pid"}
		l.where = append(l.where, "pid IS NOT NULL")
	case l.processes || len(l.protocols) > 1 || strings.Contains(l.flags, "u"):
		l.columns, join = l.joined()
	default:
		from = "tcp"
		if slices.Equal(l.protocols, []string{"udp"}) {
			from = "udp"
		}
		l.protocols = []string{from}
		l.columns = slices.DeleteFunc(l.columns, func(c string) bool { return ofProtocol[c] != nil && !slices.Contains(ofProtocol[c], from) })
	}
	conditions, ok := l.parse(l.listing())
	if from != "sockets" {
		conditions = slices.DeleteFunc(conditions, func(c string) bool { return c == "proto IN ('"+from+"')" })
	}
	l.statement = "SELECT " + strings.Join(l.columns, ", ") + " FROM " + from + join
	for i, c := range conditions {
		l.statement += []string{" WHERE ", " AND "}[min(i, 1)] + unfolded(c)
	}
	return ok
}

// joined returns the columns with those of processes, and what joins those that only TCP has.
func (l *line) joined() (columns []string, join string) {
	var own []string
	table := "tcp"
	if slices.Equal(l.protocols, []string{"udp"}) {
		table = "udp"
	}
	columns = []string{"label"}
	for _, c := range l.columns {
		if ofProtocol[c] != nil && !slices.Contains(ofProtocol[c], table) {
			continue
		}
		columns = append(columns, c)
		if ofProtocol[c] != nil {
			own = append(own, c)
		}
	}
	if l.processes {
		columns = append(columns, "pid", "command")
	}
	if own != nil {
		join = " LEFT JOIN (SELECT cookie, " + strings.Join(own, ", ") + " FROM " + table + ") USING (cookie)"
	}
	return columns, join
}

// unfolded returns a condition in one line.
func unfolded(condition string) string {
	if inner, ok := strings.CutSuffix(condition, "\n)"); ok { // of --where
		condition = inner + ")"
		if bare := condition[1 : len(condition)-1]; !strings.ContainsAny(bare, "()") && !strings.Contains(bare, " OR ") {
			return bare
		}
	}
	return strings.ReplaceAll(condition, "\n", " ")
}
