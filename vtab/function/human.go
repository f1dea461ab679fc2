package function

import (
	"math"
	"strconv"

	"sockstat/vtab/table"
)

// human writes a number of bytes with a unit of 1024 and its powers: two digits at least, so
// that 1536 is "1.5 KiB" and 20000 is "20 KiB". It is NULL for what is no number.
func human(args []table.Value) (table.Value, error) {
	var f float64
	switch v := args[0]; v.Kind() {
	case table.KindInteger:
		f = float64(v.Int())
	case table.KindReal:
		f = v.Float()
	default:
		return table.Null(), nil
	}
	if math.IsInf(f, 0) {
		return table.Null(), nil
	}
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	n := 0
	for n < len(units)-1 && math.Abs(f) >= 1023.5 {
		f, n = f/1024, n+1
	}
	digits := 0
	if n > 0 && math.Abs(f) < 9.95 {
		digits = 1
	}
	return table.String(strconv.FormatFloat(f, 'f', digits, 64) + " " + units[n]), nil
}
