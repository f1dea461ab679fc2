package engine

import (
	"cmp"
	"slices"
	"strings"

	"sockstat/vtab/table"
)

// sort returns the numbers of some rows in the order of the values of columns. Rows with the
// same values stay in the order in which they are.
func (ix *index) sort(rows []place, keys []key) []int32 {
	width := len(keys)
	values := make([]table.Value, 0, width*len(rows))
	all := make([]sortable, len(rows))
	for n, p := range rows {
		for _, k := range keys {
			values = append(values, ix.value(p, k.column))
		}
		all[n] = sortable{keys[0].form.rank(values[n*width]), int32(n)}
	}
	slices.SortFunc(all, func(a, b sortable) int {
		if a.rank != b.rank {
			return cmp.Compare(a.rank, b.rank)
		}
		for i, k := range keys {
			if c := k.form.compare(values[int(a.n)*width+i], values[int(b.n)*width+i]); c != 0 {
				return c
			}
		}
		return cmp.Compare(a.n, b.n)
	})
	order := make([]int32, len(all))
	for i, s := range all {
		order[i] = s.n
	}
	return order
}

// sortable is a row with the rank of its first value, which decides most comparisons.
type sortable struct {
	rank uint64
	n    int32
}

// rank returns a number that is not greater than that of any value that compares greater.
func (f form) rank(v table.Value) uint64 {
	rank := uint64(class(v)) << 62
	switch v.Kind() {
	case table.KindInteger:
		return rank + rankOfInteger(v.Int())
	case table.KindReal:
		return rank + rankOfReal(v.Float())
	case table.KindText:
		return rank + f.rankOfText(v.Bytes())
	}
	return rank
}

// half is the half of what ranks can tell apart in a class.
const half = 1 << 61

func rankOfInteger(n int64) uint64 { return uint64(max(-half, min(half-1, n)) + half) }

func rankOfReal(f float64) uint64 {
	switch {
	case f >= half:
		return rankOfInteger(half)
	case f <= -half:
		return rankOfInteger(-half)
	}
	return rankOfInteger(int64(f))
}

// rankOfText makes a number of the first bytes of a text.
func (f form) rankOfText(s string) (rank uint64) {
	if f == asTrimmed {
		s = strings.TrimRight(s, " ")
	}
	for i := range min(len(s), 7) {
		b := s[i]
		if f == asFolded {
			if b = fold(b); b == 0 {
				break
			}
		}
		rank |= uint64(b) << (54 - 8*i)
	}
	return rank
}
