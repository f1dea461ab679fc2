package repl

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sockstat/vtab/engine"
)

var update = flag.Bool("update", false, "write the golden files")

// nasty is what formats have to get right.
func nasty() *fake {
	text, null := engine.String, engine.Null()
	return &fake{
		columns: []string{"id", "text", "text", "a\nb|<c>"},
		rows: [][]engine.Value{
			{engine.Int(1), text("plain"), null, text("")},
			{engine.Int(-1 << 63), text("a\tb\nc\rd\x00\x1b[31m\x7f"), engine.Float(1), engine.Float(0.1)},
			{engine.Float(math.Inf(1)), engine.Float(math.Inf(-1)), engine.Float(1e300), engine.Float(-1.5e-7)},
			{engine.Int(math.MaxInt64), text("日本語"), text("e\u0301"), text("🇩🇪👩‍👩‍👧")},
			{engine.Int(0), text("\u202eevil\u2066\u200f\u061c"), text("\u2028\u2029\u0085"), text("\ufeff\u00a0")},
			{engine.Blob("\x00\xffABC"), engine.Blob(""), text("bad\xff\xfeutf\xed\xa0\x80"), text("\ufffd")},
			{null, text(`"quoted" 'single'`), text("a,b|c"), text(`<b>&amp;</b>`)},
			{null, text(`back\slash \n \| \\`), text(" blanks "), text(`end\`)},
		},
	}
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
	all["list-separator"] = Settings{Format: "list", Headers: true, Separator: " :: "}
	return all
}

func TestGolden(t *testing.T) {
	for name, settings := range goldens() {
		t.Run(name, func(t *testing.T) {
			var got bytes.Buffer
			empty := &fake{columns: []string{"a", "b"}}
			for _, r := range []*fake{nasty(), empty} {
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
		})
	}
}

// TestHarmless checks that nothing that acts on a terminal passes a format but csv.
func TestHarmless(t *testing.T) {
	for name, settings := range goldens() {
		var got bytes.Buffer
		if err := Write(&got, nasty(), settings); err != nil {
			t.Fatal(err)
		}
		text := strings.NewReplacer("\n", "", "\t", "").Replace(got.String())
		if settings.Format != "csv" && Escape(text) != text {
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
	r := &fake{columns: []string{"a"}, rows: [][]engine.Value{{engine.Int(1)}}, err: broken}
	if err := Write(&got, r, Settings{Format: "json"}); err != broken {
		t.Errorf("error is %v", err)
	}
	if got.String() != `[{"a":1}` {
		t.Errorf("printed %q", got.String())
	}
}

// BenchmarkFormats prints 61,000 sockets of 7 columns with each format.
func BenchmarkFormats(b *testing.B) {
	row := []engine.Value{
		engine.String("root"), engine.String("sshd"), engine.Int(4711), engine.Int(3),
		engine.String("tcp4"), engine.String("192.168.100.200:22"), engine.String("10.20.30.40:55555"),
	}
	r := &fake{columns: []string{"user", "command", "pid", "fd", "proto", "local", "remote"}}
	for range 61_000 {
		r.rows = append(r.rows, row)
	}
	for _, f := range Formats() {
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

func TestRun(t *testing.T) {
	db := openTest(t)
	params := map[string]engine.Value{"port": engine.Int(22), ":state": engine.String("LISTEN"), "other": engine.Null()}
	for _, test := range []struct{ sql, want, err string }{
		{"SELECT 1 AS a; SELECT 2 AS a;", "a\n1\na\n2\n", ""},
		{"-- nothing\n;;", "", ""},
		{"BEGIN; SELECT count(*) AS n FROM sockets; COMMIT", "n\n3\n", ""},
		{"SELECT name FROM sockets WHERE port = :port AND state = :state", "name\nsshd\n", ""},
		{"SELECT $port AS a, @port AS b", "a|b\n22|22\n", ""},
		{"SELECT 1 AS a; SELECT :x, :y", "a\n1\n", "parameters :x, :y have no value"},
		{"SELECT ?", "", "parameter ? has no value"},
		{"SELECT 1 AS a; SELECT nope; SELECT 3", "a\n1\n", "no such column: nope (line 1, column 9)"},
		{"SELECT 1;\x00SELECT 2", "", "statement contains a NUL character"},
	} {
		var got bytes.Buffer
		err := Run(context.Background(), db, test.sql, params, &got, Settings{Format: "list", Headers: true})
		if got.String() != test.want {
			t.Errorf("%s: printed %q, want %q", test.sql, got.String(), test.want)
		}
		if message(err) != test.err {
			t.Errorf("%s: error is %v, want %s", test.sql, err, test.err)
		}
	}
}

// message returns the text of an error, "" for none.
func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
