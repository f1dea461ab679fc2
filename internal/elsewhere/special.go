package elsewhere

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// process reads a process's id or name.
func (l *line) process(value string) bool {
	name := "--command"
	if strings.Trim(value, "0123456789") == "" {
		name = "--pid"
	}
	if slices.ContainsFunc(strings.Split(value, ","), isProtocol) || value == "divert" || strings.TrimLeft(value, ",.-") != value {
		return false // it means what it means to FreeBSD and here
	}
	l.options = append(l.options, option{name, value})
	return true
}

// families are the address families of ss.
var families = map[string]string{"inet": "-4", "inet6": "-6", "unix": "-u", "link": "-P packet", "netlink": "-P netlink", "vsock": "-P vsock", "xdp": "-P xdp"}

// IsFamily reports whether a word is an address family of ss -f, which is no file here.
func IsFamily(word string) bool { return families[word] != "" }

// family reads the address family of ss -f.
func (l *line) family(value string) bool {
	here, ok := families[value]
	return ok && l.apply(Flag{Here: here}, "", 1) == 1
}

// query reads the protocols of ss -A.
func (l *line) query(value string) bool {
	for name := range strings.SplitSeq(value, ",") {
		switch {
		case name == "all", name == "inet":
		case strings.HasPrefix(name, "unix"):
			l.apply(Flag{Here: "-u"}, "", 1)
		case strings.HasPrefix(name, "packet"), strings.HasPrefix(name, "vsock"):
			name, _, _ = strings.Cut(name, "_")
			l.protocols = appendNew(l.protocols, name)
		case isProtocol(name), name == "netlink", name == "xdp":
			l.protocols = appendNew(l.protocols, name)
		default:
			return false
		}
	}
	return true
}

// inet reads what lsof -i takes: [46][protocol][@host][:ports].
func (l *line) inet(value string) bool {
	rest := value
	if rest != "" && (rest[0] == '4' || rest[0] == '6') && !strings.Contains(rest, ".") {
		l.apply(Flag{Here: "-" + rest[:1]}, "", 1)
		rest = rest[1:]
	}
	n := strings.IndexAny(rest+":", "@:")
	if proto := strings.ToLower(rest[:n]); proto != "" {
		if !isProtocol(proto) {
			return false
		}
		l.protocols = appendNew(l.protocols, proto)
	}
	rest = rest[n:]
	if host, ok := strings.CutPrefix(rest, "@"); ok {
		rest = host
		if i := strings.LastIndexByte(host, ':'); i < 0 || strings.HasSuffix(host, "]") {
			rest = ""
		} else if host[:i] == "" {
			return false
		}
		l.words = append(l.words, host)
		return true
	}
	if rest != "" {
		l.words = append(l.words, rest)
	}
	return true
}

// lsofStates reads what lsof -s takes: protocol:state,^state.
func (l *line) lsofStates(value string) bool {
	if value == "" {
		return true
	}
	proto, states, ok := strings.Cut(value, ":")
	if !ok || !isProtocol(proto) {
		return false
	}
	l.protocols = appendNew(l.protocols, strings.ToLower(proto))
	for state := range strings.SplitSeq(states, ",") {
		if other, not := strings.CutPrefix(state, "^"); not {
			l.where = append(l.where, "state <> '"+spelt(other)+"'")
			continue
		}
		l.words = append(l.words, strings.ToLower(spelt(state)))
	}
	return true
}

// spelt returns a state in the spelling that is used here.
func spelt(state string) string {
	state = strings.ToUpper(strings.ReplaceAll(state, "-", "_"))
	switch state {
	case "LISTENING":
		return "LISTEN"
	case "ESTAB":
		return "ESTABLISHED"
	case "SYN_RECV":
		return "SYN_RCVD"
	case "FIN_WAIT1":
		return "FIN_WAIT_1"
	case "FIN_WAIT2":
		return "FIN_WAIT_2"
	case "UNCONN":
		return "IDLE"
	}
	return state
}

// but returns the values without those that are excluded by ^, of which it takes conditions.
func (l *line) but(value, condition string) (others []string) {
	for v := range strings.SplitSeq(value, ",") {
		if not, ok := strings.CutPrefix(v, "^"); ok {
			l.where = append(l.where, strings.ReplaceAll(condition, "{}", strings.ReplaceAll(not, "'", "''")))
		} else {
			others = append(others, v)
		}
	}
	return others
}

