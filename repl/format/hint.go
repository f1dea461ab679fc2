package format

import (
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// PrintError prints an error as one line that says whose it is, escaped. Of an error that has a
// method Place, the line of the statement follows with a caret under the place, and of one that
// has a method Hint a line with that.
func PrintError(w io.Writer, err error) error {
	line := append(AppendEscaped([]byte("sockstat: "), err.Error()), '\n')
	var p interface {
		Place() (line string, at int)
	}
	if errors.As(err, &p) {
		if text, at := p.Place(); at >= 0 && at <= len(text) {
			line = appendExcerpt(line, text, at)
		}
	}
	var h interface{ Hint() string }
	if errors.As(err, &h) && h.Hint() != "" {
		line = append(AppendEscaped(append(line, "sockstat: hint: "...), h.Hint()), '\n')
	}
	_, err = w.Write(line)
	return err
}

// WithHint returns an error with a hint that [PrintError] prints: what to do about it. It
// takes the place of a hint that the error has.
func WithHint(err error, hint string) error { return hinted{err, hint} }

// hinted is an error with a hint.
type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }
func (h hinted) Hint() string  { return h.hint }

// The width of an excerpt, and how much of it stands before the place at most.
const (
	excerptWidth  = 74
	excerptBefore = 50
)

// appendExcerpt appends a line of a statement, as much of it as there is room for, and a caret
// under the place that is so many bytes behind its beginning.
func appendExcerpt(dst []byte, line string, at int) []byte {
	line = strings.ReplaceAll(line, "\t", " ")
	before, after := []byte(nil), AppendEscaped(nil, strings.TrimRight(line[at:], " "))
	start := at
	for start > 0 {
		_, size := utf8.DecodeLastRuneInString(line[:start])
		longer := AppendEscaped(nil, line[start-size:at])
		if width(longer) > excerptBefore && width(AppendEscaped(nil, line)) > excerptWidth {
			before = append([]byte("…"), before...)
			break
		}
		before, start = longer, start-size
	}
	if start == 0 { // what is before the statement on its line is of no interest
		trimmed := strings.TrimLeft(string(before), " ")
		before = []byte(trimmed)
	}
	column := width(before)
	if room := excerptWidth - column; width(after) > room {
		for width(after) > room-1 {
			_, size := utf8.DecodeLastRune(after)
			after = after[:len(after)-size]
		}
		after = append(after, "…"...)
	}
	dst = append(append(append(dst, "    "...), before...), after...)
	dst = append(dst, "\n    "...)
	for range column {
		dst = append(dst, ' ')
	}
	return append(dst, "^\n"...)
}
