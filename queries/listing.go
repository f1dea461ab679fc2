package queries

import (
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"text/template"

	"sockstat/mib2"
)

//go:embed listing.sql.tmpl
var listingText string

// listingTemplate is parsed when it is used: most of what a small machine's listing takes is
// the start of the program.
var listingTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("listing").Parse(listingText))
})

// Listing is what the classic flags ask for. Each set of them stands for one query.
type Listing struct {
	IPv4, IPv6           bool     // -4 -6: both or neither shows both
	Unix                 bool     // -u: alone, nothing else
	Connected, Listening bool     // -c -l: with and without peer; both or neither shows both
	NoLoopback           bool     // -L
	Protocols            []string // -P
	Ports                []string // -p
	Zone                 string   // -z: name of a zone
	Where                []string // --where

	Args     bool // -a
	State    bool // -s
	Numeric  bool // -n
	ShowZone bool // -Z

	// Creators shows the processes that created the sockets, one line for each socket: what
	// the original lists, on the system that tells them.
	Creators bool
}

// OnlyUnix reports whether only Unix sockets are shown.
func (l Listing) OnlyUnix() bool { return l.Unix && !l.IPv4 && !l.IPv6 && len(l.Protocols) == 0 }

// internet returns the protocols that -P takes, by name.
func internet() []mib2.Protocol {
	protocols := slices.DeleteFunc(slices.Clone(mib2.Protocols), func(p mib2.Protocol) bool { return !p.Internet() })
	slices.SortFunc(protocols, func(a, b mib2.Protocol) int { return strings.Compare(a.String(), b.String()) })
	return protocols
}

// Protocols returns the names that [Listing.Protocols] may have.
func Protocols() []string {
	var names []string
	for _, p := range internet() {
		names = append(names, p.String())
	}
	return names
}

// labels returns, as a list of SQL, the labels of internet sockets that take the packets of
// an IP version, as its digit in them tells, and those of Unix sockets if they are shown.
func (l Listing) labels(version string) string {
	var quoted []string
	for _, p := range internet() {
		for _, label := range p.Labels() {
			if strings.Contains(label, version) {
				quoted = append(quoted, quote(label))
			}
		}
	}
	if l.Unix {
		for _, label := range mib2.Unix.Labels() {
			quoted = append(quoted, quote(label))
		}
	}
	return strings.Join(quoted, ", ")
}

// SQL returns the query.
func (l Listing) SQL() (string, error) {
	conditions, err := l.conditions()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = listingTemplate().Execute(&b, struct {
		Listing
		Conditions []string
	}{l, conditions})
	return b.String(), err
}

// Widths returns the least widths of the columns, those of the original.
func (l Listing) Widths() []int {
	widths := []int{9, 15, 6, 6, 22, 22}
	if l.ShowZone {
		widths = slices.Insert(widths, 0, 15)
	}
	if l.State {
		widths = append(widths, 12)
	}
	return widths
}

// conditions returns what else has to hold for the sockets.
func (l Listing) conditions() (conditions []string, err error) {
	add := func(format string, args ...any) { conditions = append(conditions, fmt.Sprintf(format, args...)) }
	switch {
	case l.IPv4 && !l.IPv6:
		add("label IN (%s)", l.labels("4"))
	case l.IPv6 && !l.IPv4:
		add("label IN (%s)", l.labels("6"))
	}
	switch {
	case l.Unix && l.Connected && !l.Listening:
		add("(remote_port IS NOT NULL OR proto = 'unix' AND state = 'CONNECTED')")
	case l.Unix && l.Listening && !l.Connected:
		add("remote_port IS NULL AND (proto <> 'unix' OR state <> 'CONNECTED')")
	case l.Connected && !l.Listening:
		add("remote_port IS NOT NULL")
	case l.Listening && !l.Connected:
		add("remote_port IS NULL")
	}
	if l.NoLoopback {
		add("scope IS NOT 'loopback' AND remote_scope IS NOT 'loopback'")
	}
	if len(l.Protocols) > 0 {
		list, err := protocolList(l.Protocols)
		if err != nil {
			return nil, err
		}
		if l.Unix {
			list += ", 'unix'"
		}
		add("proto IN (%s)", list)
	}
	if len(l.Ports) > 0 {
		ports, err := portConditions(l.Ports)
		if err != nil {
			return nil, err
		}
		add("(%s)", strings.Join(ports, " OR "))
	}
	if l.Zone != "" {
		add("zone = %s", quote(l.Zone))
	}
	for _, where := range l.Where {
		add("(%s\n)", where) // the line may end in a comment
	}
	return conditions, nil
}

// protocolList returns names of protocols as a list of SQL.
func protocolList(names []string) (string, error) {
	var quoted []string
	for _, name := range names {
		if name == "" { // as in tcp,,udp
			continue
		}
		if name = strings.ToLower(name); !slices.Contains(Protocols(), name) {
			return "", fmt.Errorf("unknown protocol %q: one of %s", name, strings.Join(Protocols(), ", "))
		}
		quoted = append(quoted, quote(name))
	}
	if len(quoted) == 0 {
		return "", fmt.Errorf("no protocol: some of %s", strings.Join(Protocols(), ", "))
	}
	return strings.Join(quoted, ", "), nil
}

// portConditions returns conditions, of which one has to hold, for ports and ranges of ports:
// 22, 80, 8000-8099.
func portConditions(list []string) (conditions []string, err error) {
	var single []string
	for _, item := range list {
		if item == "" { // as in 22,,80
			continue
		}
		first, last, isRange := strings.Cut(item, "-")
		if !isRange {
			last = first
		}
		lo, errLo := strconv.ParseUint(first, 10, 16)
		hi, errHi := strconv.ParseUint(last, 10, 16)
		switch {
		case errLo != nil || errHi != nil:
			return nil, fmt.Errorf("port %q: neither a port nor a range of ports", item)
		case lo > hi:
			return nil, fmt.Errorf("ports %q: the range is backwards", item)
		case lo == hi:
			single = append(single, first)
			continue
		}
		for _, column := range []string{"local_port", "remote_port"} {
			conditions = append(conditions, fmt.Sprintf("%s BETWEEN %d AND %d", column, lo, hi))
		}
	}
	if len(single) > 0 {
		all := strings.Join(single, ", ")
		conditions = append(conditions, "local_port IN ("+all+")", "remote_port IN ("+all+")")
	}
	if len(conditions) == 0 {
		return nil, errors.New("no port: some as 22,8000-8099")
	}
	return conditions, nil
}

// quote returns a string literal of SQL.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
