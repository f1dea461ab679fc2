package format

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"

	"sockstat/vtab/table"
)

// graph is a result with the columns from and to: nodes, in groups or not, and the edges between
// them.
//
// A node is a text in a group. Its group is that of the row in which it is from; where it is to, the
// column to_group says its group, or else it is the node of that text in the same group, or in the only
// group that has one. A row whose to is NULL is a node without an edge. Rows that are alike are one edge,
// that says how many they are.
type graph struct {
	nodes  []*node
	groups []group // in the order in which they came
	edges  []*edge
}

type node struct {
	id, text, group string
}

// group is a group of nodes, or those in none, whose name is "".
type group struct{ id, name string }

type edge struct {
	from, to *node
	label    string
	rows     int
}

// graphColumns are the columns of a result that is a graph; the first two are needed.
var graphColumns = []string{"from", "to", "label", "group", "to_group"}

func refuseGraph(columns []string) error { return onlyColumns(columns, graphColumns...) }

// link is a row of a graph.
type link struct{ from, to, label, group, toGroup string }

// readGraph reads all rows.
func readGraph(format string, r Result) (*graph, error) {
	columns := r.Columns()
	var at [5]int
	for i, name := range graphColumns {
		at[i] = column(columns, name)
	}
	text := func(i int) (string, bool) {
		if at[i] < 0 {
			return "", false
		}
		v := r.Value(at[i])
		return strings.Clone(v.String()), v.Kind() != table.KindNull
	}
	var links []link
	b := newGraphBuilder()
	for {
		more, err := r.Next()
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
		if len(links) == maxItems {
			return nil, tooMany(format)
		}
		var l link
		var from, to bool
		l.from, from = text(0)
		l.to, to = text(1)
		l.label, _ = text(2)
		l.group, _ = text(3)
		l.toGroup, _ = text(4)
		switch {
		case from:
			b.node(l.from, l.group)
		case to: // a node that nothing leads to
			b.node(l.to, l.toGroup)
		}
		if from && to {
			links = append(links, l)
		}
	}
	for _, l := range links {
		b.edge(l, at[4] >= 0)
	}
	return &b.graph, nil
}

// graphBuilder puts a graph together.
type graphBuilder struct {
	graph
	byName   map[[2]string]*node // by text and group
	byText   map[string][]*node
	byID     map[string]bool
	byEdge   map[edge]*edge // by all but how many
	hasGroup map[string]bool
}

func newGraphBuilder() *graphBuilder {
	return &graphBuilder{byName: map[[2]string]*node{}, byText: map[string][]*node{}, byID: map[string]bool{},
		byEdge: map[edge]*edge{}, hasGroup: map[string]bool{}}
}

// node returns the node of a text in a group.
func (b *graphBuilder) node(text, name string) *node {
	if n := b.byName[[2]string{text, name}]; n != nil {
		return n
	}
	n := &node{b.id("n", name+"\x00"+text), text, name}
	b.byName[[2]string{text, name}] = n
	b.byText[text] = append(b.byText[text], n)
	b.nodes = append(b.nodes, n)
	if !b.hasGroup[name] {
		b.hasGroup[name] = true
		b.groups = append(b.groups, group{b.id("cluster_", name), name})
	}
	return n
}

// id returns an identifier that depends on a text alone, so that what is drawn of one machine today and
// tomorrow differs only where the machine does.
func (b *graphBuilder) id(kind, text string) string {
	h := fnv.New64a()
	h.Write([]byte(text))
	id := fmt.Sprintf("%s%016x", kind, h.Sum64())
	for b.byID[id] { // somebody has tried hard
		id += "x"
	}
	b.byID[id] = true
	return id
}

// edge adds a row that has both ends.
func (b *graphBuilder) edge(l link, grouped bool) {
	to := b.byName[[2]string{l.to, l.group}]
	switch same := b.byText[l.to]; {
	case grouped:
		to = b.node(l.to, l.toGroup)
	case to == nil && len(same) == 1:
		to = same[0]
	case to == nil:
		to = b.node(l.to, "")
	}
	e := edge{from: b.node(l.from, l.group), to: to, label: l.label}
	known := b.byEdge[e]
	if known == nil {
		known = &edge{e.from, e.to, e.label, 0}
		b.byEdge[e] = known
		b.edges = append(b.edges, known)
	}
	known.rows++
}

// text returns what is written at an edge.
func (e *edge) text() string {
	if e.rows == 1 {
		return e.label
	}
	return strings.TrimSpace(e.label + " ×" + strconv.Itoa(e.rows))
}

// inGroup calls node for each node of a group.
func (g *graph) inGroup(group string, node func(*node)) {
	for _, n := range g.nodes {
		if n.group == group {
			node(n)
		}
	}
}
