package queries

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"
	"text/template"

	"sockstat/internal/similar"
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
	Zones                []string // -z: names, ids, PIDs or containers, of which a comparison is
	Where                []string // --where
	Filters

	// Sort are the columns to sort by, of Columns, which are those of the table sockets. One with
	// a hyphen before it is sorted backwards.
	Sort, Columns []string
	// Data shows the columns of the table, for programs, instead of the picture for people.
	Data bool

	Descriptor bool // -F

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

// Protocols returns the names that [Listing.Protocols] may have: first those that are listed
// without it.
func Protocols() []string { return slices.Clone(protocolNames()) }

// protocolNames is Protocols, sorted once.
var protocolNames = sync.OnceValue(func() []string {
	var names []string
	for _, p := range mib2.Protocols {
		names = append(names, p.String())
	}
	slices.Sort(names)
	names = slices.DeleteFunc(names, func(name string) bool { return slices.Contains(usual, name) })
	return slices.Concat(usual, names)
})

// usual are the protocols that are listed unless others are asked for.
var usual = []string{mib2.TCP.String(), mib2.UDP.String()}

// protocols returns the protocols that are shown, Unix sockets last.
func (l Listing) protocols() (chosen []mib2.Protocol, err error) {
	names := l.Protocols
	if len(names) == 0 && !l.OnlyUnix() {
		names = usual
	}
	if l.Unix {
		names = append(slices.Clone(names), mib2.Unix.String())
	}
	for _, name := range names {
		if name == "" { // as in tcp,,udp
			continue
		}
		i := slices.IndexFunc(mib2.Protocols, func(p mib2.Protocol) bool { return strings.EqualFold(name, p.String()) })
		if i < 0 {
			err := fmt.Errorf("unknown protocol %q: one of %s", name, strings.Join(Protocols(), ", "))
			return nil, hinted(err, similar.Hint(name, Protocols()))
		}
		if !slices.Contains(chosen, mib2.Protocols[i]) {
			chosen = append(chosen, mib2.Protocols[i])
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("no protocol: some of %s", strings.Join(Protocols(), ", "))
	}
	return chosen, nil
}

// labels returns, as a list of SQL, the labels of sockets that take the packets of an IP
// version, as its digit in them tells, and those of Unix sockets if they are shown.
func labels(chosen []mib2.Protocol, version string) string {
	var quoted []string
	for _, p := range chosen {
		for _, label := range p.ShownBy().Labels() {
			if strings.Contains(label, version) || p == mib2.Unix {
				quoted = append(quoted, quote(label))
			}
		}
	}
	return strings.Join(quoted, ", ")
}

// oneOf returns the condition that a socket is of one of some protocols. Those that are shown
// by sockets of another have a column that tells them.
func oneOf(chosen []mib2.Protocol) string {
	var names, columns []string
	for _, p := range chosen {
		if p.ShownBy() != p {
			columns = append(columns, fmt.Sprintf("proto = %s AND %v = 1", quote(p.ShownBy().String()), p))
		} else {
			names = append(names, quote(p.String()))
		}
	}
	if names != nil {
		columns = append([]string{"proto IN (" + strings.Join(names, ", ") + ")"}, columns...)
	}
	if len(columns) == 1 {
		return columns[0]
	}
	return "(" + strings.Join(columns, " OR ") + ")"
}

// portless reports whether the protocol has no ports; peerless, that its peers have none.
func portless(p mib2.Protocol) bool { return p.PortBits() == 0 }
func peerless(p mib2.Protocol) bool { return portless(p) || p == mib2.ICMP }

// among returns the condition that a socket is of one of those protocols that are so, "" if
// none is.
func among(chosen []mib2.Protocol, are func(mib2.Protocol) bool) string {
	var names []string
	for _, p := range chosen {
		if are(p) {
			names = append(names, quote(p.String()))
		}
	}
	switch len(names) {
	case 0:
		return ""
	case 1:
		return "proto = " + names[0]
	}
	return "proto IN (" + strings.Join(names, ", ") + ")"
}

// base returns the condition that every socket of the listing meets: it has a local port,
// where its protocol has any, and is of a protocol that is listed without being asked for.
func (l Listing) base(chosen []mib2.Protocol) string {
	if l.OnlyUnix() {
		return among(chosen, portless)
	}
	condition := "local_port > 0"
	if portless := among(chosen, portless); portless != "" {
		condition = "(" + portless + " OR " + condition + ")"
	}
	if len(l.Protocols) == 0 && l.IPv4 == l.IPv6 {
		condition += "\n   AND " + oneOf(chosen)
	}
	return condition
}

// SQL returns the query.
func (l Listing) SQL() (string, error) {
	chosen, err := l.protocols()
	if err != nil {
		return "", err
	}
	conditions, err := l.conditions()
	if err != nil {
		return "", err
	}
	valued := []string{"label", "proto"}
	if among(chosen, portless) == "" {
		valued = append(valued, "local_port")
	}
	order, err := orderBy(l.Sort, l.Columns, valued)
	if err != nil {
		return "", err
	}
	l.Unix = slices.Contains(chosen, mib2.Unix)
	var b strings.Builder
	err = listingTemplate().Execute(&b, struct {
		Listing
		Base       string
		Conditions []string
		Order      []string
	}{l, l.base(chosen), conditions, order})
	return b.String(), err
}

// Widths returns the least widths of the columns, those of the original.
func (l Listing) Widths() []int {
	widths := []int{9, 15, 6, 6, 22, 22}
	if l.Descriptor {
		widths = slices.Insert(widths, 3, 4)
	}
	if l.ShowZone {
		widths = slices.Insert(widths, 0, 15)
	}
	if l.State {
		widths = append(widths, 12)
	}
	return widths
}

// Conditions returns what has to hold for the sockets that are listed, besides that they have a
// local port where their protocol has any.
func (l Listing) Conditions() ([]string, error) {
	chosen, err := l.protocols()
	if err != nil {
		return nil, err
	}
	conditions, err := l.conditions()
	if len(l.Protocols) == 0 && (l.IPv4 == l.IPv6 || l.OnlyUnix()) {
		conditions = slices.Insert(conditions, 0, oneOf(chosen))
	}
	return conditions, err
}

// conditions returns what else has to hold for the sockets.
func (l Listing) conditions() (conditions []string, err error) {
	add := func(format string, args ...any) { conditions = append(conditions, fmt.Sprintf(format, args...)) }
	chosen, err := l.protocols()
	if err != nil {
		return nil, err
	}
	switch {
	case l.IPv4 && !l.IPv6:
		add("label IN (%s)", labels(chosen, "4"))
	case l.IPv6 && !l.IPv4:
		add("label IN (%s)", labels(chosen, "6"))
	}
	peerless := among(chosen, peerless)
	switch {
	case peerless != "" && l.Connected && !l.Listening:
		add("(remote_port IS NOT NULL OR %s AND state = 'CONNECTED')", peerless)
	case peerless != "" && l.Listening && !l.Connected:
		add("remote_port IS NULL AND NOT (%s AND state = 'CONNECTED')", peerless)
	case l.Connected && !l.Listening:
		add("remote_port IS NOT NULL")
	case l.Listening && !l.Connected:
		add("remote_port IS NULL")
	}
	if l.NoLoopback {
		add("scope IS NOT 'loopback' AND remote_scope IS NOT 'loopback'")
	}
	if len(l.Protocols) > 0 {
		add("%s", oneOf(chosen))
	}
	if len(l.Ports) > 0 {
		ports, err := portConditions(l.Ports)
		if err != nil {
			return nil, err
		}
		add("(%s)", strings.Join(ports, " OR "))
	}
	filters, err := l.Filters.conditions(l.Protocols)
	if err != nil {
		return nil, err
	}
	conditions = append(conditions, filters...)
	if l.Zone != "" {
		add("zone = %s", quote(l.Zone))
	}
	for _, where := range l.Where {
		add("(%s\n)", where) // the line may end in a comment
	}
	return conditions, nil
}

// quote returns a string literal of SQL.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
