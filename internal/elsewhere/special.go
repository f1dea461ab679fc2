package elsewhere

import "strings"

// process reads a process's id or name.
func (l *line) process(value string) bool {
	name := "--command"
	if strings.Trim(value, "0123456789") == "" {
		name = "--pid"
	}
	if isProtocol(value) || strings.TrimLeft(value, ",.-") != value {
		return false
	}
	l.options = append(l.options, name, value)
	return true
}

// family reads the address family of ss -f.
func (l *line) family(value string) bool {
	here, ok := map[string]string{"inet": "-4", "inet6": "-6", "unix": "-u", "link": "-P packet", "netlink": "-P netlink", "vsock": "-P vsock", "xdp": "-P xdp"}[value]
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
	if l.help(args) == 0 {
		l.words = append(l.words, args[0])
	}
	return 1
}

// help takes the words that ask a program about itself.
func (l *line) help(args []string) int {
	switch strings.ToLower(args[0]) {
	case "help":
		l.flags, l.changed = "h", true
		return 1
	case "version":
		l.options, l.changed = append(l.options, "--version"), true
		return 1
	}
	return 0
}

// noWords takes a number for the pause of netstat -c.
func (l *line) noWords(args []string) int {
	if strings.Trim(args[0], "0123456789") == "" {
		return 1
	}
	if isProtocol(args[0]) { // of netstat -p elsewhere than on Linux
		l.protocols = appendNew(l.protocols, args[0])
		return 1
	}
	return 0
}
