package table

import "slices"

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
	if q.note != nil {
		q.note(n)
	}
}

// Way says, for who asks for details, how a part of the table is read: "tcp from netlink:
// LISTEN, local ports 22". What was said already is not said again. It may be called by any
// goroutine.
func (q *Query) Way(text string) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	if !slices.Contains(q.ways, text) {
		q.ways = append(q.ways, text)
	}
}

// Ways returns what was said by [Query.Way] so far, in that order. It may be called by any
// goroutine.
func (q *Query) Ways() []string {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	return slices.Clone(q.ways)
}
