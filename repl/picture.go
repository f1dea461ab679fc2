package repl

import (
	"strings"
	"unicode/utf8"
)

// The editor takes control characters for keys, and cannot show them. In a line that is edited
// they are the pictures that Unicode has of them: ␉ for a tab, and ↵ for the end of a line. Who
// means such a picture itself gets joined behind it, which takes no room.
const (
	pictures    = '\u2400' // of 0x00, and so on to 0x1f
	pictureDEL  = '\u2421'
	pictureLine = '↵'
	joined      = '\u2060' // WORD JOINER
)

// picture returns what stands for a character in a line that is edited, and whether it is one of
// those that have such a picture.
func picture(r rune) (rune, bool) {
	switch {
	case r == '\n':
		return pictureLine, true
	case r < ' ':
		return pictures + r, true
	case r == 0x7f:
		return pictureDEL, true
	}
	return r, false
}

// pictured returns the character that a picture is of, and whether it is one.
func pictured(r rune) (rune, bool) {
	switch {
	case r == pictureLine:
		return '\n', true
	case r == pictureDEL:
		return 0x7f, true
	case pictures <= r && r < pictures+' ':
		return r - pictures, true
	}
	return r, false
}

// editable returns a text as the editor has it, on one line.
func editable(text string) string {
	var b strings.Builder
	for _, r := range text {
		appendEditable(&b, r)
	}
	return b.String()
}

// appendEditable appends a character as the editor has it.
func appendEditable(b *strings.Builder, r rune) {
	p, _ := picture(r)
	b.WriteRune(p)
	if _, is := pictured(r); is {
		b.WriteRune(joined)
	}
}

// edited returns the text that a line of the editor stands for.
func edited(line string) string {
	var b strings.Builder
	for line != "" {
		r, n := utf8.DecodeRuneInString(line)
		line = line[n:]
		c, is := pictured(r)
		if rest, itself := strings.CutPrefix(line, string(joined)); is && itself {
			c, line = r, rest
		}
		b.WriteRune(c)
	}
	return b.String()
}
