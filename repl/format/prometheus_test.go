package format

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"sockstat/vtab/table"
)

// measured is a result of metrics with what the format has to get right.
func measured() *fake {
	text, null := table.String, table.Null()
	return &fake{
		columns: []string{"name", "labels", "value", "help", "type"},
		rows: [][]table.Value{
			{text("sockets"), text(`{"state":"LISTEN","proto":"tcp"}`), table.Int(12), text("Number of sockets, a \\ and\nanother line"), text("gauge")},
			{text("drops_total"), null, table.Int(math.MaxInt64), text("Packets dropped"), text("counter")},
			{text("sockets"), text(`{"proto":"tcp","state":"CLOSE_WAIT","pid":4711,"ok":true,"none":null,"empty":""}`), table.Float(0.5), null, null},
			{text("command:sockets"), text(`{"command":"a\"b\\c\nd\u001b\u202e日本"}`), table.Int(1), null, null},
			{text("command:sockets"), text("{\"command\":\"bad\xff\"}"), table.Int(1), null, text("untyped")},
			{text("command:sockets"), text(`{"command":"bad\\xff"}`), table.Int(1), null, null},
			{text("limits"), text("{}"), table.Float(math.Inf(1)), null, text("gauge")},
			{text("limits"), text(`{"of":"nobody"}`), table.Float(math.Inf(-1)), null, text("gauge")},
			{text("unknown"), text(`{}`), null, text("not known"), text("gauge")},
		},
	}
}

// A result of what are no metrics is one clear error, and nothing is printed.
func TestMetricsRefused(t *testing.T) {
	text, null := table.String, table.Null()
	row := func(v ...table.Value) [][]table.Value { return [][]table.Value{v} }
	all := []string{"name", "labels", "value", "help", "type"}
	for _, test := range []struct {
		columns []string
		rows    [][]table.Value
		want    string
	}{
		{[]string{"name", "value"}, nil, "the result has no column labels"},
		{[]string{"name", "labels", "value", "state"}, nil, "it has no place for the column state"},
		{all, row(text("a b"), null, table.Int(1), null, null), `row 1: "a b" is no name of a metric`},
		{all, row(text(""), null, table.Int(1), null, null), `"" is no name of a metric`},
		{all, row(text("1a"), null, table.Int(1), null, null), `"1a" is no name of a metric`},
		{all, row(text("a"), text("state=1"), table.Int(1), null, null), "labels state=1: no JSON object"},
		{all, row(text("a"), text(`["b"]`), table.Int(1), null, null), `labels ["b"]: no JSON object`},
		{all, row(text("a"), text(`{"b":{"c":1}}`), table.Int(1), null, null), "no JSON object"},
		{all, row(text("a"), text(`{"b":1} {}`), table.Int(1), null, null), "no JSON object"},
		{all, row(text("a"), text(`{"b":1`), table.Int(1), null, null), "no JSON object"},
		{all, row(text("a"), text(`{"b-c":1}`), table.Int(1), null, null), `"b-c" is no name of a label`},
		{all, row(text("a"), text(`{"__name__":1}`), table.Int(1), null, null), `"__name__" is no name of a label`},
		{all, row(text("a"), text(`{"b":1,"b":2}`), table.Int(1), null, null), "label b is there twice"},
		{all, row(text("a"), null, text("12"), null, null), `value of a: "12" is no number`},
		{all, row(text("a"), null, table.Int(1), null, text("histogram")), `"histogram" is no type of a metric here`},
		{all, append(row(text("a"), text(`{"x":1,"y":2}`), table.Int(1), null, null), row(text("a"), text(`{"y":2,"x":1,"z":""}`), table.Int(2), null, null)...),
			`row 2: series a{x="1",y="2"} is there twice`},
		{all, append(row(text("a"), null, table.Int(1), text("one"), null), row(text("a"), text(`{"b":1}`), table.Int(1), text("two"), null)...),
			"row 2: metric a has two different texts of help"},
	} {
		var out bytes.Buffer
		err := Write(&out, &fake{columns: test.columns, rows: test.rows}, Settings{Format: "prometheus"})
		if err == nil || !strings.Contains(err.Error(), test.want) || out.Len() > 0 {
			t.Errorf("%v: %v, printed %q", test.rows, err, out.String())
		}
	}
}

// What a process calls itself can neither break the lines nor make two series one.
func FuzzMetrics(f *testing.F) {
	seed(f)
	f.Add("\U0010ffff\xff\U0010ff41")
	f.Fuzz(func(t *testing.T, s string) {
		quote := func(s string) string {
			var b strings.Builder // as SQLite's json_object does, whatever the bytes are
			for _, c := range []byte(s) {
				if c < ' ' || c == '"' || c == '\\' {
					fmt.Fprintf(&b, "\\u%04x", c)
				} else {
					b.WriteByte(c)
				}
			}
			return `"` + b.String() + `"`
		}
		rows := [][]table.Value{}
		texts := []string{s, Escape(s), s + "\xff", s + "\xfe", s + `\xff`, s + "\ufffd"}
		slices.Sort(texts)
		for _, text := range slices.Compact(texts) {
			rows = append(rows, []table.Value{table.String("m"), table.String(`{"a":` + quote(text) + `,"b":1}`), table.Int(1)})
		}
		var out bytes.Buffer
		if err := Write(&out, &fake{columns: []string{"name", "labels", "value"}, rows: rows}, Settings{Format: "prometheus"}); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		slices.Sort(lines)
		if len(slices.Compact(lines)) != len(rows) || !utf8.ValidString(out.String()) || Escape(lines[0]) != lines[0] {
			t.Errorf("%q", lines)
		}
	})
}
