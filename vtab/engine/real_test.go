package engine

import (
	"context"
	"math"
	"strconv"
	"strings"
	"testing"

	"sockstat/vtab/table"
)

// FuzzReal checks that REALs have the text that the engine casts them to, and that what no
// engine gave a text to has one of the same form.
func FuzzReal(f *testing.F) {
	for _, n := range []float64{0, math.Copysign(0, -1), 1, -0.5, 0.1, 49.47, 1e14, 1e15, 1e16, 1e17, 99999999999999999, 1e18, 123456789012345678, 1e19, 1e300, 1e-4, 9.9e-5,
		5e-324, math.MaxFloat64, math.Inf(1), math.Inf(-1), 0.30000000000000004, 32372378325379.312, 6.383124334976391e-20, 9.53812e15} {
		f.Add(n)
	}
	db, err := Open()
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { db.Close() })
	f.Fuzz(func(t *testing.T, n float64) {
		st, _, err := db.Prepare("SELECT :n, CAST(:n AS TEXT), typeof(:n), :n = :n + 0.0")
		if err != nil {
			t.Fatal(err)
		}
		defer st.Close()
		if _, err := st.Bind("n", table.Float(n)); err != nil {
			t.Fatal(err)
		}
		if row, err := st.Step(context.Background()); !row || err != nil {
			t.Fatal(row, err)
		}
		v, want := st.Value(0), st.Value(1).String()
		if math.IsNaN(n) {
			if !v.IsNull() {
				t.Errorf("NaN is %v", v)
			}
			return
		}
		if v.Kind() != table.KindReal || v.Float() != n || v.String() != want || string(v.Append([]byte("="))) != "="+want || v.Clone().String() != want {
			t.Errorf("%v is printed as %s, and cast to %s", n, v, want)
		}
		if st.Value(2).String() != "real" || st.Value(0).Kind() != table.KindReal {
			t.Errorf("%v is no REAL any more", n)
		}
		own := table.Float(n).String()
		back, err := strconv.ParseFloat(own, 64)
		if err != nil || back != n || strings.Contains(own, "e") != strings.Contains(want, "e") || strings.Contains(own, ".") != strings.Contains(want, ".") {
			t.Errorf("%v is %s without an engine, %s with it", n, own, want)
		}
	})
}
