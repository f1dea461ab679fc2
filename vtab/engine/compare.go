package engine

import (
	"cmp"
	"hash/maphash"
	"math"
	"strings"

	"sockstat/vtab/table"
)

// form is what of a value counts when values are compared.
type form uint8

const (
	// asNumber compares numbers: an INTEGER equals a REAL of the same value.
	asNumber form = iota
	// asText compares texts byte by byte, SQLite's collation BINARY.
	asText
	// asFolded compares them without regard to the case of ASCII letters, NOCASE.
	asFolded
	// asTrimmed compares them without regard to blanks at the end, RTRIM.
	asTrimmed
	// asNumberInText compares the integers that texts look like. What looks like another
	// number is not compared, see numberIn.
	asNumberInText
	// unknown stands for a collation that somebody else defined.
	unknown
)

// formOf returns the form in which a collation compares texts.
func formOf(collation string) form {
	switch strings.ToUpper(collation) {
	case "BINARY":
		return asText
	case "NOCASE":
		return asFolded
	case "RTRIM":
		return asTrimmed
	}
	return unknown
}

// value returns a value in a form in which [form.hash] and [form.compare] take it. It is not
// certain if it may equal values that it does not equal in that form.
func (f form) value(v table.Value) (in table.Value, certain bool) {
	switch {
	case f == asNumber && v.Kind() == table.KindReal:
		return whole(v), true
	case f == asNumberInText && v.Kind() == table.KindText:
		n, class := numberIn(v.Bytes())
		if class == isInteger {
			return table.Int(n), true
		}
		return v, class == isNoNumber
	}
	return v, true
}

// whole returns a REAL as the INTEGER that it equals, if there is one.
func whole(v table.Value) table.Value {
	const limit = 1 << 63
	if f := v.Float(); f >= -limit && f < limit && f == math.Trunc(f) {
		return table.Int(int64(f))
	}
	return v
}

var seed = maphash.MakeSeed()

// hash extends a hash by a value. Values that are the same have the same hash.
func (f form) hash(h uint64, v table.Value) uint64 {
	x := uint64(v.Int()) // of a REAL the bits
	if v.Kind() == table.KindText {
		switch f {
		case asFolded:
			x = hashFolded(v.Bytes())
		case asTrimmed:
			x = maphash.String(seed, strings.TrimRight(v.Bytes(), " "))
		default:
			x = maphash.String(seed, v.Bytes())
		}
	}
	h = (h ^ x) * 0x9e3779b97f4a7c15 // 2^64 over the golden ratio, as in Fibonacci hashing
	return h ^ h>>32
}

// hashFolded hashes a text without regard to case (FNV-1a). NOCASE compares texts up to a
// NUL only.
func hashFolded(s string) uint64 {
	h := uint64(0xcbf29ce484222325)
	for i := 0; i < len(s) && s[i] != 0; i++ {
		h = (h ^ uint64(fold(s[i]))) * 0x100000001b3
	}
	return h
}

// fold returns an ASCII letter in lower case, any other byte as it is.
func fold(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

// same reports whether two values are of one class and equal.
func (f form) same(a, b table.Value) bool {
	if a.Kind() != b.Kind() {
		return false
	}
	switch {
	case a.Kind() == table.KindText && f != asText:
		return f.compareTexts(a.Bytes(), b.Bytes()) == 0
	case a.Kind() == table.KindText || a.Kind() == table.KindBlob:
		return a.Bytes() == b.Bytes()
	}
	return a.Int() == b.Int()
}

// compare compares values as SQLite does: NULL comes before numbers, numbers before texts,
// texts before blobs.
func (f form) compare(a, b table.Value) int {
	x, y := class(a), class(b)
	switch {
	case x != y:
		return cmp.Compare(x, y)
	case x == class(table.Int(0)):
		return compareNumbers(a, b)
	case a.Kind() == table.KindText:
		return f.compareTexts(a.Bytes(), b.Bytes())
	}
	return strings.Compare(a.Bytes(), b.Bytes())
}

// class returns the place of a value's class among the classes.
func class(v table.Value) uint8 {
	if v.Kind() <= table.KindInteger {
		return uint8(v.Kind())
	}
	return uint8(v.Kind()) - 1 // a REAL is a number as well
}

// compareNumbers compares an INTEGER or REAL with another, without rounding.
func compareNumbers(a, b table.Value) int {
	switch {
	case a.Kind() == b.Kind() && a.Kind() == table.KindInteger:
		return cmp.Compare(a.Int(), b.Int())
	case a.Kind() == b.Kind():
		return cmp.Compare(a.Float(), b.Float())
	case a.Kind() == table.KindReal:
		return -compareNumbers(b, a)
	}
	const limit = 1 << 63
	f := b.Float()
	switch {
	case f >= limit:
		return -1
	case f < -limit:
		return 1
	}
	if c := cmp.Compare(a.Int(), int64(f)); c != 0 { // the part before the point
		return c
	}
	return cmp.Compare(math.Trunc(f), f)
}

// compareTexts compares texts as the collation does.
func (f form) compareTexts(a, b string) int {
	switch f {
	case asFolded:
		return compareFolded(a, b)
	case asTrimmed:
		return strings.Compare(strings.TrimRight(a, " "), strings.TrimRight(b, " "))
	}
	return strings.Compare(a, b)
}

// compareFolded does what NOCASE does: texts are compared up to a NUL, then by length.
func compareFolded(a, b string) int {
	for i := range min(len(a), len(b)) {
		x, y := fold(a[i]), fold(b[i])
		if x != y {
			return cmp.Compare(x, y)
		}
		if x == 0 {
			break
		}
	}
	return cmp.Compare(len(a), len(b))
}
