package format

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"sockstat/vtab/table"
)

func TestEscape(t *testing.T) {
	for text, want := range map[string]string{
		"":                     "",
		"plain — täxt 日本":      "plain — täxt 日本",
		"a\nb\tc\rd":           `a\nb\tc\rd`,
		"\x00\x1b[0m\x7f":      `\x00\x1b[0m\x7f`,
		"\u0080\u009b":         `\u0080\u009b`,
		"\x9b\xff":             `\x9b\xff`,
		"\u202a\u202e\u2066":   `\u202a\u202e\u2066`,
		"\u2069\u200e\u200f":   `\u2069\u200e\u200f`,
		"\u061c\u2028\u2029":   `\u061c\u2028\u2029`,
		`C:\temp\x1b`:          `C:\temp\x1b`,
		"\xed\xa0\x80\xf0\x9f": `\xed\xa0\x80\xf0\x9f`,
		"\ufffd\u00a0e\u0301":  "\ufffd\u00a0e\u0301",
		"a\u200bb\u200c\u200d": `a\u200bb\u200c\u200d`,
		"a\u00adb\ufeff\u2060": `a\u00adb\ufeff\u2060`,
		"\U000e0020\U000e007f": `\U000e0020\U000e007f`,
		"\U000e0100\ufe0f":     `\U000e0100\ufe0f`,
		"\u034f\u115f\u3164":   `\u034f\u115f\u3164`,
		"\u180e\u2064\ufff9":   `\u180e\u2064\ufff9`,
	} {
		if got := Escape(text); got != want {
			t.Errorf("Escape(%q) is %s, want %s", text, got, want)
		}
	}
}

// seed adds nasty texts to a fuzz test.
func seed(f *testing.F) {
	for _, row := range nasty().rows {
		for _, v := range row {
			f.Add(v.String())
		}
	}
}

func FuzzEscape(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, s string) {
		got := Escape(s)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, hidden) {
			t.Errorf("Escape(%q) is %q", s, got)
		}
		if Escape(got) != got {
			t.Errorf("Escape(%q) is not the same escaped twice", s)
		}
		if utf8.ValidString(s) && !strings.ContainsFunc(s, hidden) && got != s {
			t.Errorf("Escape(%q) is %q", s, got)
		}
	})
}

func FuzzJSON(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, s string) {
		var out bytes.Buffer
		r := &fake{columns: []string{s, "n"}, rows: [][]table.Value{{table.String(s), table.Blob(s)}}}
		if err := Write(&out, r, Settings{Format: "json"}); err != nil {
			t.Fatal(err)
		}
		var got []map[string]string
		if err := json.Unmarshal(out.Bytes(), &got); err != nil {
			t.Fatalf("%q: %v", out.String(), err)
		}
		want := strings.ToValidUTF8(s, "\x00") // one for a run, so compare only without
		if v, ok := got[0][s]; utf8.ValidString(s) && s != "n" && (!ok || v != want) {
			t.Errorf("%q came back as %q", s, v)
		}
		if text := strings.TrimSuffix(out.String(), "\n"); Escape(text) != text {
			t.Errorf("%q prints what Escape escapes", s)
		}
	})
}

func FuzzCSV(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, s string) {
		var out bytes.Buffer
		r := &fake{columns: []string{"a", "b"}, rows: [][]table.Value{{table.String(s), table.Null()}}}
		if err := Write(&out, r, Settings{Format: "csv", Headers: true}); err != nil {
			t.Fatal(err)
		}
		got, err := csv.NewReader(&out).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		want := strings.ReplaceAll(s, "\r\n", "\n") // the reader does so
		if len(got) != 2 || got[1][0] != want || got[1][1] != "" {
			t.Errorf("%q came back as %q", s, got)
		}
	})
}

func FuzzTSV(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, s string) {
		text := string(appendTSV(nil, s))
		if Escape(text) != text {
			t.Errorf("%q prints what Escape escapes", s)
		}
		// Go's own escapes include these; its quote is the only other one.
		got, err := strconv.Unquote(`"` + strings.ReplaceAll(text, `"`, `\"`) + `"`)
		if err != nil || got != s {
			t.Errorf("%q came back as %q: %v", s, got, err)
		}
	})
}
