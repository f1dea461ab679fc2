package format

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"sockstat/vtab/table"
)

// linked is a graph with what formats of graphs have to get right.
func linked() *fake {
	text, null := table.String, table.Null()
	return &fake{
		columns: []string{"from", "to", "label", "Group"},
		rows: [][]table.Value{
			{text("nginx"), text("php-fpm"), text("fastcgi"), text("web")},
			{text("php-fpm"), text("postgres"), text("5432"), text("web")},
			{text("postgres"), null, null, text("db")},
			{text("nginx"), text("php-fpm"), text("fastcgi"), text("web")}, // again
			{text("nginx"), text("nginx"), null, text("other")},            // one of its own group
			{text("10.0.0.0/24"), text("nginx"), table.Int(443), null},     // in two groups: neither
			{null, text("lonely"), null, null},
			{null, null, null, null},
			{text(`"q" \n \G &amp; <b> %%{init: {}}%% #35; end`), text("\x1b[31m\u202e\xff\n"), text("`md` |x| --> ;"), text(`c"\l&`)},
			{text(""), text("日本語"), text("é"), text("")},
		},
	}
}

// drawnBy prints a result with a format of graphs.
func drawnBy(t *testing.T, format string, r *fake) string {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, r, Settings{Format: format}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// lineWith returns the line of a text that has a part, and its first word.
func lineWith(t *testing.T, text, part string) (line, word string) {
	t.Helper()
	for line := range strings.Lines(text) {
		if strings.Contains(line, part) {
			return line, strings.Fields(line)[0]
		}
	}
	t.Fatalf("%q is not in\n%s", part, text)
	return "", ""
}

// Nodes keep their identifiers when others come or go, and nodes of one text in two groups are two.
func TestGraphIDs(t *testing.T) {
	row := func(from, to, group string) []table.Value {
		return []table.Value{table.String(from), table.String(to), table.Null(), table.String(group)}
	}
	columns := []string{"from", "to", "label", "group"}
	few := drawnBy(t, "dot", &fake{columns: columns, rows: [][]table.Value{row("a", "b", "g")}})
	many := drawnBy(t, "dot", &fake{columns: columns, rows: [][]table.Value{row("x", "y", "h"), row("a", "c", "h"), row("a", "b", "g")}})
	edge, _ := lineWith(t, few, " -> ")
	if !strings.Contains(many, edge) || strings.Count(many, `[label="a"]`) != 2 {
		t.Errorf("%s is not in\n%s", edge, many)
	}
}

// The group of to is that of its column, if there is one.
func TestGraphToGroup(t *testing.T) {
	text := table.String
	out := drawnBy(t, "mermaid", &fake{columns: []string{"from", "to", "group", "to_group"}, rows: [][]table.Value{
		{text("app"), text("db"), text("web"), text("data")}, {text("db"), text("db"), text("data"), text("backup")}}})
	want := []string{"flowchart LR", "subgraph", "app", "end", "subgraph", "db", "end", "subgraph", "db", "end", "-->", "-->"}
	for i, line := range strings.Split(strings.TrimSpace(out), "\n") {
		if i >= len(want) || !strings.Contains(line, want[i]) {
			t.Fatalf("line %d: %s", i+1, out)
		}
	}
}

// What has columns that would not be drawn is refused, and so is what has too many rows.
func TestGraphRefuses(t *testing.T) {
	for columns, want := range map[string]string{
		"from":          "format dot: the result has no column to",
		"from to bytes": "format dot: it has no place for the column bytes",
		"from to to":    "format dot: the result has the column to twice",
	} {
		err := Write(&bytes.Buffer{}, &fake{columns: strings.Fields(columns)}, Settings{Format: "dot"})
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v", columns, err)
		}
	}
	many := &endless{fake: fake{columns: []string{"from", "to"}, rows: [][]table.Value{{table.Int(1), table.Int(2)}}}}
	if err := Write(many, many, Settings{Format: "dot"}); err == nil || !strings.Contains(err.Error(), "more than 100000 rows") {
		t.Error(err)
	}
}

// Graphviz draws it, whatever the texts are, and what it shows are these texts.
func TestGraphviz(t *testing.T) {
	dot, err := exec.LookPath("dot")
	if err != nil {
		t.Skip("Graphviz is not installed")
	}
	cmd := exec.Command(dot, "-Tplain")
	cmd.Stdin = strings.NewReader(drawnBy(t, "dot", linked()))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	nodes, edges := strings.Count(string(out), "\nnode "), strings.Count(string(out), "\nedge ")
	if nodes != 11 || edges != 6 {
		t.Errorf("%d nodes and %d edges:\n%s", nodes, edges, out)
	}
	cmd = exec.Command(dot, "-Tsvg")
	cmd.Stdin = strings.NewReader(drawnBy(t, "dot", linked()))
	if out, err = cmd.Output(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`&quot;q&quot; \n \G &amp;amp; &lt;b&gt; %%{init: {}}%% #35; end<`, `>\x1b[31m\u202e\xff\n<`, `>c&quot;\l&amp;<`, ">fastcgi ×2<", "日本語",
	} {
		if text := strings.ReplaceAll(string(out), "&#45;", "-"); !strings.Contains(text, want) {
			t.Errorf("%s is not in\n%s", want, text)
		}
	}
}

// Whatever the texts are, no more is drawn than they are, on lines of their own.
func FuzzGraph(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, s string) {
		r := &fake{columns: []string{"from", "to", "label", "group"},
			rows: [][]table.Value{{table.String(s), table.String(s + "2"), table.String(s), table.String(s)}}}
		for _, format := range []string{"dot", "mermaid"} {
			out := drawnBy(t, format, r)
			plain := strings.NewReplacer("\n", "", "\t", "").Replace(out)
			lines := strings.Count(out, "\n")
			want := map[string]int{"dot": 13, "mermaid": 6}[format]
			if s == "" {
				want -= map[string]int{"dot": 4, "mermaid": 2}[format]
			}
			if lines != want || Escape(plain) != plain {
				t.Errorf("%q: %d lines: %s", s, lines, out)
			}
		}
	})
}

// Characters that mean something to Mermaid are codes.
func TestMermaidText(t *testing.T) {
	for text, want := range map[string]string{
		"":              `" "`,
		"nginx:443":     `"nginx:443"`,
		"a\"]; end%%{}": `"a#34;#93;#59; end#37;#37;#123;#125;"`,
		"`x` <b>&amp;#": `"#96;x#96; #60;b#62;#38;amp#59;#35;"`,
		"\x1b\\":        `"#92;x1b#92;"`,
		"日本":            `"日本"`,
	} {
		if got := mermaidText(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
