package mib2

import "slices"

// Parts is a set of what costs extra to read and is left out unless asked for.
type Parts uint8

// The parts of a Socket beyond its addresses, state and owner.
const (
	PartTimer   Parts = 1 << iota // Socket.Timer
	PartInfo                      // Socket.Info with TCPInfo and congestion control
	PartMem                       // Socket.Info with memory, drops, options
	PartControl                   // Socket.Info with what the congestion control algorithm tells of itself
)

// PortRange is a range of port numbers, both ends included.
type PortRange struct{ Lo, Hi uint16 }

// Filter says which sockets are wanted. The zero Filter wants all of them, without
// extra parts. A kernel that can filter does so; a Reader leaves out the rest itself.
type Filter struct {
	Families    []Family    // any if nil
	States      []State     // any if nil
	LocalPorts  []PortRange // any if nil; none if empty but not nil
	RemotePorts []PortRange // as LocalPorts; a socket without peer has remote port 0
	Parts       Parts
}

// Match reports whether the filter lets the socket through. A socket without ports counts as
// one with the ports 0. Ports of more than 16 bits are not looked at.
func (f *Filter) Match(s *Socket) bool {
	return matches(f.Families, s.Family) && matches(f.States, s.State) &&
		(MatchPort(f.LocalPorts, s.Local.Port()) && MatchPort(f.RemotePorts, s.Remote.Port()) || s.Proto == Vsock)
}

func matches[E comparable](want []E, v E) bool { return want == nil || contains(want, v) }

// contains is slices.Contains, but so short that it is compiled into Match, which is called
// for each socket.
func contains[E comparable](list []E, v E) bool {
	for _, e := range list {
		if e == v {
			return true
		}
	}
	return false
}

// MatchPort reports whether a port is in one of the ranges, or the ranges are nil.
func MatchPort(want []PortRange, port uint16) bool {
	if want == nil {
		return true
	}
	for _, r := range want {
		if r.Lo <= port && port <= r.Hi {
			return true
		}
	}
	return false
}

// Union returns a filter that lets through what any of some filters does, and maybe more.
func Union(filters ...Filter) Filter {
	if len(filters) == 0 {
		return Filter{}
	}
	u := filters[0]
	for _, f := range filters[1:] {
		u.Families = union(u.Families, f.Families)
		u.States = union(u.States, f.States)
		u.LocalPorts = MergePorts(union(u.LocalPorts, f.LocalPorts))
		u.RemotePorts = MergePorts(union(u.RemotePorts, f.RemotePorts))
		u.Parts |= f.Parts
	}
	return u
}

// union returns the elements of two lists, nil for any if one is nil.
func union[E comparable](a, b []E) []E {
	if a == nil || b == nil {
		return nil
	}
	all := append([]E{}, a...)
	for _, e := range b {
		if !contains(all, e) {
			all = append(all, e)
		}
	}
	return all
}

// Wants reports whether the filter can let any socket of a protocol through.
func (f *Filter) Wants(p Protocol) bool {
	families := func(v Family) bool { return matches(f.Families, v) }
	states := func(v State) bool { return matches(f.States, v) }
	if !slices.ContainsFunc(p.Families(), families) || !slices.ContainsFunc(p.States(), states) {
		return false
	}
	if p.PortBits() == 0 {
		return MatchPort(f.LocalPorts, 0) && MatchPort(f.RemotePorts, 0)
	}
	return p == Vsock || !emptyPorts(f.LocalPorts) && !emptyPorts(f.RemotePorts)
}

func emptyPorts(ranges []PortRange) bool {
	return ranges != nil && !slices.ContainsFunc(ranges, func(r PortRange) bool { return r.Lo <= r.Hi })
}

// MergePorts returns the same ports in ascending ranges that neither overlap nor
// touch; nil if all ports are wanted, empty if none.
func MergePorts(ranges []PortRange) []PortRange {
	if ranges == nil {
		return nil
	}
	sorted := slices.DeleteFunc(slices.Clone(ranges), func(r PortRange) bool { return r.Lo > r.Hi })
	slices.SortFunc(sorted, func(a, b PortRange) int { return int(a.Lo) - int(b.Lo) })
	merged := sorted[:0]
	for _, r := range sorted {
		last := len(merged) - 1
		if last >= 0 && int(r.Lo) <= int(merged[last].Hi)+1 {
			merged[last].Hi = max(merged[last].Hi, r.Hi)
			continue
		}
		merged = append(merged, r)
	}
	if len(merged) == 1 && merged[0] == (PortRange{0, 65535}) {
		return nil
	}
	return merged
}
