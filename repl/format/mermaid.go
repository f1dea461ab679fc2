package format

import (
	"fmt"
	"strings"
)

var mermaidFormat = Format{
	Name: "mermaid", Doc: "a flowchart for Mermaid, as Markdown on GitHub draws it, from the same columns as dot",
	Needs:  graphColumns[:2],
	refuse: refuseGraph,
	encode: encodeMermaid,
}

// encodeMermaid prints a flowchart for Mermaid. Groups are subgraphs.
func encodeMermaid(o *output, r Result, s *Settings) error {
	g, err := readGraph("mermaid", r)
	if err != nil {
		return err
	}
	o.buf = append(o.buf, "flowchart LR\n"...)
	for _, group := range g.groups {
		indent := "    "
		if group.name != "" {
			indent = "        "
			o.buf = append(o.buf, "    subgraph "+group.id+"["+mermaidText(group.name)+"]\n"...)
		}
		g.inGroup(group.name, func(n *node) {
			o.buf = append(o.buf, indent+n.id+"["+mermaidText(n.text)+"]\n"...)
		})
		if group.name != "" {
			o.buf = append(o.buf, "    end\n"...)
		}
	}
	for _, e := range g.edges {
		o.buf = append(o.buf, "    "+e.from.id+" -->"...)
		if text := e.text(); text != "" {
			o.buf = append(o.buf, "|"+mermaidText(text)+"|"...)
		}
		o.buf = append(o.buf, " "+e.to.id+"\n"...)
		if err := o.endRow(); err != nil {
			return err
		}
	}
	return nil
}

// mermaidText returns a text in quotes. What could mean something to Mermaid, to the Markdown in it or
// to HTML is written as a code of a character.
func mermaidText(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range Escape(s) {
		switch {
		case r >= 0x80, 'a' <= r|0x20 && r|0x20 <= 'z', '0' <= r && r <= '9', strings.ContainsRune(" .:-/@,+()=_", r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "#%d;", r)
		}
	}
	if b.Len() == 1 { // an empty text is an error
		b.WriteByte(' ')
	}
	b.WriteByte('"')
	return b.String()
}
