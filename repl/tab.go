package repl

import (
	"fmt"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
	"golang.org/x/term"
)

// tab is the key of that name: it completes a word as far as that is sure, and the second time
// lists what may stand there. It asks nothing and fills no more than the screen.
type tab struct {
	completer *completer
	shell     *Shell
	tty       *os.File
	keys      *keyboard
	prompt    string // of the line that is edited
	last      string // line with the cursor as tab left it
}

func newTab(s *Shell, tty *os.File, keys *keyboard) *tab {
	return &tab{completer: newCompleter(s), shell: s, tty: tty, keys: keys}
}

// complete is the editor's WordCompleter. It returns one word at most, so that nothing is left to
// the editor to ask.
func (t *tab) complete(line string, pos int) (head string, words []string, tail string) {
	head, words, tail = t.completer.complete(line, pos)
	begun := string([]rune(line)[utf8.RuneCountInString(head):pos])
	again := t.last == at(line, pos)
	word, spaced := begun, false
	defer func() { t.keys.completed(spaced) }()
	switch len(words) {
	case 0:
		return head, nil, tail
	case 1:
		behind := blankBehind(words[0], tail)
		word, spaced = words[0]+behind, behind != ""
	default:
		if common := commonPrefix(words); len(common) >= len(begun) && strings.EqualFold(common[:len(begun)], begun) {
			word = common
		}
		if word == begun && again {
			t.list(line, pos, words)
		}
	}
	t.last = at(head+word+tail, utf8.RuneCountInString(head+word))
	return head, []string{word}, tail
}

// at returns a line with its cursor.
func at(line string, pos int) string { return fmt.Sprint(pos, ":", line) }

// blankBehind returns the blank that a whole word gets, unless more of it is to come or there is
// one already.
func blankBehind(word, tail string) string {
	if strings.HasSuffix(word, "(") || strings.HasSuffix(word, "=") || strings.HasSuffix(word, ".") ||
		strings.HasSuffix(word, "/") || tail != "" && strings.ContainsAny(tail[:1], " \t,;)") {
		return ""
	}
	return " "
}

// commonPrefix returns what all words begin with, in the case of the first one.
func commonPrefix(words []string) string {
	common := words[0]
	for _, w := range words[1:] {
		n := 0
		for n < len(common) && n < len(w) && strings.EqualFold(common[:n+1], w[:n+1]) {
			n++
		}
		common = common[:n]
	}
	for !utf8.ValidString(common) {
		common = common[:len(common)-1]
	}
	return common
}

// list prints words below the line, as many as the screen has room for, and leaves the cursor
// where the editor draws the line again.
func (t *tab) list(line string, pos int, words []string) {
	columns, rows, err := term.GetSize(int(t.tty.Fd()))
	if err != nil || columns <= 0 || rows <= 0 {
		columns, rows = 80, 24
	}
	all, cursor := t.rows(line, columns), t.rows(string([]rune(line)[:pos]), columns)
	var b strings.Builder
	b.WriteString(strings.Repeat("\n", all-cursor+1))
	for _, l := range layOut(words, columns, rows-all-1) {
		b.WriteString(l + "\n")
	}
	// The editor clears the rows that the line had, upwards from the last of them.
	b.WriteString(strings.Repeat("\n", all-1))
	if all > cursor {
		fmt.Fprintf(&b, "\x1b[%dA", all-cursor)
	}
	fmt.Fprint(t.shell.screen, b.String())
}

// rows returns how many rows a line takes behind the prompt.
func (t *tab) rows(line string, columns int) int {
	return (runewidth.StringWidth(t.prompt+line) + columns) / columns
}

// layOut returns the lines of a list in columns, at most the given number, of which the last says
// how many words it leaves out.
func layOut(words []string, columns, most int) []string {
	widest := 0
	for _, w := range words {
		widest = max(widest, runewidth.StringWidth(w))
	}
	across := max(1, (columns+1)/(widest+2))
	down := (len(words) + across - 1) / across
	left := 0
	if most = max(most, 1); down > most {
		down = max(most-1, 1)
		left = max(len(words)-down*across, 0)
		words = words[:len(words)-left]
	}
	var lines []string
	for row := range down {
		var b strings.Builder
		for i := row; i < len(words); i += down {
			b.WriteString(runewidth.FillRight(runewidth.Truncate(words[i], columns-1, "…"), widest+2))
		}
		lines = append(lines, strings.TrimRight(b.String(), " "))
	}
	if left > 0 {
		lines = append(lines, fmt.Sprintf("… and %d more", left))
	}
	return lines
}
