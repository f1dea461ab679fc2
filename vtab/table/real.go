package table

import (
	"math"
	"strconv"
	"strings"
)

// appendReal appends a number as SQLite prints it: 17 significant digits at most, and
// always recognisable as a REAL.
func appendReal(dst []byte, f float64) []byte {
	switch {
	case math.IsInf(f, 1):
		return append(dst, "Inf"...)
	case math.IsInf(f, -1):
		return append(dst, "-Inf"...)
	}
	start := len(dst)
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e15) {
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
