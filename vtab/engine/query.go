package engine

import (
	"math"
	"slices"
)

// Query says what a statement needs of a table: the columns it reads, and the rows that
// its conditions leave possible. The zero Query needs all of both.
//
// It is drawn up while SQLite plans the statement. Every way SQLite considers to scan
// the table adds a scan, whose conditions hold for each row that it is to return; a
// statement that names a table twice has two. One snapshot serves them all, so it has
// to hold what any scan wants.
type Query struct {
	info   Info
	scans  []scan
	notice func(Notice)
}

// Notice is what a user should know of how a table was read.
type Notice struct {
	// Detail says that it matters only to who asks for details, such as the way that was
	// taken. Otherwise the rows are not all there is.
	Detail bool
	Text   string
	Hint   string // what to do about it; may be empty
}

// Note tells the user something of the reading of the table. It may be called by any
// goroutine.
func (q *Query) Note(n Notice) {
	if q.notice != nil {
		q.notice(n)
	}
}

// scan is one way to walk over a table.
type scan struct {
	used  uint64 // columns read, bit 63 standing for column 63 and all after it
	terms []term // hold for every row that is wanted
}

// term is a condition that compares a column with constants.
type term struct {
	column int
	op     op
	values []Value // one, or for opIn any number
}

// op is an operator of a condition.
type op uint8

// The operators that can narrow a table, and the others.
const (
	opOther op = iota
	opEq
	opGt
	opGe
	opLt
	opLe
	opIn
	opIsNull
	opNotNull
	opLimit
	opOffset
)

// Range is a range of integers, both ends included.
type Range struct{ Lo, Hi int64 }

// Uses reports whether the statement reads any of the named columns. The columns in
// conditions count as read.
func (q *Query) Uses(columns ...string) bool {
	return slices.ContainsFunc(columns, func(name string) bool { return q.uses(q.info.column(name)) })
}

// uses reports whether the statement reads a column.
func (q *Query) uses(column int) bool {
	bit := uint64(1) << min(column, 63)
	return len(q.scans) == 0 || slices.ContainsFunc(q.scans, func(s scan) bool { return s.used&bit != 0 })
}

// Parts returns the bits of Column.Part of all columns that the statement reads.
func (q *Query) Parts() uint64 {
	var parts uint64
	for i, c := range q.info.Columns {
		if q.uses(i) {
			parts |= c.Part
		}
	}
	return parts
}

// Texts returns the texts that a TEXT column may equal, apart from case and trailing
// blanks: a collation may make them count as equal. It is not ok if there is no limit.
func (q *Query) Texts(column string) (texts []string, ok bool) {
	for _, s := range q.scans {
		values, ok := s.equal(q.info.column(column), func(v Value) bool { return v.kind == KindText })
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
func (s scan) equal(column int, usable func(Value) bool) ([]Value, bool) {
	for _, t := range s.terms {
		if t.column != column || t.op != opEq && t.op != opIn {
			continue
		}
		known := slices.DeleteFunc(slices.Clone(t.values), Value.IsNull) // NULL equals nothing
		if !slices.ContainsFunc(known, func(v Value) bool { return !usable(v) }) {
			return known, true
		}
	}
	return nil, false
}

// Nulls reports whether the statement wants rows where the column is NULL, and rows where
// it is not.
func (q *Query) Nulls(column string) (null, other bool) {
	n := q.info.column(column)
	for _, s := range q.scans {
		isNull := slices.ContainsFunc(s.terms, func(t term) bool { return t.column == n && t.op == opIsNull })
		notNull := slices.ContainsFunc(s.terms, func(t term) bool { return t.column == n && t.op != opIsNull })
		null, other = null || !notNull, other || !isNull
	}
	return null || len(q.scans) == 0, other || len(q.scans) == 0
}

// Ranges returns the ranges that the value of an INTEGER column may lie in. It is not ok
// if there is no limit.
func (q *Query) Ranges(column string) (ranges []Range, ok bool) {
	for _, s := range q.scans {
		r, ok := s.ranges(q.info.column(column))
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
func (s scan) ranges(column int) ([]Range, bool) {
	isInteger := func(v Value) bool { _, ok := v.integer(); return ok }
	bound := Range{math.MinInt64, math.MaxInt64}
	for _, t := range s.terms {
		if t.column != column || len(t.values) != 1 {
			continue
		}
		n, ok := t.values[0].integer()
		switch {
		case !ok:
		case t.op == opGe, t.op == opGt:
			bound.Lo = max(bound.Lo, n) // for > one number more than needed: no overflow
		case t.op == opLe, t.op == opLt:
			bound.Hi = min(bound.Hi, n)
		}
	}
	values, ok := s.equal(column, isInteger)
	if !ok {
		all := Range{math.MinInt64, math.MaxInt64}
		return []Range{bound}, bound != all
	}
	ranges := []Range{}
	for _, v := range values {
		if n, _ := v.integer(); bound.Lo <= n && n <= bound.Hi {
			ranges = append(ranges, Range{n, n})
		}
	}
	return ranges, true
}
