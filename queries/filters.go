package queries

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"sockstat/internal/similar"
	"sockstat/mib2"
	"sockstat/vtab/function"
)

// Filters narrow the listing, each to the sockets for which any of its values holds.
type Filters struct {
	PIDs     []string // --pid
	Users    []string // --user: names or user ids
	Commands []string // --command: names, or patterns of GLOB
	States   []string // --state, in the spelling of any netstat
	Hosts    []string // --host: addresses and networks, on either end
	Services []string // --service: names of /etc/services, on either end
	Labels   []string // tcp4, dgram …
	Ends     []End    // addresses with ports, and ports of a protocol
	Paths    []string // of Unix sockets, or patterns of GLOB
}

// conditions returns the conditions of the filters, all of which have to hold, given the protocols
// that are asked for.
func (f *Filters) conditions(protocols []string) (conditions []string, err error) {
	labels := f.labels(protocols)
	for _, part := range []struct {
		values []string
		one    func(string) (string, error)
	}{
		{f.PIDs, pidCondition}, {f.Users, userCondition}, {f.Commands, commandCondition}, {f.States, stateCondition},
		{labels, labelCondition}, {f.Hosts, hostCondition}, {f.Services, serviceCondition}, {f.Paths, pathCondition},
	} {
		var any []string
		for _, v := range part.values {
			c, err := part.one(v)
			if err != nil {
				return nil, err
			}
			any = append(any, c)
		}
		conditions = appendAny(conditions, any)
	}
	var any []string
	for _, e := range f.Ends {
		any = append(any, e.condition())
	}
	return appendAny(conditions, any), nil
}

// appendAny appends the condition that any of some holds. Those that compare one column with a
// text or number become a list.
func appendAny(conditions, any []string) []string {
	column, list := "", []string(nil)
	for _, c := range any {
		name, value, ok := strings.Cut(c, " = ")
		if !ok || strings.ContainsAny(c, "()") || column != "" && name != column {
			list = nil
			break
		}
		column, list = name, append(list, value)
	}
	switch {
	case len(any) == 0:
		return conditions
	case len(any) == 1:
		return append(conditions, any[0])
	case list != nil:
		return append(conditions, column+" IN ("+strings.Join(list, ", ")+")")
	}
	return append(conditions, "("+strings.Join(any, " OR ")+")")
}

func pidCondition(pid string) (string, error) {
	if n, err := strconv.ParseUint(pid, 10, 31); err != nil || n == 0 {
		return "", fmt.Errorf("--pid %q: not the id of a process", pid)
	}
	return "pid = " + pid, nil
}

func userCondition(user string) (string, error) {
	if _, err := strconv.ParseUint(user, 10, 32); err == nil {
		return fmt.Sprintf("(user = %s OR user IN (SELECT name FROM users WHERE uid = %s))", quote(user), user), nil
	}
	return "user = " + quote(user), nil
}

// commandLength is to how many bytes the kernel cuts the name of a program: TASK_COMM_LEN of
// Linux's include/linux/sched.h less the NUL.
const commandLength = 15

func commandCondition(command string) (string, error) {
	switch {
	case strings.ContainsAny(command, "*?["):
		return "(command GLOB " + quote(command) + ")", nil
	case len(command) > commandLength:
		return "(command IN (" + quote(command) + ", " + quote(command[:commandLength]) + "))", nil
	}
	return "command = " + quote(command), nil
}

// otherStates are the names of states in ss and in other netstats, where more than hyphens and
// lower case sets them apart.
var otherStates = map[string]mib2.State{
	"LISTENING": mib2.Listen, "ESTAB": mib2.Established, "SYN_RECV": mib2.SynRcvd, "SYN_RECEIVED": mib2.SynRcvd,
	"FIN_WAIT1": mib2.FinWait1, "FIN_WAIT2": mib2.FinWait2, "TIMEWAIT": mib2.TimeWait, "CLOSEWAIT": mib2.CloseWait,
	"LASTACK": mib2.LastAck, "CLOSE": mib2.Closed, "UNCONN": mib2.Idle,
}