// lsofUsers reads what lsof -u takes: user,^user.
func (l *line) lsofUsers(value string) bool {
	if users := l.but(value, "user IS NOT '{}'"); users != nil {
		l.options = append(l.options, option{"--user", strings.Join(users, ",")})
	}
	return true
}

// lsofProcesses reads what lsof -p takes: pid,^pid.
func (l *line) lsofProcesses(value string) bool {
	if strings.Trim(value, "0123456789,^") != "" {
		return false
	}
	if pids := l.but(value, "pid IS NOT {}"); pids != nil {
		l.options = append(l.options, option{"--pid", strings.Join(pids, ",")})
	}
	return true
}

// lsofCommand reads what lsof -c takes: the beginning of a name, ^beginning, /pattern/.
func (l *line) lsofCommand(value string) bool {
	begin, isPattern := strings.CutPrefix(value, "/")
	if end := strings.LastIndexByte(begin, '/'); isPattern && end > 0 {
		pattern := begin[:end]
		if strings.Contains(begin[end:], "i") {
			pattern = "(?i)" + pattern
		}
		l.where = append(l.where, "command REGEXP '"+strings.ReplaceAll(pattern, "'", "''")+"'")
		return true
	}
	for _, name := range l.but(value, "command NOT GLOB '{}*'") {
		l.options = append(l.options, option{"--command", name + "*"})
	}
	return true
}

// lsofDescriptors reads what lsof -d takes, as far as it is numbers: 3,5-9.
func (l *line) lsofDescriptors(value string) bool {
	var any []string
	for v := range strings.SplitSeq(value, ",") {
		first, last, isRange := strings.Cut(v, "-")
		switch {
		case first == "" || strings.Trim(first+last, "0123456789") != "" || isRange && last == "":
			return false
		case isRange:
			any = append(any, "fd BETWEEN "+first+" AND "+last)
		default:
			any = append(any, "fd = "+first)
		}
	}
	l.where = append(l.where, strings.Join(any, " OR "))
	return true
}

// lsofRepeat reads the pause of lsof -r.
func (l *line) lsofRepeat(value string) bool {
	if value == "" {
		value = "15" // as lsof(8) says
	}
	l.options = append(l.options, option{"--watch", value})
	return true
}

// signalForm is a signal of fuser; -4 and -6 are IP versions.
var signalForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^-([1-35789]|[1-9][0-9]|[A-Z]{3,}[0-9]?)$`)
})

func (l *line) onlyPIDs(string) bool {
	l.pids = true
	return true
}

// nameSpace reads what fuser -n takes.
func (l *line) nameSpace(value string) bool {
	l.space = value
	return isProtocol(value) || value == "file"
}

// kill says whom to kill, if it is known of which port.
func (l *line) kill(string) bool {
	l.pids = true
	return true
}

// fuserNames reads a port of fuser: 443/tcp, or 443 in a name space.
func (l *line) fuserNames(args []string) int {
	port, proto, ok := strings.Cut(args[0], "/")
	if !ok {
		proto = l.space
	}
	if !isProtocol(proto) {
		return 0
	}
	l.changed = true
	l.protocols = appendNew(l.protocols, proto)
	l.words = append(l.words, ":"+port)
	return 1
}

// names takes words for the names of programs and the like, as sockstat does itself.
func (l *line) names(args []string) int {
	if n := l.help(args); n > 0 {
		return n
	}
	l.words = append(l.words, args[0])
	return 1
}

// help takes the words that ask a program about itself, with what they ask about.
func (l *line) help(args []string) int {
	switch strings.ToLower(args[0]) {
	case "help":
		l.flags, l.changed = "h", true
		return len(args)
	case "version":
		l.apply(Flag{Here: "--version"}, "", 1)
		return 1
	}
	return 0
}

// noWords takes a number for the pause of netstat -c.
func (l *line) noWords(args []string) int {
	if i := slices.Index(l.options, option{"--watch", "1"}); i >= 0 && strings.Trim(args[0], "0123456789") == "" {
		l.options[i].value = args[0]
		return 1
	}
	if isProtocol(args[0]) { // of netstat -p elsewhere than on Linux
		l.protocols = appendNew(l.protocols, args[0])
		return 1
	}
	return 0
}
