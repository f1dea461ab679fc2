package format

import (
	"unicode/utf8"

	"sockstat/vtab/table"
)

var tsvFormat = Format{
	Name: "tsv", Doc: `tab-separated values with backslash escapes as PostgreSQL has them; NULL is \N`,
	Options: Headers,
	encode:  encodeTSV,
}

// encodeTSV prints tab-separated values in the text format of PostgreSQL's COPY: \t, \n,
// \r, \\ and \N for NULL. What [Escape] would show as an escape is written byte by byte as
// \xXX, so that the data is both harmless on a terminal and exact.
func encodeTSV(o *output, r Result, s *Settings) error {
	columns := r.Columns()
	if s.Headers {
		for i, name := range columns {
			if i > 0 {
				o.buf = append(o.buf, '\t')
			}
			o.buf = appendTSV(o.buf, name)
		}
		o.buf = append(o.buf, '\n')
	}
	return eachRow(o, r, func() {
		for i := range columns {
			if o.full() {
				return
			}
			if i > 0 {
				o.buf = append(o.buf, '\t')
			}
			o.buf = appendTSVValue(o.buf, r.Value(i))
		}
		o.buf = append(o.buf, '\n')
	})
}

func appendTSVValue(dst []byte, v table.Value) []byte {
	switch v.Kind() {
	case table.KindNull:
		return append(dst, `\N`...)
	case table.KindText, table.KindBlob:
		return appendTSV(dst, v.Bytes())
	}
	return v.Append(dst)
}

// appendTSV appends a text, escaped.
func appendTSV(dst []byte, s string) []byte {
	for i := 0; i < len(s); {
		if n := verbatim(s[i:]); n > 0 {
			dst = append(dst, s[i:i+n]...)
			i += n
			continue
		}
		r, size := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[i:])
		}
		switch {
		case r == '\\':
			dst = append(dst, `\\`...)
		case r == '\t':
			dst = append(dst, `\t`...)
		case r == '\n':
			dst = append(dst, `\n`...)
		case r == '\r':
			dst = append(dst, `\r`...)
		case hidden(r), r == utf8.RuneError && size == 1:
			for _, c := range []byte(s[i : i+size]) {
				dst = appendHex(append(dst, `\x`...), c)
			}
		default:
			dst = append(dst, s[i:i+size]...)
		}
		i += size
	}
	return dst
}
