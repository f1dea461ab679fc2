package engine

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"

	"sockstat/vtab/table"
)

// ordered are values of every class, in SQLite's order where texts are compared byte by byte.
var ordered = []table.Value{
	table.Null(), table.Int(int64(math.MinInt64)), table.Int(-1), table.Int(0), table.Int(7), table.Int(int64(math.MaxInt64)),
	table.Uint(math.MaxUint64), table.String(""), table.String("A"), table.Static("a"), table.String("a\x00"), table.String("é"),
	table.Blob(""), table.Blob("a"),
}

func TestCompareAndSame(t *testing.T) {
	for i, a := range ordered {
		for j, b := range ordered {
			want := max(-1, min(1, i-j))
			if got := asText.compare(a, b); got != want {
				t.Errorf("%q and %q (kinds %d and %d) compare as %d", a, b, a.Kind(), b.Kind(), got)
			}
			if got := asText.same(a, b); got != (i == j) {
				t.Errorf("%q and %q (kinds %d and %d): same %t", a, b, a.Kind(), b.Kind(), got)
			}
			if asText.rank(a) > asText.rank(b) && i <= j {
				t.Errorf("%q ranks above %q", a, b)
			}
		}
	}
	if !asText.same(table.Static("a"), table.String("a")) {
		t.Error("what a value is made by counts")
	}
}

// numbers are in order; SQLite compares an INTEGER with a REAL without rounding.
var numbers = []table.Value{
	table.Float(math.Inf(-1)), table.Float(-1e300), table.Int(int64(math.MinInt64)), table.Int(math.MinInt64 + 1), table.Float(-1 << 61), table.Float(-2.5), table.Int(-2),
	table.Float(-1.5), table.Int(-1), table.Float(-0.5), table.Int(0), table.Float(0.1), table.Int(1), table.Int(1<<53 + 1), table.Float(1<<53 + 2),
	table.Int(1<<61 - 1), table.Float(1 << 61), table.Int(1<<61 + 1), table.Int(int64(math.MaxInt64)), table.Uint(math.MaxUint64), table.Float(1e300), table.Float(math.Inf(1)),
}

func TestCompareNumbers(t *testing.T) {
	for i, a := range numbers {
		for j, b := range numbers {
			if got := asNumber.compare(a, b); got != max(-1, min(1, i-j)) {
				t.Errorf("%s and %s compare as %d", a, b, got)
			}
			x, certain := asNumber.value(a)
			y, _ := asNumber.value(b)
			if same := asNumber.same(x, y); same != (i == j) || !certain || same && asNumber.hash(0, x) != asNumber.hash(0, y) {
				t.Errorf("%s and %s: same %t", a, b, same)
			}
			if asNumber.rank(a) > asNumber.rank(b) && i <= j {
				t.Errorf("%s ranks above %s", a, b)
			}
		}
	}
	for _, f := range []float64{0, math.Copysign(0, -1), 7, -1 << 63} {
		x, _ := asNumber.value(table.Float(f))
		if x != table.Int(int64(f)) {
			t.Errorf("%v becomes %s", f, x)
		}
	}
}

// What the engine takes for the same has to be what SQLite does, in each collation.
func TestCollationsAreSQLites(t *testing.T) {
	texts := []string{"", " ", "  ", "a", "A", "a ", "A  ", "a\x00", "a\x00b", "A\x00c", "a\x00bb", "\x00", "ab", "AB", "Z", "[", "_", "z", "é", "É", "ab\t", "abcdefgh", "ABCDEFGI", "abcdefg"}
	c := ordinary(t)
	for name, f := range map[string]form{"BINARY": asText, "NOCASE": asFolded, "RTRIM": asTrimmed} {
		if formOf(strings.ToLower(name)) != f {
			t.Errorf("%s has another form", name)
		}
		for _, a := range texts {
			for _, b := range texts {
				s, _, err := c.prepare("SELECT (?1 > ?2 COLLATE " + name + ") - (?1 < ?2 COLLATE " + name + ")")
				if err != nil {
					t.Fatal(err)
				}
				x, y := table.String(a), table.String(b)
				if err := errors.Join(s.bind(0, x), s.bind(1, y)); err != nil {
					t.Fatal(err)
				}
				s.step()
				want := int(s.value(0).Int())
				s.close()
				if got := f.compare(x, y); got != want || f.same(x, y) != (want == 0) {
					t.Errorf("%q and %q compare as %d in %s, in SQLite as %d", a, b, got, name, want)
				}
				if want == 0 && f.hash(0, x) != f.hash(0, y) || want < 0 && f.rank(x) > f.rank(y) {
					t.Errorf("%q and %q in %s: hash or rank", a, b, name)
				}
			}
		}
	}
	if formOf("UINT") != unknown {
		t.Error("a collation of somebody else is known")
	}
}

// What is certain to be a number of some value, or none, has to be so for SQLite.
func TestNumberInIsSQLites(t *testing.T) {
	c := ordinary(t)
	for _, text := range []string{
		"", " ", "7", "+7", "-7", "007", " 7 ", "\t7\n", "7x", "x7", "7 7", "- 7", "--7", "7.", ".7", "7.0", "7e0", "7e", "7e+", "7E+1", "e7", ".", "+", "-", "1_0", "0x10",
		"9223372036854775807", "9223372036854775808", "-9223372036854775808", "inf", "Infinity", "nan", "NaN", "nginx", "if", "7\x00", "\x007", "７", "10.0.0.1", "\u00a07", "7\u00a0",
	} {
		s, _, err := c.prepare("SELECT typeof(CAST(?1 AS NUMERIC)), CAST(?1 AS NUMERIC), x = ?1 FROM (SELECT CAST(?1 AS INTEGER) AS x)")
		if err != nil {
			t.Fatal(err)
		}
		if err := s.bind(0, table.String(text)); err != nil {
			t.Fatal(err)
		}
		s.step()
		integer := s.value(2).Int() == 1 // SQLite makes a number of the text and finds it equal
		want := s.value(1).Int()
		s.close()
		switch n, class := numberIn(text); {
		case class == isInteger && (!integer || n != want):
			t.Errorf("%q is %d, for SQLite %d (%t)", text, n, want, integer)
		case class == isNoNumber && integer:
			t.Errorf("%q is no number, for SQLite %d", text, want)
		case class == mayBeNumber && strings.ContainsAny(text, "xfg") && !strings.HasPrefix(strings.ToLower(text), "inf"):
			t.Errorf("%q may be a number", text)
		}
	}
}

func TestHash(t *testing.T) {
	if asText.hash(0, table.Static("a")) != asText.hash(0, table.String("a")) {
		t.Error("values that are the same have different hashes")
	}
	seen := map[uint64]table.Value{}
	for _, v := range ordered[1:7] {
		seen[asText.hash(0, v)] = v
	}
	for n := range 10000 { // ports and inodes lie close together
		seen[asNumber.hash(0, table.Int(n+100))] = table.Int(n)
		seen[asText.hash(asNumber.hash(0, table.Int(n)), table.String("x"))] = table.Int(n)
		seen[asFolded.hash(0, table.String(strconv.Itoa(n)))] = table.Int(n)
	}
	if len(seen) < 30000 {
		t.Errorf("%d hashes", len(seen))
	}
	if asNumber.hash(asNumber.hash(0, table.Int(1)), table.Int(2)) == asNumber.hash(asNumber.hash(0, table.Int(2)), table.Int(1)) {
		t.Error("the order of the values does not count")
	}
}
