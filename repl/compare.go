package repl

import (
	"hash/maphash"
	"slices"
	"strings"

	"sockstat/repl/format"
	"sockstat/vtab/table"
)

// What rows are marked with that were not in the result before, or are no more.
const (
	markNew  = "+"
	markGone = "-"
)

// watched is a result as it was the last time.
type watched struct {
	seed  maphash.Seed
	all   map[uint64]bool // rows by what identifies them
	shown []watchedRow
	total int
}

// watchedRow is a row that is held.
type watchedRow struct {
	mark   table.Value
	id     uint64
	values []table.Value
}

// compare reads a result and returns its first rows, marked, with those of the last time that are
// gone where they were. A first column has the marks.
func (w *Watch) compare(r format.Result, room int) format.Result {
	if w.nth == len(w.results) {
		w.results = append(w.results, &watched{seed: maphash.MakeSeed()})
	}
	last := w.results[w.nth]
	w.nth++
	c := &marked{columns: append([]string{""}, r.Columns()...)}
	now := &watched{seed: last.seed, all: map[uint64]bool{}}
	identity := identityOf(r.Columns())
	for {
		more, err := r.Next()
		if err != nil {
			c.err = err
			return c
		}
		if !more {
			break
		}
		id := identify(now.seed, r, identity)
		now.all[id] = true
		if now.total++; now.total > room {
			continue
		}
		row := watchedRow{table.Static(" "), id, make([]table.Value, len(c.columns)-1)}
		for i := range row.values {
			row.values[i] = r.Value(i).Clone()
		}
		if last.all != nil && !last.all[id] {
			row.mark = table.Static(markNew)
		}
		now.shown = append(now.shown, row)
	}
	c.rows = withGone(last.shown, now, room-len(now.shown))
	*last = *now
	return c
}

// withGone returns the rows that are shown and, behind the row that they followed, those that were
// and are in the result no more, as many as there is room for.
func withGone(before []watchedRow, now *watched, room int) (rows []watchedRow) {
	gone := map[uint64][]watchedRow{}
	follows := uint64(0) // of none: they come first
	there := map[uint64]bool{}
	for _, row := range now.shown {
		there[row.id] = true
	}
	for _, row := range before {
		switch {
		case there[row.id]:
			follows = row.id
		case !now.all[row.id] && room > 0:
			room--
			row.mark = table.Static(markGone)
			gone[follows] = append(gone[follows], row)
		}
	}
	rows = gone[0]
	for _, row := range now.shown {
		rows = append(append(rows, row), gone[row.id]...)
		delete(gone, row.id) // rows may be the same
	}
	return rows
}

// identityOf returns the columns that say which socket and holder a row is of, whatever else of it
// changes; all if there are none.
func identityOf(columns []string) (identity []int) {
	var kernel bool
	for i, name := range columns {
		switch name = strings.ToLower(name); {
		case name == "cookie", name == "inode":
			kernel = true
			identity = append(identity, i)
		case name == "pid", name == "fd":
			identity = append(identity, i)
		}
	}
	if kernel {
		return identity
	}
	return nil
}

// identify returns a hash of what identifies a row. One without the numbers of the kernel is
// identified by all that it has.
func identify(seed maphash.Seed, r format.Result, identity []int) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	columns := len(r.Columns())
	if !slices.ContainsFunc(identity, func(i int) bool { return !r.Value(i).IsNull() }) {
		identity = nil
	}
	for i := range columns {
		if identity != nil && !slices.Contains(identity, i) {
			continue
		}
		v := r.Value(i)
		h.WriteByte(byte(v.Kind()))
		h.WriteString(v.String())
		h.WriteByte(0)
	}
	return h.Sum64()
}

// marked is the Result of compare.
type marked struct {
	columns []string
	rows    []watchedRow
	at      int // 1 is the first row
	err     error
}

func (c *marked) Columns() []string { return c.columns }

func (c *marked) Next() (bool, error) {
	c.at++
	return c.err == nil && c.at <= len(c.rows), c.err
}

func (c *marked) Value(i int) table.Value {
	row := c.rows[c.at-1]
	if i == 0 {
		return row.mark
	}
	return row.values[i-1]
}
