package mib2

import (
	"fmt"
	"slices"
	"strings"
)

// String says for people what the filter lets through, such as "LISTEN, local ports
// 22,8000-8099, inet6, with timers"; "" if it wants everything, without extra parts.
func (f Filter) String() string {
	var words []string
	add := func(text string) {
		if text != "" {
			words = append(words, text)
		}
	}
	add(stateText(f.States))
	add(portText("local", f.LocalPorts))
	add(portText("remote", f.RemotePorts))
	if f.Families != nil {
		add(listText("family", f.Families))
	}
	add(f.Parts.String())
	return strings.Join(words, ", ")
}

// stateText names the wanted states, or, where those are fewer, the others.
func stateText(want []State) string {
	if want == nil {
		return ""
	}
	var has, lacks []State
	for _, s := range States {
		if contains(want, s) {
			has = append(has, s)
		} else {
			lacks = append(lacks, s)
		}
	}
	if len(lacks) < len(has) {
		return strings.TrimSuffix("not "+joinText(lacks), "not ")
	}
	return listText("state", has)
}

// mostPorts is how many ranges of ports are named.
const mostPorts = 8

// portText names the wanted ports of one end.
func portText(end string, want []PortRange) string {
	ranges := MergePorts(want)
	if ranges == nil {
		return ""
	}
	var list []string
	for _, r := range ranges[:min(len(ranges), mostPorts)] {
		text := fmt.Sprint(r.Lo)
		if r.Hi > r.Lo {
			text += fmt.Sprintf("-%d", r.Hi)
		}
		list = append(list, text)
	}
	if more := len(ranges) - mostPorts; more > 0 {
		list = append(list, fmt.Sprintf("and %d more", more))
	}
	switch {
	case len(ranges) == 0:
		return "no " + end + " port"
	case len(ranges) == 1 && ranges[0].Lo == ranges[0].Hi:
		return end + " port " + list[0]
	}
	return end + " ports " + strings.Join(list, ",")
}

// listText names what is in a list, "no" and a noun if nothing is.
func listText[E fmt.Stringer](noun string, list []E) string {
	if len(list) == 0 {
		return "no " + noun
	}
	return joinText(list)
}

func joinText[E fmt.Stringer](list []E) string {
	var texts []string
	for _, e := range list {
		if text := e.String(); !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, ",")
}

// String returns "with" and what is asked for, such as "with timers,memory"; "" if nothing is.
func (p Parts) String() string {
	var names []string
	for i, name := range []string{"timers", "info", "memory", "congestion control"} {
		if p&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	if names == nil {
		return ""
	}
	return "with " + strings.Join(names, ",")
}
