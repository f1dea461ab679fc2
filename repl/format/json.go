package format

import (
	"math"
	"strconv"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"sockstat/vtab/table"
)

var jsonFormat = Format{
	Name: "json", Doc: "an array with one object a line, exact",
	encode: encodeJSON,
}

// encodeJSON prints an array of objects, one a line. After an error the array is left
// open, so that what was cut off is not taken for the whole.
func encodeJSON(o *output, r Result, s *Settings) error {
	keys := objectKeys(r.Columns())
	before := "["
	err := eachRow(o, r, func() {
		o.buf = append(o.buf, before...)
		o.appendObject(r, keys)
		before = ",\n"
	})
	if err != nil {
		return err
	}
	if before == "[" {
		o.buf = append(o.buf, '[')
	}
	o.buf = append(o.buf, "]\n"...)
	return nil
}

// objectKeys returns what stands before each value of an object. Of names that occur several times
// the second has _2 behind it and so on: of two members of one name, readers drop one.
func objectKeys(columns []string) []string {
	keys, used := make([]string, len(columns)), map[string]bool{}
	for _, name := range columns {
		used[name] = false // and is to be left to whom it belongs to
	}
	for i, name := range columns {
		unique := name
		if used[name] {
			for n, taken := 2, true; taken; n++ {
				unique = name + "_" + strconv.Itoa(n)
				_, taken = used[unique]
			}
		}
		used[unique] = true
		start := ","
		if i == 0 {
			start = "{"
		}
		keys[i] = start + string(appendJSONText(nil, unique)) + ":"
	}
	return keys
}

// appendObject appends the row of a result as an object.
func (o *output) appendObject(r Result, keys []string) {
	for i, key := range keys {
		if o.full() {
			return
		}
		o.buf = appendJSON(append(o.buf, key...), r.Value(i))
	}
	o.buf = append(o.buf, '}')
}

// appendJSON appends a value: a blob as a string of hexadecimal digits as by SQLite's
// hex(), an infinity, for which JSON has no number, as one too large for any machine.
func appendJSON(dst []byte, v table.Value) []byte {
	switch v.Kind() {
	case table.KindNull:
		return append(dst, "null"...)
	case table.KindReal:
		if math.IsInf(v.Float(), 0) {
			if v.Float() < 0 {
				dst = append(dst, '-')
			}
			return append(dst, "1e999"...)
		}
	case table.KindText:
		return appendJSONText(dst, v.Bytes())
	case table.KindBlob:
		dst = append(dst, '"')
		for _, c := range []byte(v.Bytes()) {
			dst = append(dst, "0123456789ABCDEF"[c>>4], "0123456789ABCDEF"[c&15])
		}
		return append(dst, '"')
	}
	return v.Append(dst)
}

// appendJSONText appends a string. JSON's own escapes also take the place of [Escape]'s,
// which leaves the data exact, except that a byte that is not UTF-8, which JSON cannot
// carry, becomes U+FFFD.
func appendJSONText(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for {
		n := verbatim(s)
		dst = append(dst, s[:n]...)
		if n == len(s) {
			return append(dst, '"')
		}
		s = s[n:]
		if s[0] < utf8.RuneSelf {
			dst, s = appendJSONByte(dst, s[0]), s[1:]
			continue
		}
		r, size := utf8.DecodeRuneInString(s)
		if high, low := utf16.EncodeRune(r); hidden(r) && high != unicode.ReplacementChar {
			dst = appendUnicode(appendUnicode(dst, high), low) // JSON escapes units of UTF-16
		} else if hidden(r) {
			dst = appendUnicode(dst, r)
		} else {
			dst = utf8.AppendRune(dst, r)
		}
		s = s[size:]
	}
}

// verbatim returns the length of the beginning of s that JSON and TSV carry as it is, which is nearly
// always all of it: printable ASCII but for the quote and the backslash.
func verbatim(s string) int {
	for i := range len(s) {
		if c := s[i]; c-' ' >= 0x7f-' ' || c == '"' || c == '\\' {
			return i
		}
	}
	return len(s)
}

// appendJSONByte appends an ASCII character of a string that is not as it is.
func appendJSONByte(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, `\n`...)
	case '\t':
		return append(dst, `\t`...)
	case '\r':
		return append(dst, `\r`...)
	}
	return appendUnicode(dst, rune(c))
}
