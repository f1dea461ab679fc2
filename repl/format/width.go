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
	if plain(text) {
		return len(text)
	}
	return cells.StringWidth(string(text))
}

// plain reports whether s is printable ASCII alone, as nearly all is: every byte is shown as
// it is, in one cell.
func plain[T string | []byte](s T) bool {
	for i := range len(s) {
		if s[i]-' ' >= 0x7f-' ' {
			return false
		}
	}
	return true
}

// begin returns the beginning of an escaped text that takes no more cells than room, but no less
// than a character.
func begin(text []byte, room int) []byte {
	if len(text) <= room {
		return text
	}
	// Marks without a width may follow each other without end.
	some := text[:min(len(text), 64*(room+1))]
	if plain(some) {
		return text[:max(room, 1)]
	}
	if n := len(cells.Truncate(string(some), room, "")); n > 0 {
		return text[:n]
	}
	_, n := utf8.DecodeRune(text)
	return text[:n]
}

// shorten returns an escaped text cut to a width, with an ellipsis at its end, and its width
// then.
func shorten(text []byte, room int) ([]byte, int) {
	if room < 1 {
		return nil, 0
	}
	short := []byte("…")
	if room > 1 {
		if start := begin(text, room-1); width(start) < room {
			short = append(start[:len(start):len(start)], short...)
		}
	}
	return short, width(short)
}
