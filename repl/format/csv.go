package format

import "sockstat/vtab/table"

var csvFormat = Format{
	Name: "csv", Doc: `comma-separated values as of RFC 4180, exact but on a terminal; NULL is empty, an empty text is ""`,
	Options: Headers,
	encode:  encodeCSV,
}

// encodeCSV prints RFC 4180: lines end with CR LF, and the bytes of a text are carried as
// they are; on a terminal they are escaped as in other formats. NULL is an empty field, an empty text is "". (A row of one NULL is so an empty
// line, which some readers skip.)
func encodeCSV(o *output, r Result, s *Settings) error {
	columns := r.Columns()
	if s.Headers {
		for i, name := range columns {
			if i > 0 {
				o.buf = append(o.buf, ',')
			}
			o.buf = appendCSV(o.buf, table.String(name), s)
		}
		o.buf = append(o.buf, "\r\n"...)
	}
	return eachRow(o, r, func() {
		for i := range columns {
			if o.full() {
				return
			}
			if i > 0 {
				o.buf = append(o.buf, ',')
			}
			o.buf = appendCSV(o.buf, r.Value(i), s)
		}
		o.buf = append(o.buf, "\r\n"...)
	})
}

// appendCSV appends a field.
func appendCSV(dst []byte, v table.Value, s *Settings) []byte {
	if k := v.Kind(); k != table.KindText && k != table.KindBlob {
		return v.Append(dst)
	}
	text := v.Bytes()
	if s.Screen != nil {
		text = Escape(text)
	}
	if bare(text) {
		return append(dst, text...)
	}
	dst = append(dst, '"')
	for i := range len(text) {
		if text[i] == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, text[i])
	}
	return append(dst, '"')
}

// bare reports whether a text needs no quotes.
func bare(s string) bool {
	for i := range len(s) {
		if c := s[i]; c == '"' || c == ',' || c == '\r' || c == '\n' {
			return false
		}
	}
	return s != "" && s[0] != ' ' && s[len(s)-1] != ' '
}
