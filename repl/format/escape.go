package format

import "unicode/utf8"

// Escape returns s with everything that could act on a terminal, hide text or change its
// order shown as an escape: control characters, bidirectional controls, line and paragraph
// separators, and bytes that are not UTF-8. Every text that others may have written is
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

// hidden reports whether a character acts instead of being seen. All of them are below
// U+FFFF.
func hidden(r rune) bool {
	switch {
	case r < ' ', 0x7f <= r && r <= 0x9f: // C0, DEL, C1
		return true
	case r == 0x061c, r == 0x200e, r == 0x200f: // marks of direction
		return true
	case 0x2028 <= r && r <= 0x202e: // separators, embeddings and overrides
		return true
	case 0x2066 <= r && r <= 0x2069: // isolates
		return true
	}
	return false
}

const hexDigits = "0123456789abcdef"

// appendHex appends a byte as two hexadecimal digits.
func appendHex(dst []byte, c byte) []byte {
	return append(dst, hexDigits[c>>4], hexDigits[c&15])
}

// appendUnicode appends a character below U+FFFF as \uXXXX, an escape of JSON too.
func appendUnicode(dst []byte, r rune) []byte {
	return appendHex(appendHex(append(dst, `\u`...), byte(r>>8)), byte(r))
}
