package format

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"sockstat/vtab/table"
)

var quoteFormat = Format{
	Name: "quote", Doc: "values as they stand in SQL, with commas between them",
	Options: Headers,
	encode:  encodeQuote,
}

// encodeQuote prints values as literals of SQL.
func encodeQuote(o *output, r Result, s *Settings) error {
	columns := r.Columns()
	if s.Headers {
		for i, name := range columns {
			if i > 0 {
				o.buf = append(o.buf, ',')
			}
			o.buf = appendLiteral(o.buf, table.String(name))
		}
		o.buf = append(o.buf, '\n')
	}
	return eachRow(o, r, func() {
		o.literals(r, len(columns))
		o.buf = append(o.buf, '\n')
	})
}

// literals appends the values of a row as literals of SQL.
func (o *output) literals(r Result, n int) {
	for i := range n {
		if o.full() {
			return
		}
		if i > 0 {
			o.buf = append(o.buf, ',')
		}
		o.buf = appendLiteral(o.buf, r.Value(i))
	}
}

// appendLiteral appends a value as a literal of SQL that has exactly its value. What could act on a
// terminal or not be seen is written with the function unistr, as the shell of SQLite does.
func appendLiteral(dst []byte, v table.Value) []byte {
	switch v.Kind() {
	case table.KindNull:
		return append(dst, "NULL"...)
	case table.KindBlob:
		return fmt.Appendf(dst, "x'%x'", v.Bytes())
	case table.KindReal:
		if f := v.Float(); math.IsInf(f, 0) {
			return append(dst, map[bool]string{true: "9.0e+999", false: "-9.0e+999"}[f > 0]...)
		}
		return v.Append(dst)
	case table.KindInteger:
		return v.Append(dst)
	}
	text := v.Bytes()
	switch {
	case !utf8.ValidString(text):
		return fmt.Appendf(dst, "CAST(x'%x' AS TEXT)", text)
	case clean(text) == len(text):
		return append(append(append(dst, '\''), strings.ReplaceAll(text, "'", "''")...), '\'')
	}
	return appendUnistr(dst, text)
}

// appendUnistr appends a call of unistr that returns a text.
func appendUnistr(dst []byte, text string) []byte {
	dst = append(dst, "unistr('"...)
	for _, r := range text {
		switch c := string(r); {
		case r == '\\' || r == '\'':
			dst = append(append(dst, c...), c...)
		case clean(c) == len(c):
			dst = append(dst, c...)
		case r > 0xffff:
			dst = fmt.Appendf(dst, `\+%06x`, r)
		default:
			dst = fmt.Appendf(dst, `\u%04x`, r)
		}
	}
	return append(dst, "')"...)
}
