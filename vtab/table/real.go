package table

import (
	"math"
	"strconv"
	"strings"
)

// appendReal appends a number that comes from no engine in the form that SQLite gives to
// those that do (etGENERIC in sqlite3_str_vappendf of printf.c, "%!.17g"): always recognisable
// as a REAL, with an exponent if it is far from 1. It has the fewest digits that read back.
func appendReal(dst []byte, f float64) []byte {
	switch {
	case math.IsInf(f, 1):
		return append(dst, "Inf"...)
	case math.IsInf(f, -1):
		return append(dst, "-Inf"...)
	}
	start := len(dst)
	if f == 0 {
		f = 0 // SQLite knows no negative zero
	}
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e17) {
		dst = strconv.AppendFloat(dst, f, 'e', -1, 64)
		if i := strings.IndexByte(string(dst[start:]), 'e'); !strings.Contains(string(dst[start:start+i]), ".") {
			dst = append(dst[:start+i], ".0"+string(dst[start+i:])...)
		}
		return dst
	}
	dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
	if !strings.Contains(string(dst[start:]), ".") {
		dst = append(dst, ".0"...)
	}
	return dst
}
