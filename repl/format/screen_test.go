package format

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"sockstat/vtab/table"
)

// listened is a result as people ask for, with what makes its columns wide.
func listened() *fake {
	text, null := table.String, table.Null()
	return &fake{
		columns: []string{"proto", "state", "local_address", "local_port", "remote_address", "pid", "command", "args", "retransmits_total"},
		rows: [][]table.Value{
			{text("tcp"), text("LISTEN"), text("0.0.0.0"), table.Int(22), null, table.Int(812), text("sshd"), text("sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"), table.Int(0)},
			{text("tcp"), text("CLOSE_WAIT"), text("2001:db8:85a3:1234:5678:8a2e:370:7334"), table.Int(443), text("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"), table.Int(4194304), text("日本語サーバー"), text("/opt/日本語サーバー/bin/サーバー --設定=/etc/日本"), table.Int(4294967296)},
			{text("udp"), text("UNBOUND"), null, null, null, null, text("e\u0301e\u0301vil\x1b[31m\u202e"), text(""), null},
			{text("tcp"), text("ESTABLISHED"), text("10.0.0.1"), table.Int(40000), text("10.0.0.2"), table.Int(1), text("x"), text("🇩🇪👩🏽"), table.Float(0.5)},
		},
	}
}

// drawn are the formats that fit what they print to a screen.
var drawn = []string{"", "box", "table", "column", "line"}

// On a screen no line is wider than it, whatever the result.
func TestFitsScreen(t *testing.T) {
	long := &fake{columns: []string{strings.Repeat("n", 300), "日本" + strings.Repeat("語", 100)}, rows: [][]table.Value{
		{table.String(strings.Repeat("ab\u0301", 500)), table.String(strings.Repeat("語", 500))}, {table.Int(1), table.Null()}}}
	for columns := narrowest; columns <= 200; columns++ {
		for _, name := range drawn {
			for i, r := range []*fake{nasty(), listened(), long} {
				var out bytes.Buffer
				s := Settings{Format: name, Headers: true, Screen: &Screen{Columns: columns}}
				if err := Write(&out, r, s); err != nil {
					t.Fatal(err)
				}
				for line := range strings.Lines(out.String()) {
					if w := width([]byte(strings.TrimSuffix(line, "\n"))); w > columns {
						t.Fatalf("%q, result %d at %d columns: %d cells: %s", name, i, columns, w, line)
					}
				}
			}
		}
	}
}

// Lines that are drawn end below each other.
func TestDrawnEven(t *testing.T) {
	for columns := narrowest; columns <= 200; columns++ {
		var out bytes.Buffer
		Write(&out, listened(), Settings{Format: "box", Headers: true, Screen: &Screen{Columns: columns}})
		first := -1
		for line := range strings.Lines(out.String()) {
			w := width([]byte(strings.TrimSuffix(line, "\n")))
			if !strings.ContainsAny(line[:3], "┌│├└") {
				break // one value a line
			}
			if first < 0 {
				first = w
			}
			if w != first {
				t.Fatalf("at %d columns: %d and %d cells:\n%s", columns, first, w, out.String())
			}
		}
	}
}

// One value a line loses nothing: what is wider than the screen goes on below itself.
func TestRecordsComplete(t *testing.T) {
	args := strings.Repeat("--option=値 ", 40)
	var out bytes.Buffer
	r := &fake{columns: []string{"args"}, rows: [][]table.Value{{table.String(args)}}}
	if err := Write(&out, r, Settings{Format: "line", Screen: &Screen{Columns: 40}}); err != nil {
		t.Fatal(err)
	}
	joined := ""
	for line := range strings.Lines(out.String()) {
		joined += strings.TrimSuffix(line, "\n")[len("args = "):]
	}
	if joined != args {
		t.Errorf("%q", joined)
	}
}

// Numbers are whole however narrow a table is, and what matters keeps more than what does not.
func TestFitKeeps(t *testing.T) {
	r := &fake{columns: []string{"other", "n", "command"}, rows: [][]table.Value{
		{table.String(strings.Repeat("o", 60)), table.Int(1234567890123), table.String(strings.Repeat("c", 60))}}}
	for columns := 46; columns < 130; columns++ {
		var out bytes.Buffer
		Write(&out, r, Settings{Format: "box", Headers: true, Screen: &Screen{Columns: columns}})
		text := out.String()
		if !strings.Contains(text, "1234567890123") || strings.Count(text, "c") < strings.Count(text, "o") || !strings.Contains(text, "┌") {
			t.Errorf("%d columns:\n%s", columns, text)
		}
	}
}

// counted is a result of many rows.
func counted(n int) *fake {
	r := &fake{columns: []string{"n"}}
	for i := range n {
		r.rows = append(r.rows, []table.Value{table.Int(i)})
	}
	return r
}

// The first rows are shown, and how many there are; all are where the limit is none, and where there
// is no screen.
func TestLimit(t *testing.T) {
	for _, test := range []struct {
		rows   int
		screen *Screen
		lines  int
		last   string
	}{
		{61300, &Screen{Columns: 80, Limit: 40, Hint: "--all shows all"}, 45, "61,300 rows, 40 shown; --all shows all\n"},
		{41, &Screen{Columns: 80, Limit: 40}, 45, "41 rows, 40 shown\n"},
		{40, &Screen{Columns: 80, Limit: 40}, 44, "└────┘\n"},
		{2000, &Screen{Columns: 80}, 2004, "└──────┘\n"},
		{2000, nil, 2004, "└──────┘\n"},
		{0, &Screen{Columns: 80, Limit: 40}, 1, "0 rows\n"},
		{0, nil, 1, "│ n │\n"},
	} {
		var out bytes.Buffer
		if err := Write(&out, counted(test.rows), Settings{Format: "box", Headers: true, Screen: test.screen}); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(out.String(), "\n"); n != test.lines || !strings.HasSuffix(out.String(), test.last) {
			t.Errorf("%d rows: %d lines: %s", test.rows, n, out.String()[max(0, out.Len()-200):])
		}
	}
}

// What is shown is there before the rest is counted, and stays if that fails.
func TestLimitThenError(t *testing.T) {
	r := counted(50)
	r.err = io.ErrUnexpectedEOF
	var out bytes.Buffer
	err := Write(&out, r, Settings{Format: "box", Screen: &Screen{Columns: 80, Limit: 40}})
	if err != io.ErrUnexpectedEOF || strings.Count(out.String(), "\n") != 42 {
		t.Errorf("%v: %s", err, out.String())
	}
}

// Without a screen, results are the same whatever was set for one.
func TestScreenOnly(t *testing.T) {
	for _, f := range Formats() {
		var plain, other bytes.Buffer
		Write(&plain, sample(f.Name), Settings{Format: f.Name, Headers: true})
		Write(&other, sample(f.Name), Settings{Format: f.Name, Headers: true, MaxRows: 1, NoPager: true})
		if plain.String() != other.String() || strings.Contains(plain.String(), "\x1b") && f.Name != "csv" {
			t.Errorf("%s: %s\n%s", f.Name, plain.String(), other.String())
		}
	}
}

// A line of output takes as many lines of a screen as its cells do.
func TestLines(t *testing.T) {
	c := &Screen{Columns: 10}
	for line, want := range map[string]int{
		"": 1, "0123456789": 1, "0123456789a": 2, "\x1b[1m0123456789\x1b[0m": 1, "語語語語語": 1, "語語語語語語": 2, "\x1b[": 1,
	} {
		if got := c.Lines(line); got != want {
			t.Errorf("%q takes %d lines, want %d", line, got, want)
		}
	}
}

func FuzzFit(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, s string) {
		for columns := narrowest; columns < 70; columns += 7 {
			for _, name := range drawn {
				var out bytes.Buffer
				r := &fake{columns: []string{s, "n", "command"}, rows: [][]table.Value{{table.String(s), table.Int(len(s)), table.String(s)}}}
				if err := Write(&out, r, Settings{Format: name, Headers: true, Screen: &Screen{Columns: columns}}); err != nil {
					t.Fatal(err)
				}
				for line := range strings.Lines(out.String()) {
					line = strings.TrimSuffix(line, "\n")
					if w := width([]byte(line)); w > columns || Escape(line) != line {
						t.Errorf("%q: %d cells of %d: %q", name, w, columns, line)
					}
				}
			}
		}
	})
}

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 61300: "61,300", 1234567: "1,234,567"} {
		if got := thousands(n); got != want {
			t.Error(got, want)
		}
	}
}

// screens are the settings of golden files of what a terminal is shown of [listened].
func screens() map[string]Settings {
	all := map[string]Settings{}
	for _, columns := range []int{40, 85, 120, 200} {
		all[fmt.Sprintf("screen-%d", columns)] = Settings{Headers: true, Screen: &Screen{Columns: columns, Limit: 3}}
	}
	for _, name := range drawn[1:] {
		all["screen-"+name] = Settings{Format: name, Headers: true, Screen: &Screen{Columns: 100, Color: true}}
	}
	return all
}

func TestGoldenScreens(t *testing.T) {
	for name, settings := range screens() {
		t.Run(name, func(t *testing.T) { golden(t, name, settings, listened()) })
	}
}
