package format

import "strings"

var listFormat = Format{
	Name: "list", Doc: "values with a separator between them, |",
	Options: Headers | NullValue | Separator,
	encode:  encodeList,
}

// encodeList prints values with a separator between them.
func encodeList(o *output, r Result, s *Settings) error {
	separator := s.Separator
	if separator == "" {
		separator = "|"
	}
	separator = escapeSeparator(separator)
	columns := r.Columns()
	if s.Headers {
		for i, name := range columns {
			if i > 0 {
				o.buf = append(o.buf, separator...)
			}
			o.buf = AppendEscaped(o.buf, name)
		}
		o.buf = append(o.buf, '\n')
	}
	return eachRow(o, r, func() {
		for i := range columns {
			if o.full() {
				return
			}
			if i > 0 {
				o.buf = append(o.buf, separator...)
			}
			o.buf = appendCell(o.buf, r.Value(i), s)
		}
		o.buf = append(o.buf, '\n')
	})
}

// escapeSeparator returns a separator with all but tabs and ends of lines escaped as in values:
// a file of commands may set it, which others wrote.
func escapeSeparator(s string) string {
	var escaped []byte
	for s != "" {
		n := strings.IndexAny(s+"\n", "\t\n")
		escaped = AppendEscaped(escaped, s[:n])
		if n < len(s) {
			escaped = append(escaped, s[n])
			n++
		}
		s = s[n:]
	}
	return string(escaped)
}
