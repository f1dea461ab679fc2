package format

var htmlFormat = Format{
	Name: "html", Doc: "the rows of an HTML table",
	Options: Headers | NullValue,
	encode:  encodeHTML,
}

// encodeHTML prints the rows of an HTML table, without the table element, one a line.
func encodeHTML(o *output, r Result, s *Settings) error {
	columns := r.Columns()
	if s.Headers {
		o.buf = append(o.buf, "<tr>"...)
		for _, name := range columns {
			o.buf = append(o.buf, "<th>"...)
			o.buf = appendHTML(o.buf, Escape(name))
			o.buf = append(o.buf, "</th>"...)
		}
		o.buf = append(o.buf, "</tr>\n"...)
	}
	var text []byte
	return eachRow(o, r, func() {
		o.buf = append(o.buf, "<tr>"...)
		for i := range columns {
			if o.full() {
				return
			}
			text = appendCell(text[:0], r.Value(i), s)
			o.buf = append(o.buf, "<td>"...)
			o.buf = appendHTML(o.buf, text)
			o.buf = append(o.buf, "</td>"...)
		}
		o.buf = append(o.buf, "</tr>\n"...)
	})
}

// appendHTML appends text with the characters that HTML gives a meaning escaped.
func appendHTML[T string | []byte](dst []byte, text T) []byte {
	for i := range len(text) {
		switch c := text[i]; c {
		case '&':
			dst = append(dst, "&amp;"...)
		case '<':
			dst = append(dst, "&lt;"...)
		case '>':
			dst = append(dst, "&gt;"...)
		case '"':
			dst = append(dst, "&quot;"...)
		case '\'':
			dst = append(dst, "&#39;"...)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}
