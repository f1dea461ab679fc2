package format

import (
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// cells counts columns of a terminal. It does not look at the locale, so that output is
// the same everywhere.
var cells = &runewidth.Condition{StrictEmojiNeutral: true}

// width returns the number of cells that an escaped text takes on a terminal.
func width(text []byte) int {
	for _, c := range text {
		if c >= utf8.RuneSelf {
			return cells.StringWidth(string(text))
		}
	}
	return len(text)
}

// plain reports whether s is printable ASCII alone, as nearly all is: every byte is shown as
// it is, in one cell.
func plain(s string) bool {
	for i := range len(s) {
		if s[i]-' ' >= 0x7f-' ' {
			return false
		}
	}
	return true
}
