package elsewhere

import (
	"net/netip"
	"strconv"
	"strings"

	"sockstat/vtab/function"
)

// IsFilter reports whether a word begins a filter of ss: it means nothing here, but would be taken
// for the name of a program.
func IsFilter(word string) bool {
	switch first, _, _ := strings.Cut(strings.TrimLeft(word, "( "), " "); strings.ToLower(first) {
	case "state", "exclude", "dst", "src", "sport", "dport", "dev":
		return true
	}
	return false
}

// ssFilter reads the filter of ss, which takes all arguments that are left.
func (l *line) ssFilter(args []string) int {
	text := strings.Join(args, " ")
	for _, sign := range []string{"(", ")", "!=", "<=", ">=", "==", "!", "="} {
		text = strings.ReplaceAll(text, sign, " "+sign+" ")
	}
	for _, sign := range []string{"! =", "< =", "> =", "=  ="} {
		text = strings.ReplaceAll(text, sign, strings.ReplaceAll(sign, " ", ""))
	}
	f := filter{tokens: strings.Fields(text)}
	if !l.states(&f) {
		return 0
	}
	conditions, ok := f.conditions()
	if !ok {
		return 0
	}
	if conditions != "" {
		l.where = append(l.where, conditions)
	}
	l.changed = true
	return len(args)
}

// filter is a filter of ss that is being read.
type filter struct{ tokens []string }

// next takes the next token.
func (f *filter) next() (token string) {
	if len(f.tokens) > 0 {
		token, f.tokens = f.tokens[0], f.tokens[1:]
	}
	return token
}

// groups are the groups of states of ss.
var groups = map[string]string{
	"all": "", "connected": "-c", "listening": "-l", "listen": "listen",
	"synchronized": "state NOT IN ('LISTEN', 'CLOSED', 'SYN_SENT')", "bucket": "state IN ('SYN_RCVD', 'TIME_WAIT')",
	"big": "state NOT IN ('SYN_RCVD', 'TIME_WAIT')",
}

// states reads the states that the filter begins with.
func (l *line) states(f *filter) bool {
	for len(f.tokens) >= 2 && (f.tokens[0] == "state" || f.tokens[0] == "exclude") {
		excluded := f.next() == "exclude"
		for state := range strings.SplitSeq(f.next(), ",") {
			here, group := groups[state]
			switch {
			case excluded && !group:
				l.where = append(l.where, "state <> '"+spelt(state)+"'")
			case excluded:
				return false
			case !group:
				l.words = append(l.words, strings.ToLower(spelt(state)))
			case strings.HasPrefix(here, "state "):
				l.where = append(l.where, here)
			case here != "":
				l.apply(Flag{Here: here}, "", 1)
			}
		}
	}
	return true
}

// conditions returns the rest of the filter in SQL.
func (f *filter) conditions() (sql string, ok bool) {
	var out []string
	joined := true // nothing stands before that needs an AND
	for len(f.tokens) > 0 {
		switch token := strings.ToLower(f.next()); token {
		case "and", "&", "&&":
			out, joined = append(out, "AND"), true
		case "or", "|", "||":
			out, joined = append(out, "OR"), true
		case "not", "!":
			if !joined {
				out = append(out, "AND")
			}
			out, joined = append(out, "NOT"), true
		case "(":
			if !joined {
				out = append(out, "AND")
			}
			out, joined = append(out, "("), true
		case ")":
			out, joined = append(out, ")"), false
		default:
			c, ok := f.condition(token)
			if !ok {
				return "", false
			}
			if !joined {
				out = append(out, "AND")
			}
			out, joined = append(out, c), false
		}
	}
	sql = strings.NewReplacer("( ", "(", " )", ")").Replace(strings.Join(out, " "))
	for strings.HasPrefix(sql, "(") && strings.Count(sql, "(") == 1 && strings.HasSuffix(sql, ")") {
		sql = sql[1 : len(sql)-1]
	}
	return sql, true
}

// operators are those of ss, in SQL.
var operators = map[string]string{"=": "=", "==": "=", "eq": "=", "!=": "<>", "ne": "<>", "neq": "<>", "<": "<", "lt": "<",
	"<=": "<=", "le": "<=", "leq": "<=", ">": ">", "gt": ">", ">=": ">=", "ge": ">=", "geq": ">="}

// condition reads what a condition compares.
func (f *filter) condition(what string) (sql string, ok bool) {
	op := "="
	if len(f.tokens) > 0 {
		if o, has := operators[strings.ToLower(f.tokens[0])]; has {
			op = o
			f.next()
		}
	}
	value := f.next()
	switch what {
	case "sport":
		return port("local_port", op, value)
	case "dport":
		return port("remote_port", op, value)
	case "src":
		return address("local", op, value)
	case "dst":
		return address("remote", op, value)
	case "dev":
		return "interface " + op + " '" + strings.ReplaceAll(value, "'", "''") + "'", value != ""
	}
	return "", false
}

// port compares a column with a port of ss, :22 or :ssh.
func port(column, op, value string) (string, bool) {
	value = strings.TrimPrefix(value, ":")
	if ports := function.Ports(value); ports != nil {
		value = strconv.Itoa(int(ports[0]))
	}
	_, err := strconv.ParseUint(value, 10, 16)
	return column + " " + op + " " + value, err == nil
}

// address compares an end with an address of ss: address, network, and a port behind a colon.
func address(side, op, value string) (string, bool) {
	if op != "=" {
		return "", false
	}
	var all []string
	host, number := value, ""
	if i := strings.LastIndexByte(value, ':'); i >= 0 && (strings.Count(value, ":") == 1 || i > 0 && value[i-1] == ']') {
		host, number = value[:i], value[i+1:]
	}
	host = strings.Trim(host, "[]")
	if network, err := netip.ParsePrefix(host); err == nil {
		all = append(all, "cidr('"+network.Masked().String()+"', "+side+"_address)")
	} else if a, err := netip.ParseAddr(host); err == nil {
		all = append(all, side+"_address = '"+a.String()+"'")
	} else if host != "" && host != "*" {
		return "", false
	}
	if number != "" && number != "*" {
		c, ok := port(side+"_port", "=", number)
		if !ok {
			return "", false
		}
		all = append(all, c)
	}
	return strings.Join(all, " AND "), all != nil
}
