package table

import (
	"math"
	"strings"
	"testing"
	"unsafe"
)

type port uint16

func TestValues(t *testing.T) {
	for _, c := range []struct {
		name string
		v    Value
		kind Kind
		text string
	}{
		{"null", Null(), KindNull, ""},
		{"zero", Value{}, KindNull, ""},
		{"int", Int(-7), KindInteger, "-7"},
		{"port", Int(port(65535)), KindInteger, "65535"},
		{"least", Int(int64(math.MinInt64)), KindInteger, "-9223372036854775808"},
		{"uint", Uint(math.MaxInt64), KindInteger, "9223372036854775807"},
		{"beyond", Uint(math.MaxInt64 + 1), KindReal, "9.223372036854776e+18"},
		{"true", Bool(true), KindInteger, "1"},
		{"false", Bool(false), KindInteger, "0"},
		{"real", Float(-0.5), KindReal, "-0.5"},
		{"nan", Float(math.NaN()), KindNull, ""},
		{"string", String("a\x00b"), KindText, "a\x00b"},
		{"empty", String(""), KindText, ""},
		{"static", Static("x"), KindText, "x"},
		{"blob", Blob("\xff\x00"), KindBlob, "\xff\x00"},
		{"nonzero", NonZero(3), KindInteger, "3"},
		{"no zero", NonZero(port(0)), KindNull, ""},
		{"nonempty", NonEmpty("y"), KindText, "y"},
		{"no empty", NonEmpty(""), KindNull, ""},
	} {
		if c.v.Kind() != c.kind || c.v.IsNull() != (c.kind == KindNull) || c.v.String() != c.text {
			t.Errorf("%s: kind %d, null %t, %q", c.name, c.v.Kind(), c.v.IsNull(), c.v.String())
		}
		if got := string(c.v.Append([]byte("> "))); got != "> "+c.text {
			t.Errorf("%s: appended %q", c.name, got)
		}
		if c.v.IsStatic() != (c.name == "static") {
			t.Errorf("%s: static %t", c.name, c.v.IsStatic())
		}
	}
}

func TestValueGivesBackWhatItIsMadeOf(t *testing.T) {
	if n := Int(int32(-5)).Int(); n != -5 {
		t.Error(n)
	}
	if f := Float(math.Pi).Float(); f != math.Pi {
		t.Error(f)
	}
	if s := Blob("bytes").Bytes(); s != "bytes" {
		t.Error(s)
	}
}

func TestCloneHasMemoryOfItsOwn(t *testing.T) {
	bytes := []byte("before")
	v := String(unsafe.String(&bytes[0], len(bytes)))
	own := v.Clone()
	copy(bytes, "after!")
	if v.Bytes() != "after!" || own.Bytes() != "before" {
		t.Errorf("%q, clone %q", v.Bytes(), own.Bytes())
	}
	if n := Int(3).Clone(); n != Int(3) {
		t.Errorf("clone of a number: %v", n)
	}
}

// SQLite prints 17 significant digits at most; a REAL is told from an INTEGER.
func TestReals(t *testing.T) {
	for f, want := range map[float64]string{
		0: "0.0", 1: "1.0", -2.5: "-2.5", 0.30000000000000004: "0.30000000000000004", 1e14: "100000000000000.0", 1e15: "1000000000000000.0", 1e16: "10000000000000000.0", 1e17: "1.0e+17", math.Copysign(0, -1): "0.0",
		123456789012345678: "1.2345678901234568e+17", 1e-4: "0.0001", 1.5e-5: "1.5e-05", -1e300: "-1.0e+300",
		math.Inf(1): "Inf", math.Inf(-1): "-Inf",
	} {
		if got := Float(f).String(); got != want {
			t.Errorf("%g: %s, want %s", f, got, want)
		}
	}
	if got := string(Float(1e20).Append([]byte("e."))); got != "e.1.0e+20" {
		t.Errorf("behind other text: %s", got)
	}
}

func TestIntegers(t *testing.T) {
	for _, c := range []struct {
		v    Value
		want int64
		ok   bool
	}{
		{Int(-3), -3, true}, {Float(7), 7, true}, {Float(7.5), 0, false}, {Float(1 << 53), 1 << 53, true},
		{Float(1 << 54), 0, false}, {Float(math.Inf(1)), 0, false}, {String("7"), 7, true}, {String(" \t-7\r\n"), -7, true},
		{String("7x"), 0, false}, {String("7.0"), 0, false}, {String(""), 0, false}, {String("9223372036854775808"), 0, false},
		{Blob("7"), 0, false}, {Null(), 0, false},
	} {
		if n, ok := c.v.Integer(); ok != c.ok || ok && n != c.want {
			t.Errorf("%s (kind %d): %d, %t", c.v, c.v.Kind(), n, ok)
		}
	}
}

// Values lie in rows by the million: a larger one would be felt.
func TestValueIsSmall(t *testing.T) {
	if size := unsafe.Sizeof(Value{}); size > 32 {
		t.Errorf("a value has %d bytes", size)
	}
	long := strings.Repeat("x", 1000)
	if n := testing.AllocsPerRun(100, func() { _ = String(long).Bytes() + Int(3).Bytes() }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
