package format

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
