package format

var markdownFormat = Format{
	Name: "markdown", Doc: "a Markdown table",
	Options: NullValue,
	encode:  encodeMarkdown,
}

// encodeMarkdown prints a table as GitHub's Markdown has it, which cannot do without
// headers. Rows are not aligned, and so need not be held.
func encodeMarkdown(o *output, r Result, s *Settings) error {
	columns := r.Columns()
	for _, name := range columns {
		o.buf = append(o.buf, "| "...)
		o.buf = append(appendMarkdown(o.buf, Escape(name)), ' ')
	}
	o.buf = append(o.buf, "|\n"...)
	o.repeat("|---", len(columns))
	o.buf = append(o.buf, "|\n"...)
	var text []byte
	return eachRow(o, r, func() {
		for i := range columns {
			if o.full() {
				return
			}
			text = appendCell(text[:0], r.Value(i), s)
			o.buf = append(o.buf, "| "...)
			o.buf = append(appendMarkdown(o.buf, text), ' ')
		}
		o.buf = append(o.buf, "|\n"...)
	})
}

// appendMarkdown appends text with the characters escaped that would end the cell or begin
// an HTML element, and a backslash where it would escape what follows.
func appendMarkdown[T string | []byte](dst []byte, text T) []byte {
	for i := range len(text) {
		switch c := text[i]; {
		case c == '|', c == '<', c == '\\' && (i+1 == len(text) || punctuation(text[i+1])):
			dst = append(dst, '\\')
		}
		dst = append(dst, text[i])
	}
	return dst
}

// punctuation reports whether a backslash before the character escapes it.
func punctuation(c byte) bool {
	return '!' <= c && c <= '/' || ':' <= c && c <= '@' || '[' <= c && c <= '`' || '{' <= c && c <= '~'
}
