package format

import (
	"bytes"
	"io"
	"iter"
	"strings"
)

// maxNames is how wide the column of names in PrintPairs gets.
const maxNames = 26

// PrintPairs prints names with what they mean, aligned and escaped. What a longer name
// means follows on the next line. Lines longer than columns are broken at blanks, none if that is 0.
func PrintPairs(w io.Writer, columns int, pairs iter.Seq2[string, string]) error {
	longest := 0
	for name := range pairs {
		longest = max(longest, width([]byte(Escape(name))))
	}
	longest = min(longest, maxNames)
	o := &output{w: w}
	for name, doc := range pairs {
		start := len(o.buf)
		o.buf = AppendEscaped(o.buf, name)
		room := longest - width(o.buf[start:])
		if room < 0 && doc != "" {
			o.buf = append(o.buf, '\n')
			start, room = len(o.buf), longest
		}
		o.pad(room + 2)
		o.fold(doc, start, columns, strings.Repeat(" ", min(longest+2, max(columns/2, 2))))
		o.trimLine(start)
	}
	return o.flush()
}

// fold appends a text, escaped, to a line that begins at start. The next line begins with lead
// where the text would go beyond the columns, which may be 0 for any number.
func (o *output) fold(text string, start, columns int, lead string) {
	escaped := AppendEscaped(nil, text)
	if columns == 0 || width(o.buf[start:])+width(escaped) <= columns {
		o.buf = append(o.buf, escaped...)
		return
	}
	for i, word := range bytes.Split(escaped, []byte(" ")) {
		at := width(o.buf[start:])
		switch {
		case at+1+width(word) > columns && at > len(lead):
			o.trimLine(start)
			start = len(o.buf)
			o.buf = append(o.buf, lead...)
		case i > 0:
			o.buf = append(o.buf, ' ')
		}
		o.buf = append(o.buf, word...)
	}
}

// PrintDeclarations prints lines of SQL, of which the comments at their ends are broken at blanks
// where they would go beyond the columns, which may be 0 for any number.
func PrintDeclarations(w io.Writer, columns int, sql string) error {
	o := &output{w: w}
	for line := range strings.Lines(sql) {
		line = strings.TrimRight(line, "\n")
		start := len(o.buf)
		code, comment, _ := strings.Cut(line, "-- ")
		if code != line {
			o.buf = append(AppendEscaped(o.buf, code), "-- "...)
			o.fold(comment, start, columns, strings.Repeat(" ", min(width([]byte(Escape(code))), columns/2))+"-- ")
		} else {
			o.buf = AppendEscaped(o.buf, line)
		}
		o.trimLine(start)
	}
	return o.flush()
}

// PrintText prints lines, each escaped but for its tabs, which stay what they are.
func PrintText(w io.Writer, text string) error {
	o := &output{w: w}
	for line := range strings.Lines(text) {
		for i, part := range strings.Split(strings.TrimRight(line, "\r\n"), "\t") {
			if i > 0 {
				o.buf = append(o.buf, '\t')
			}
			o.buf = AppendEscaped(o.buf, part)
		}
		o.buf = append(o.buf, '\n')
	}
	return o.flush()
}
