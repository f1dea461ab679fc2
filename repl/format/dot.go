package format

import (
	"strings"
)

var dotFormat = Format{
	Name: "dot", Doc: "a graph for Graphviz, from columns from, to, and optional label, group, to_group",
	Needs:  graphColumns[:2],
	refuse: refuseGraph,
	encode: encodeDot,
}

// encodeDot prints a graph in the language of Graphviz. Groups are clusters.
func encodeDot(o *output, r Result, s *Settings) error {
	g, err := readGraph("dot", r)
	if err != nil {
		return err
	}
	o.buf = append(o.buf, `digraph {
	rankdir=LR
	graph [fontname="sans-serif" fontsize=11 nodesep=0.15 ranksep=1.2]
	node [fontname="sans-serif" fontsize=11 shape=box style="rounded,filled" fillcolor="#f4f6f8" color="#5b6b7b" height=0.3]
	edge [fontname="sans-serif" fontsize=9 color="#5b6b7b" fontcolor="#2b3b4b" arrowsize=0.6]
`...)
	for _, group := range g.groups {
		indent, outside := "\t", ""
		if group.name == "" && len(g.groups) > 1 { // they are told from those in groups
			outside = ` shape=ellipse fillcolor="#eaf2fb"`
		}
		if group.name != "" {
			indent = "\t\t"
			o.buf = append(o.buf, "\tsubgraph "+group.id+" {\n\t\tlabel="+dotText(group.name)+
				"\n\t\tstyle=\"rounded\" color=\"#9aa7b4\" bgcolor=\"#ffffff\"\n"...)
		}
		g.inGroup(group.name, func(n *node) {
			o.buf = append(o.buf, indent+n.id+" [label="+dotText(n.text)+outside+"]\n"...)
		})
		if group.name != "" {
			o.buf = append(o.buf, "\t}\n"...)
		}
	}
	for _, e := range g.edges {
		o.buf = append(o.buf, "\t"+e.from.id+" -> "+e.to.id...)
		if text := e.text(); text != "" {
			o.buf = append(o.buf, " [label="+dotText(text)+"]"...)
		}
		o.buf = append(o.buf, '\n')
		if err := o.endRow(); err != nil {
			return err
		}
	}
	o.buf = append(o.buf, "}\n"...)
	return nil
}

// dotText returns a text as a quoted string of an escString, in which a backslash begins an escape and
// an ampersand an entity of HTML.
func dotText(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `&`, `&amp;`).Replace(Escape(s)) + `"`
}
