package table

import (
	"math"
	"slices"
)

// Range is a range of integers, both ends included.
type Range struct{ Lo, Hi int64 }

// Texts returns the texts that a TEXT column may equal, apart from case and trailing
// blanks: a collation may make them count as equal. It is not ok if there is no limit.
func (q *Query) Texts(column string) (texts []string, ok bool) {
	n := q.info.Column(column)
	for _, s := range q.scans {
		values, ok := s.equal(n, func(v Value) bool { return v.kind == KindText })
		if !ok {
			return nil, false
		}
		for _, v := range values {
			if !slices.Contains(texts, v.text) {
				texts = append(texts, v.text)
			}
		}
	}
	return texts, len(q.scans) > 0
}

// equal returns the values of a term that the column has to equal, if all are usable.
func (s Scan) equal(column int, usable func(Value) bool) ([]Value, bool) {
	for _, t := range s.Terms {
		if t.Column != column || t.Op != OpEq && t.Op != OpIn {
			continue
		}
		known := slices.DeleteFunc(slices.Clone(t.Values), Value.IsNull) // NULL equals nothing
		if !slices.ContainsFunc(known, func(v Value) bool { return !usable(v) }) {
			return known, true
		}
	}
	return nil, false
}

// Nulls reports whether rows are wanted where the column is NULL, and rows where it is not.
func (q *Query) Nulls(column string) (null, other bool) {
	n := q.info.Column(column)
	for _, s := range q.scans {
		isNull := slices.ContainsFunc(s.Terms, func(t Term) bool { return t.Column == n && t.Op == OpIsNull })
		notNull := slices.ContainsFunc(s.Terms, func(t Term) bool { return t.Column == n && t.Op != OpIsNull })
		null, other = null || !notNull, other || !isNull
	}
	return null || len(q.scans) == 0, other || len(q.scans) == 0
}

// Ranges returns the ranges that the value of an INTEGER column may lie in. It is not ok
// if there is no limit.
func (q *Query) Ranges(column string) (ranges []Range, ok bool) {
	n := q.info.Column(column)
	for _, s := range q.scans {
		r, ok := s.ranges(n)
		if !ok {
			return nil, false
		}
		for _, r := range r {
			if !slices.Contains(ranges, r) {
				ranges = append(ranges, r)
			}
		}
	}
	return ranges, len(q.scans) > 0
}

// ranges intersects what the terms on a column say.
func (s Scan) ranges(column int) ([]Range, bool) {
	all := Range{math.MinInt64, math.MaxInt64}
	bound := s.bound(column, all)
	values, ok := s.equal(column, func(v Value) bool { _, ok := v.Integer(); return ok })
	if !ok {
		return []Range{bound}, bound != all
	}
	ranges := []Range{}
	for _, v := range values {
		if n, _ := v.Integer(); bound.Lo <= n && n <= bound.Hi {
			ranges = append(ranges, Range{n, n})
		}
	}
	return ranges, true
}

// bound narrows a range by the terms that say how small or large a column is.
func (s Scan) bound(column int, r Range) Range {
	for _, t := range s.Terms {
		if t.Column != column || len(t.Values) != 1 {
			continue
		}
		n, ok := t.Values[0].Integer()
		switch {
		case !ok:
		case t.Op == OpGe, t.Op == OpGt:
			r.Lo = max(r.Lo, n) // for > one number more than needed: no overflow
		case t.Op == OpLe, t.Op == OpLt:
			r.Hi = min(r.Hi, n)
		}
	}
	return r
}
