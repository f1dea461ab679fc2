package engine

import (
	"strconv"
	"strings"
)

// numberClass says what a text is when it is compared with a number: SQLite takes it for
// one if all of it looks like one.
type numberClass uint8

const (
	isNoNumber numberClass = iota
	isInteger
	// mayBeNumber is a number with a fraction or beyond the range of integers, whose value
	// depends on how SQLite rounds, or what is not certain to be none.
	mayBeNumber
)

// blanks are what SQLite skips around a number.
const blanks = " \t\n\v\f\r"

// numberIn returns the integer that a text looks like, or what else it is.
func numberIn(text string) (int64, numberClass) {
	s := strings.Trim(text, blanks)
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n, isInteger
	}
	if strings.IndexByte(text, 0) < 0 && !looksLikeReal(s) {
		return 0, isNoNumber
	}
	return 0, mayBeNumber
}

// looksLikeReal reports whether a text is a number as SQL has it, or a name of a number that
// is not finite.
func looksLikeReal(s string) bool {
	s = strings.TrimLeft(s, "+-")
	if s != "" && strings.IndexByte("iInN", s[0]) >= 0 {
		switch strings.ToLower(s) {
		case "inf", "infinity", "nan":
			return true
		}
		return false
	}
	mantissa, exponent, hasExponent := cutExponent(s)
	before, after, _ := strings.Cut(mantissa, ".")
	if !digits(before) || !digits(after) || before+after == "" {
		return false
	}
	exponent = strings.TrimLeft(exponent, "+-")
	return !hasExponent || digits(exponent)
}

// cutExponent cuts a number around its e.
func cutExponent(s string) (mantissa, exponent string, found bool) {
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}

// digits reports whether a text has nothing but digits.
func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }
