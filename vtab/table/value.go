package table

import (
	"math"
	"strconv"
	"strings"
)

// Kind is the storage class of a Value, one of SQLite's five.
type Kind uint8

// The storage classes.
const (
	KindNull Kind = iota
	KindInteger
	KindReal
	KindText
	KindBlob
)

// Value is an SQLite value. The zero Value is NULL.
type Value struct {
	text string
	num  uint64 // an integer, or the bits of a real
	kind Kind
}

// Null returns NULL.
func Null() Value { return Value{} }

// Int returns an INTEGER.
func Int[N ~int | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32](n N) Value {
	return Value{kind: KindInteger, num: uint64(int64(n))}
}

// Uint returns an INTEGER, or the nearest REAL for a number beyond its range.
func Uint(n uint64) Value {
	if n > math.MaxInt64 {
		return Float(float64(n))
	}
	return Value{kind: KindInteger, num: n}
}

// Bool returns the INTEGER 1 or 0, SQLite's truth values.
func Bool(b bool) Value {
	if b {
		return Int(1)
	}
	return Int(0)
}

// Float returns a REAL; NaN becomes NULL, as it does in SQLite.
func Float(f float64) Value {
	if math.IsNaN(f) {
		return Null()
	}
	return Value{kind: KindReal, num: math.Float64bits(f)}
}

// FloatAs returns a REAL with the text that an SQLite engine casts it to. Which digits those
// are only the engine knows: not always the fewest that read back.
func FloatAs(f float64, text string) Value {
	v := Float(f)
	if !v.IsNull() {
		v.text = text
	}
	return v
}

// String returns a TEXT.
func String(s string) Value { return Value{kind: KindText, text: s} }

// static in num marks a text that lives at least as long as the rows do.
const static = 1

// Static returns a TEXT that SQLite need not copy. The bytes have to stay what and where
// they are as long as the table's rows are used: those of a constant do, and those of a
// string that the row or something it points to keeps.
func Static(s string) Value { return Value{kind: KindText, text: s, num: static} }

// Blob returns a BLOB with the bytes of s.
func Blob(s string) Value { return Value{kind: KindBlob, text: s} }

// NonZero returns an INTEGER, or NULL for 0.
func NonZero[N ~int | ~int32 | ~uint16 | ~uint32](n N) Value {
	if n == 0 {
		return Null()
	}
	return Int(n)
}

// NonEmpty returns a TEXT, or NULL for an empty one.
func NonEmpty(s string) Value {
	if s == "" {
		return Null()
	}
	return String(s)
}

// Kind returns the storage class.
func (v Value) Kind() Kind { return v.kind }

// IsStatic reports whether the value is a TEXT made by [Static].
func (v Value) IsStatic() bool { return v.kind == KindText && v.num == static }

// Copied returns the value, of which SQLite has to make a copy.
func (v Value) Copied() Value {
	if v.kind == KindText {
		v.num = 0
	}
	return v
}

// IsNull reports whether the value is NULL.
func (v Value) IsNull() bool { return v.kind == KindNull }

// Int returns the number of an INTEGER.
func (v Value) Int() int64 { return int64(v.num) }

// Float returns the number of a REAL.
func (v Value) Float() float64 { return math.Float64frombits(v.num) }

// Bytes returns the bytes of a TEXT or BLOB.
func (v Value) Bytes() string { return v.text }

// Clone returns the value with memory of its own.
func (v Value) Clone() Value {
	v.text = strings.Clone(v.text)
	return v
}

// Append appends the value as SQLite would cast it to text; NULL appends nothing.
func (v Value) Append(dst []byte) []byte {
	switch v.kind {
	case KindInteger:
		return strconv.AppendInt(dst, v.Int(), 10)
	case KindReal:
		if v.text == "" {
			return appendReal(dst, v.Float())
		}
	}
	return append(dst, v.text...)
}

// String returns the value as SQLite would cast it to text, "" for NULL.
func (v Value) String() string {
	if v.kind == KindText || v.kind == KindBlob {
		return v.text
	}
	return string(v.Append(nil))
}

// Integer returns the integer that the value equals when it is compared with an INTEGER
// column, where text that looks like a number counts as one. It is not ok if there is no
// such integer, or no certainty.
func (v Value) Integer() (n int64, ok bool) {
	switch v.kind {
	case KindInteger:
		return v.Int(), true
	case KindReal:
		f := v.Float()
		if f != math.Trunc(f) || math.Abs(f) > 1<<53 {
			return 0, false
		}
		return int64(f), true
	case KindText:
		n, err := strconv.ParseInt(strings.Trim(v.text, " \t\n\v\f\r"), 10, 64)
		return n, err == nil
	}
	return 0, false
}
