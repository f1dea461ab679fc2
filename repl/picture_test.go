package repl

import (
	"strings"
	"testing"
	"unicode"
)

// What is edited is the text again when it is sent, and has nothing that the editor takes for a key.
func FuzzEditable(f *testing.F) {
	for _, s := range []string{"a\tb", "a\nb", "\x1b[A", "␉", "↵\u2060", "\u2060", "ü\x00\x7f", "␟␠␡"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "?")
		line := editable(text)
		for _, r := range line {
			if r < ' ' || r == 0x7f {
				t.Fatalf("%q is edited as %q", text, line)
			}
		}
		// Only a joiner that stands behind a picture of a control character is not told from ours.
		if got := edited(line); got != text && !strings.ContainsRune(text, joined) {
			t.Fatalf("%q comes back as %q", text, got)
		}
	})
}

// What is pasted is literal, however it is cut on its way.
func FuzzPaste(f *testing.F) {
	f.Add("SELECT 'a\tb';\nSELECT\x03 2", uint8(3))
	f.Add("\x1b[A\x1b[2", uint8(1))
	f.Add("ü␉", uint8(2))
	f.Fuzz(func(t *testing.T, text string, n uint8) {
		text = strings.ToValidUTF8(text, "?")
		if strings.Contains(text, pasteEnd) || n == 0 || strings.ContainsRune(text, joined) {
			return
		}
		var p paste
		var got []byte
		sent := "x" + pasteBegin + text + pasteEnd + "y"
		for sent != "" {
			k := min(int(n), len(sent))
			if n == 1 && sent[0] == ctrlC {
				return // as if it were typed
			}
			got = append(got, p.translate([]byte(sent[:k]))...)
			sent = sent[k:]
		}
		if got = append(got, p.flush()...); strings.IndexFunc(string(got), func(r rune) bool { return r != '\r' && unicode.IsControl(r) && r < 0x80 }) >= 0 {
			t.Fatalf("%q is read as %q", text, got)
		}
		lines := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
		if read := strings.ReplaceAll(edited(string(got)), "\r", "\n"); read != "x"+lines+"y" {
			t.Fatalf("%q is read as %q", text, read)
		}
	})
}

// Keys that are typed are the editor's.
func TestTyped(t *testing.T) {
	for in, want := range map[string]string{"a\tb\x03\x1b[A\r": "a\tb\x03\x1b[A\r", "\x1b": "\x1b", "\x1b[20": "\x1b[20", "␉": "␉\u2060", "\x80\xff": "\x80\xff"} {
		var p paste
		if got := string(p.translate([]byte(in))) + string(p.flush()); got != want {
			t.Errorf("%q is read as %q", in, got)
		}
	}
	var p paste // whose end is lost
	if got := string(p.translate([]byte(pasteBegin+"a\x03"))) + string(p.translate([]byte{ctrlC})) + string(p.translate([]byte("\t"))); got != "a␃\x03\t" {
		t.Errorf("read as %q", got)
	}
}

func TestOneLine(t *testing.T) {
	for want, lines := range map[string][]string{
		"SELECT name FROM sockets;": {"SELECT name", "  FROM sockets;"},
		"SELECT 'a \n  b' AS c;":    {"SELECT 'a ", "  b'  ", "", "AS c;"},
		"SELECT 1 -- one\n, 2;":     {"SELECT 1 -- one", ", 2;"},
		"/* a\n */ SELECT 1;":       {"/* a", " */ SELECT 1;"},
		".mode csv":                 {".mode csv"},
	} {
		if got := oneLine(lines); got != want && strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(want), " ") || strings.Count(got, "\n") != strings.Count(want, "\n") {
			t.Errorf("%q is %q, want %q", lines, got, want)
		}
	}
}

func TestLayOut(t *testing.T) {
	words := strings.Fields(strings.Repeat("word ", 100))
	for _, columns := range []int{1, 20, 80, 1000} {
		lines := layOut(words, columns, 5)
		if len(lines) > 5 {
			t.Errorf("%d lines at %d columns", len(lines), columns)
		}
		for _, l := range lines {
			if len(l) > columns && columns >= 20 {
				t.Errorf("%q at %d columns", l, columns)
			}
		}
	}
	if got := layOut(words, 80, 5); got[4] != "… and 48 more" {
		t.Errorf("%q", got)
	}
	if got := layOut([]string{"a", "b", "c"}, 80, 5); len(got) != 1 || got[0] != "a  b  c" {
		t.Errorf("%q", got)
	}
}
