package queries

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// End is what one end of a socket, either, has to be. The zero value is any end.
type End struct {
	Protocol string       // name in lower case
	Address  netip.Addr   // with a zone it is on that interface
	Network  netip.Prefix // instead of Address
	Scope    string       // instead of both, as in the column scope
	Ports    []portRange  // any if nil
}

// portRange is the ports from first to last.
type portRange struct{ first, last uint16 }

// condition returns the condition in SQL.
func (e End) condition() string {
	if e.Ports != nil && e.Protocol == "" && e.Scope == "" && !e.Address.IsValid() && !e.Network.IsValid() {
		return "(" + strings.Join(onEitherEnd(e.Ports), " OR ") + ")"
	}
	var of []string
	local, remote := e.side("local"), e.side("remote")
	switch {
	case e.Protocol != "" && local == "":
		return "proto = " + quote(e.Protocol)
	case e.Protocol != "":
		of = append(of, "proto = "+quote(e.Protocol))
	}
	if e.Address.Zone() != "" {
		of = append(of, "interface = "+quote(e.Address.Zone()))
	}
	if len(of) == 0 {
		return "(" + local + " OR " + remote + ")"
	}
	return "(" + strings.Join(of, " AND ") + " AND (" + local + " OR " + remote + "))"
}

// side returns the condition for the local or the remote end.
func (e End) side(side string) string {
	var all []string
	switch scope := map[string]string{"local": "scope", "remote": "remote_scope"}[side]; {
	case e.Scope != "":
		all = append(all, scope+" = "+quote(e.Scope))
	case e.Network.IsValid():
		all = append(all, fmt.Sprintf("cidr(%s, %s_address)", quote(e.Network.Masked().String()), side))
	case e.Address.IsValid():
		all = append(all, side+"_address = "+quote(e.Address.WithZone("").String()))
	}
	if e.Ports != nil {
		all = append(all, portsOf(side+"_port", e.Ports))
	}
	return strings.Join(all, " AND ")
}

// portsOf returns the condition that a column is one of some ports.
func portsOf(column string, ranges []portRange) string {
	var single, any []string
	for _, r := range ranges {
		if r.first == r.last {
			single = append(single, strconv.Itoa(int(r.first)))
			continue
		}
		any = append(any, fmt.Sprintf("%s BETWEEN %d AND %d", column, r.first, r.last))
	}
	switch len(single) {
	case 0:
	case 1:
		any = append(any, column+" = "+single[0])
	default:
		any = append(any, column+" IN ("+strings.Join(single, ", ")+")")
	}
	if len(any) == 1 {
		return any[0]
	}
	return "(" + strings.Join(any, " OR ") + ")"
}