// findState returns the state of a name, in the spelling of any netstat.
func findState(name string) (mib2.State, bool) {
	name = strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
	if s, ok := otherStates[name]; ok {
		return s, true
	}
	for _, s := range mib2.States {
		if s.String() == name && s != mib2.Unknown {
			return s, true
		}
	}
	return 0, false
}

// StateNames returns the names that [Filters.States] may have.
func StateNames() (names []string) {
	for _, s := range mib2.States {
		names = append(names, s.String())
	}
	return names
}

func stateCondition(name string) (string, error) {
	s, ok := findState(name)
	if !ok {
		err := fmt.Errorf("unknown state %q: one of %s", name, strings.Join(StateNames(), " "))
		return "", hinted(err, similar.Hint(name, StateNames()))
	}
	return "state = " + quote(s.String()), nil
}

// allLabels returns what the listing calls sockets of any protocol.
func allLabels() (all []string) {
	for _, p := range mib2.Protocols {
		all = append(all, p.Labels()...)
	}
	return all
}

// labels returns the labels that are asked for, nil for any: besides those that are named all of
// the protocols that are asked for without one.
func (f *Filters) labels(protocols []string) []string {
	if f.Labels == nil {
		return nil
	}
	all := slices.Clone(f.Labels)
	for _, p := range mib2.Protocols {
		named := func(label string) bool { return slices.Contains(f.Labels, label) }
		if slices.Contains(protocols, p.String()) && !slices.ContainsFunc(p.Labels(), named) {
			all = append(all, p.Labels()...)
		}
	}
	return all
}

func labelCondition(label string) (string, error) { return "label = " + quote(label), nil }

func hostCondition(host string) (string, error) {
	e, err := parseHost(host)
	if err != nil {
		return "", err
	}
	return e.condition(), nil
}

func serviceCondition(name string) (string, error) {
	ports := function.Ports(name)
	if ports == nil {
		return "", hinted(fmt.Errorf("unknown service %q: /etc/services does not name it", name), similar.Hint(name, function.ServiceNames()))
	}
	return End{Ports: portRanges(ports)}.condition(), nil
}

// portRanges makes ranges of ports.
func portRanges(ports []uint16) (ranges []portRange) {
	slices.Sort(ports)
	for _, p := range slices.Compact(ports) {
		ranges = append(ranges, portRange{p, p})
	}
	return ranges
}

func pathCondition(path string) (string, error) {
	op := "="
	if strings.ContainsAny(path, "*?[") {
		op = "GLOB"
	}
	return fmt.Sprintf("(local %s %s OR remote %[1]s %[2]s)", op, quote(path)), nil
}

// parseHost reads an address, a network, or localhost.
func parseHost(text string) (e End, err error) {
	bare := strings.TrimSuffix(strings.TrimPrefix(text, "["), "]")
	switch {
	case strings.EqualFold(bare, "localhost"):
		e.Scope = "loopback"
		return e, nil
	case text == "*":
		e.Scope = "any"
		return e, nil
	case strings.Contains(bare, "/"):
		if e.Network, err = netip.ParsePrefix(bare); err != nil {
			return e, fmt.Errorf("%q: not a network, such as 10.0.0.0/8 or fe80::/10", text)
		}
		return e, nil
	}
	if e.Address, err = netip.ParseAddr(bare); err != nil {
		return e, fmt.Errorf("%q: neither an address nor a network, such as 10.0.0.0/8; names of hosts are not looked up", text)
	}
	e.Address = e.Address.Unmap()
	return e, nil
}

// hintedError is an error with what to do about it.
type hintedError struct {
	error
	hint string
}

func (h *hintedError) Hint() string { return h.hint }

// hinted returns an error with a hint, which may be empty.
func hinted(err error, hint string) error {
	if hint == "" {
		return err
	}
	return &hintedError{err, hint}
}
