package table

import "slices"

// Kept says how a file of many moments keeps the values of a column. The zero Kept is right for
// any column; the others save room.
type Kept struct {
	// With names what the column tells of, where several rows or tables tell of the same: the
	// socket in a row of sockets and in one of tcp, the process that holds many sockets. What is
	// the same is kept once.
	With string
	// Measure says that the value is a counter or gauge: it changes all the time, while the row
	// stays the row of the same thing. Such values are kept apart, and who keeps many moments
	// may leave them out.
	Measure bool
	// Joined names two columns of which the text mostly is made, with a colon between them. It
	// is not kept where it is that.
	Joined [2]string
}

// Keep returns columns that are kept in a certain way, unless they say another themselves.
func Keep[R any](kept Kept, columns []Column[R]) []Column[R] {
	columns = slices.Clone(columns)
	for i := range columns {
		if columns[i].Kept == (Kept{}) {
			columns[i].Kept = kept
		}
	}
	return columns
}
