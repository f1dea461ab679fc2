package format

import (
	"unicode"
	"unicode/utf8"
)

// Escape returns s with everything that could act on a terminal, hide text, change its order
// or not be seen itself shown as an escape: control characters, bidirectional controls, line and
// paragraph separators, characters without a glyph of their own such as zero-width ones, and
// bytes that are not UTF-8. Every text that others may have written is
// printed through it, results and errors alike.
//
// A backslash stays as it is, for the names of systemd units and Windows paths are full of
// them: an escape cannot be told from a text that looks like one, and escaping twice is
// the same as once. Exact data is what csv, tsv and json are for.
func Escape(s string) string {
	if clean(s) == len(s) {
		return s
	}
	return string(AppendEscaped(nil, s))
}

// AppendEscaped appends [Escape] of s.
func AppendEscaped(dst []byte, s string) []byte {
	for {
		n := clean(s)
		dst, s = append(dst, s[:n]...), s[n:]
		if s == "" {
			return dst
		}
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == '\n':
			dst = append(dst, `\n`...)
		case r == '\t':
			dst = append(dst, `\t`...)
		case r == '\r':
			dst = append(dst, `\r`...)
		case r <= 0x7f, size == 1: // size 1 is a byte that is not UTF-8
			dst = appendHex(append(dst, `\x`...), s[0])
		default:
			dst = appendUnicode(dst, r)
		}
		s = s[size:]
	}
}

// clean returns the length of the prefix that can be shown as it is.
func clean(s string) int {
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if c < ' ' || c == 0x7f {
				return i
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if size == 1 || hidden(r) {
			return i
		}
		i += size
	}
	return len(s)
}

// hidden reports whether a character acts instead of being seen, or is not seen at all: two
// names that differ by it would look the same. Which these are Unicode says: controls (Cc), line
// and paragraph separators (Zl, Zp), format characters (Cf: bidirectional controls, joiners, the
// soft hyphen, the byte order mark, tags), and all others with the property
// Default_Ignorable_Code_Point (UAX #44), as variation selectors and the Hangul fillers.
func hidden(r rune) bool {
	switch {
	case r < ' ', 0x7f <= r && r <= 0x9f:
		return true
	case r < 0xad: // the first of the others
		return false
	case r == '\u2028', r == '\u2029':
		return true
	}
	return unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

const hexDigits = "0123456789abcdef"

// appendHex appends a byte as two hexadecimal digits.
func appendHex(dst []byte, c byte) []byte {
	return append(dst, hexDigits[c>>4], hexDigits[c&15])
}

// appendUnicode appends a character as \uXXXX, or \UXXXXXXXX beyond U+FFFF.
func appendUnicode(dst []byte, r rune) []byte {
	if r > 0xffff {
		dst = appendHex(appendHex(append(dst, `\U`...), byte(r>>24)), byte(r>>16))
		return appendHex(appendHex(dst, byte(r>>8)), byte(r))
	}
	return appendHex(appendHex(append(dst, `\u`...), byte(r>>8)), byte(r))
}
