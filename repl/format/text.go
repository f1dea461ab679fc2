package format

import (
	"io"
	"iter"
	"strings"
)

// maxNames is how wide the column of names in PrintPairs gets.
const maxNames = 26

// PrintPairs prints names with what they mean, aligned and escaped. What a longer name
// means follows on the next line.
func PrintPairs(w io.Writer, pairs iter.Seq2[string, string]) error {
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
		o.buf = AppendEscaped(o.buf, doc)
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
