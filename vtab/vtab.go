// Package vtab declares the tables that statements see: sockets, tcp, udp, unix, processes,
// zones and users, each in a file of its own, over the rows of packages mib2 and proc. The
// table sockets is where the two meet. The machinery that makes SQLite virtual tables of
// them is package engine below it.
package vtab

import (
	"io"
	"slices"

	"sockstat/mib2"
	"sockstat/vtab/engine"
)

// Tables are all tables, in the order in which they are best explained.
var Tables = []engine.Table{Sockets, TCP, UDP, Unix, Processes, Zones, Users}

// Open opens a database with all tables.
func Open() (*engine.DB, error) {
	tables := Tables
	if mib2.HasOrigin() {
		tables = append(slices.Clone(tables), Creators)
	}
	return engine.Open(tables...)
}

// list reads rows that were all read already.
type list[R any] struct{ rows []R }

func (l *list[R]) Read(dst []R) ([]R, error) {
	if len(l.rows) == 0 {
		return dst, io.EOF
	}
	dst, l.rows = append(dst, l.rows...), nil
	return dst, nil
}

func (l *list[R]) Close() error { return nil }

// singles returns the numbers that an INTEGER column may equal, nil if the statement does
// not limit it to some.
func singles(q *engine.Query, column string) []int32 {
	ranges, ok := q.Ranges(column)
	if !ok {
		return nil
	}
	numbers := []int32{}
	for _, r := range ranges {
		if r.Lo != r.Hi {
			return nil
		}
		if n := int32(r.Lo); int64(n) == r.Lo {
			numbers = append(numbers, n)
		}
	}
	return numbers
}
