package format

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sockstat/vtab/table"
)

var update = flag.Bool("update", false, "write the golden files")

// nasty is what formats have to get right.
func nasty() *fake {
	text, null := table.String, table.Null()
	return &fake{
		columns: []string{"id", "text", "text", "a\nb|<c>"},
		rows: [][]table.Value{
			{table.Int(1), text("plain"), null, text("")},
			{table.Int(-1 << 63), text("a\tb\nc\rd\x00\x1b[31m\x7f"), table.Float(1), table.Float(0.1)},
			{table.Float(math.Inf(1)), table.Float(math.Inf(-1)), table.Float(1e300), table.Float(-1.5e-7)},
			{table.Int(math.MaxInt64), text("日本語"), text("e\u0301"), text("🇩🇪👩‍👩‍👧")},
			{table.Int(0), text("\u202eevil\u2066\u200f\u061c"), text("\u2028\u2029\u0085"), text("\ufeff\u00a0\u200b\u00ad\U000e0041")},
			{table.Blob("\x00\xffABC"), table.Blob(""), text("bad\xff\xfeutf\xed\xa0\x80"), text("\ufffd")},
			{null, text(`"quoted" 'single'`), text("a,b|c"), text(`<b>&amp;</b>`)},
			{null, text(`back\slash \n \| \\`), text(" blanks "), text(`end\`)},
		},
	}
}

// sample returns a result that a format can show.
func sample(format string) *fake {
	switch format {
	case "prometheus":
		return measured()
	case "dot", "mermaid":
		return linked()
	}
	return nasty()
}

// goldens are the settings of each golden file.
func goldens() map[string]Settings {
	all := map[string]Settings{}
	for _, f := range Formats() {
		all[f.Name] = Settings{Format: f.Name, Headers: true}
		all[f.Name+"-bare"] = Settings{Format: f.Name, NullValue: "NULL"}
	}
	all["listing-widths"] = Settings{Format: "listing", Headers: true, Widths: []int{5, -30, 20}}
	all["listing-fit"] = Settings{Format: "listing", Headers: true, Widths: []int{90}, Fit: true}
	all["column-widths"] = Settings{Format: "column", Headers: true, Widths: []int{-20, 10, 60}}
	all["csv-terminal"] = Settings{Format: "csv", Headers: true, Screen: &Screen{Columns: 80}}
	all["list-escaped"] = Settings{Format: "list", Headers: true, Separator: "\x1b[31m\u202e\t\u200b"}
	all["list-separator"] = Settings{Format: "list", Headers: true, Separator: " :: "}
	return all
}

func TestGolden(t *testing.T) {
	for name, settings := range goldens() {
		t.Run(name, func(t *testing.T) {
			full := sample(settings.Format)
			empty := &fake{columns: []string{"a", "b"}}
			if f, _ := Find(settings.Format); f.Needs != nil {
				empty.columns = f.Needs
			}
			golden(t, name, settings, full, empty)
		})
	}
}

// golden compares what results look like with a file.
func golden(t *testing.T, name string, settings Settings, results ...*fake) {
	var got bytes.Buffer
	for _, r := range results {
		r.next = 0
		if err := Write(&got, r, settings); err != nil {
			t.Fatal(err)
		}
		got.WriteString("--\n")
	}
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got.String()); d != "" {
		t.Errorf("%s (-want +got):\n%s", file, d)
	}
}

// TestHarmless checks that nothing that acts on a terminal passes a format, but for csv where
// there is no terminal.
func TestHarmless(t *testing.T) {
	for name, settings := range goldens() {
		var got bytes.Buffer
		if err := Write(&got, sample(settings.Format), settings); err != nil {
			t.Fatal(err)
		}
		text := strings.NewReplacer("\r\n", "", "\n", "", "\t", "").Replace(got.String())
		if exact := settings.Format == "csv" && settings.Screen == nil; Escape(text) == text == exact {
			t.Errorf("%s: prints what Escape escapes", name)
		}
	}
}

func TestUnknownFormat(t *testing.T) {
	err := Write(io.Discard, nasty(), Settings{Format: "nope"})
	if err == nil || !strings.Contains(err.Error(), `unknown format "nope": it is one of table box`) {
		t.Errorf("error is %v", err)
	}
}

// TestStreams checks that rows leave before the last one is read.
func TestStreams(t *testing.T) {
	for _, name := range []string{"list", "csv", "tsv", "json", "jsonl", "line", "markdown", "html", "listing"} {
		r := &endless{fake: *nasty()}
		err := Write(r, r, Settings{Format: name})
		if !errors.Is(err, errFull) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

// endless never ends, and is a writer that is full soon.
type endless struct {
	fake
	written int
}

var errFull = errors.New("full")

func (e *endless) Next() (bool, error) {
	e.next = e.next%len(e.rows) + 1
	return true, nil
}

func (e *endless) Write(p []byte) (int, error) {
	if e.written += len(p); e.written > 1<<20 {
		return 0, errFull
	}
	return len(p), nil
}

// TestErrorAfterRows checks that rows before an error are printed.
func TestErrorAfterRows(t *testing.T) {
	broken := errors.New("broken")
	var got bytes.Buffer
	r := &fake{columns: []string{"a"}, rows: [][]table.Value{{table.Int(1)}}, err: broken}
	if err := Write(&got, r, Settings{Format: "json"}); err != broken {
		t.Errorf("error is %v", err)
	}
	if got.String() != `[{"a":1}` {
		t.Errorf("printed %q", got.String())
	}
}

// BenchmarkFormats prints 61,000 sockets as of SELECT * with each format.
func BenchmarkFormats(b *testing.B) {
	text, null := table.String, table.Null()
	r := &fake{columns: strings.Fields("proto family label state local_address local_port remote_address remote_port local remote interface pid fd user command args owner_status uid zone recv_q send_q")}
	row := []table.Value{
		text("tcp"), text("inet"), text("tcp4"), text("ESTABLISHED"), text("192.168.100.200"), table.Int(22), text("10.20.30.40"), table.Int(55555),
		text("192.168.100.200:22"), text("10.20.30.40:55555"), null, table.Int(4711), table.Int(3), text("root"), text("sshd"),
		text("sshd: somebody@pts/0"), text("ok"), table.Int(0), text("global"), table.Int(0), table.Int(0),
	}
	for range 61_000 {
		r.rows = append(r.rows, row)
	}
	for _, f := range Formats() {
		if f.Needs != nil {
			continue
		}
		b.Run(f.Name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r.next = 0
				s := Settings{Format: f.Name, Headers: true, Widths: []int{9, 15, 6, 6, 22, 22}}
				if err := Write(io.Discard, r, s); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(r.rows))*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// fake is a Result of given rows, which begins again when it was read.
type fake struct {
	columns []string
	rows    [][]table.Value
	next    int
	err     error // instead of the end
}

func (f *fake) Columns() []string { return f.columns }
func (f *fake) Next() (bool, error) {
	if f.next == len(f.rows) {
		f.next = 0
		return false, f.err
	}
	f.next++
	return true, nil
}
func (f *fake) Value(i int) table.Value { return f.rows[f.next-1][i] }
