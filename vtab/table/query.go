package table

import (
	"slices"
	"sync"
)

// Query says what is wanted of a table: the columns that are read, and the rows that
// conditions leave possible. Without a [Scan] it wants all of both.
//
// Package engine draws one up while SQLite plans a statement. Every way SQLite considers to
// scan the table adds a scan, whose conditions hold for each row that it is to return; a
// statement that names a table twice has two. The table is read once for all of them, so
// that what is read has to hold what any scan wants.
type Query struct {
	info   Info
	scans  []Scan
	note   func(Notice)
	moment *Moment       // nil if the table is read alone
	given  map[int]Value // values of arguments, by column

	mutex sync.Mutex
	ways  []string
}

// Scan is one way to walk over a table.
type Scan struct {
	// Used has bit n set if column n is read, bit 63 for column 63 and all after it. The
	// columns in conditions count as read.
	Used  uint64
	Terms []Term // hold for every row that is wanted
	// Groups are the columns of a GROUP BY or DISTINCT, if all are of this table.
	Groups []int
}

// Term is a condition that compares a column, by its number, with constants.
type Term struct {
	Column int
	Op     Op
	Values []Value // one, for OpIn any number, for OpIsNull and OpNotNull none
}

// Op is an operator of a condition that can narrow a table.
type Op uint8

// The operators =, >, >=, <, <=, IN, IS NULL, IS NOT NULL and <>.
const (
	OpEq Op = iota + 1
	OpGt
	OpGe
	OpLt
	OpLe
	OpIn
	OpIsNull
	OpNotNull
	OpNe
)

// NewQuery returns a query of the described table, that wants what any of the scans does.
// The function note gets what the table has to tell of its reading, from any goroutine; it
// may be nil.
func NewQuery(info Info, note func(Notice), scans ...Scan) *Query {
	return &Query{info: info, note: note, scans: scans}
}

// SetArgument gives an argument of the table its value.
func (q *Query) SetArgument(column string, v Value) {
	if q.given == nil {
		q.given = map[int]Value{}
	}
	q.given[q.info.Column(column)] = v.Clone()
}

// Argument returns the value of an argument. It is not ok if it was not given.
func (q *Query) Argument(column string) (v Value, ok bool) {
	v, ok = q.given[q.info.Column(column)]
	return v, ok
}

// Uses reports whether any of the named columns is read. A table has no use for a column
// that it lacks.
func (q *Query) Uses(columns ...string) bool {
	return slices.ContainsFunc(columns, func(name string) bool {
		n := q.info.Column(name)
		return n >= 0 && q.uses(n)
	})
}

// Counts reports whether no column is read, so that rows are but counted.
func (q *Query) Counts() bool {
	return len(q.scans) > 0 && !slices.ContainsFunc(q.scans, func(s Scan) bool { return s.Used != 0 })
}

// uses reports whether a column is read.
func (q *Query) uses(column int) bool {
	bit := uint64(1) << min(column, 63)
	return len(q.scans) == 0 || slices.ContainsFunc(q.scans, func(s Scan) bool { return s.Used&bit != 0 })
}

// Groups reports whether a scan is for a GROUP BY or DISTINCT of a column.
func (q *Query) Groups(column string) bool {
	n := q.info.Column(column)
	return n >= 0 && slices.ContainsFunc(q.scans, func(s Scan) bool { return slices.Contains(s.Groups, n) })
}

// Names reports whether a scan reads a column. Unlike for [Query.Uses], to want all of a table
// is to name nothing.
func (q *Query) Names(column string) bool { return len(q.scans) > 0 && q.Uses(column) }

// Excludes reports whether a scan wants rows where a column differs from a constant.
func (q *Query) Excludes(column string) bool {
	n := q.info.Column(column)
	return slices.ContainsFunc(q.scans, func(s Scan) bool {
		return slices.ContainsFunc(s.Terms, func(t Term) bool { return t.Column == n && t.Op == OpNe })
	})
}

// Parts returns the parts of all columns that are read.
func (q *Query) Parts() Parts {
	var parts Parts
	for i, c := range q.info.Columns {
		if q.uses(i) {
			parts |= c.Part
		}
	}
	return parts
}
