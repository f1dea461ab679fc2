package function

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"sockstat/vtab/table"
)

// percentiles is the aggregate function of a percentile: the number at a place among all in
// their order.
type percentiles struct {
	most         float64 // what the second argument is of; 0 for a median, which has none
	interpolated bool    // between two numbers, else the lower one is taken

	fraction float64 // the second argument, from 0 to 1
	numbers  []float64
	sorted   int // how many of numbers, from the first, are in order
}

// percentileOf returns what starts a percentile.
func percentileOf(most float64, interpolated bool) func() Aggregate {
	return func() Aggregate { return &percentiles{most: most, interpolated: interpolated, fraction: -1} }
}

// mostNumbers is how many numbers are kept, of 8 bytes each.
const mostNumbers = 1 << 24

// Step adds a number. NULL does not count.
func (p *percentiles) Step(args []table.Value) error {
	if err := p.setFraction(args); err != nil {
		return err
	}
	if args[0].IsNull() {
		return nil
	}
	f, ok := asFloat(args[0])
	switch {
	case !ok:
		return errors.New("the first argument is not a number")
	case math.IsInf(f, 0):
		return errors.New("the first argument is infinite")
	case len(p.numbers) == mostNumbers:
		return fmt.Errorf("more than %d numbers", mostNumbers)
	}
	p.numbers = append(p.numbers, f)
	return nil
}

// setFraction takes the second argument, which has to be the same in all rows.
func (p *percentiles) setFraction(args []table.Value) error {
	fraction := 0.5
	if p.most > 0 {
		f, ok := asFloat(args[1])
		if !ok || f < 0 || f > p.most {
			return fmt.Errorf("the second argument is not a number from 0 to %v", p.most)
		}
		fraction = f / p.most
	}
	if p.fraction >= 0 && math.Abs(p.fraction-fraction) > 1e-9 {
		return errors.New("the second argument is not the same in all rows")
	}
	p.fraction = fraction
	return nil
}

// asFloat returns the number of an INTEGER or REAL.
func asFloat(v table.Value) (float64, bool) {
	switch v.Kind() {
	case table.KindInteger:
		return float64(v.Int()), true
	case table.KindReal:
		return v.Float(), true
	}
	return 0, false
}

// Inverse takes a number away.
func (p *percentiles) Inverse(args []table.Value) {
	f, ok := asFloat(args[0])
	if !ok {
		return
	}
	p.sort()
	if i, found := slices.BinarySearch(p.numbers, f); found {
		p.numbers = slices.Delete(p.numbers, i, i+1)
		p.sorted = len(p.numbers)
	}
}

// sort brings the numbers in order. As a window moves there is one more each time.
func (p *percentiles) sort() {
	for len(p.numbers)-p.sorted == 1 {
		f := p.numbers[p.sorted]
		i, _ := slices.BinarySearch(p.numbers[:p.sorted], f)
		copy(p.numbers[i+1:], p.numbers[i:p.sorted])
		p.numbers[i] = f
		p.sorted++
	}
	if p.sorted < len(p.numbers) {
		slices.Sort(p.numbers)
		p.sorted = len(p.numbers)
	}
}

// Value returns the percentile as a REAL, NULL if there is no number.
func (p *percentiles) Value() (table.Value, error) {
	if len(p.numbers) == 0 {
		return table.Null(), nil
	}
	p.sort()
	at := p.fraction * float64(len(p.numbers)-1)
	lower := int(at)
	v := p.numbers[lower]
	if upper := lower + 1; p.interpolated && upper < len(p.numbers) {
		v += (p.numbers[upper] - v) * (at - float64(lower))
	}
	return table.Float(v), nil
}
