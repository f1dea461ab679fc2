package engine

import (
	"errors"
	"fmt"
	"math"

	"sockstat/vtab/table"
)

// seriesTable is generate_series(start, stop, step), a table with a row for each number, as
// SQLite's shell has it: https://sqlite.org/series.html. Without stop it ends at 2^32-1.
type seriesTable struct{}

func (seriesTable) declaration() string {
	return "CREATE TABLE x(value INTEGER, start INTEGER HIDDEN, stop INTEGER HIDDEN, step INTEGER HIDDEN)"
}

// The columns that are arguments follow one another from here; a plan has bit n set for the
// nth of them.
const firstArgument = 1

func (seriesTable) bestIndex(info *indexInfo) {
	given := [3]*constraint{}
	for i := range info.constraints {
		c := &info.constraints[i]
		if n := c.column - firstArgument; n >= 0 && n < len(given) && c.op == table.OpEq && !c.in {
			if !c.usable {
				info.refused = true
				return
			}
			given[n] = c
		}
	}
	args := 0
	for n, c := range given {
		if c != nil {
			args++
			c.arg, c.omit = args, true
			info.plan |= 1 << n
		}
	}
	info.rows = 1000
	info.cost = float64(info.rows)
	if given[0] == nil { // an error when it starts
		info.cost = math.MaxInt32
	}
}

func (seriesTable) isList(int, int) bool   { return false }
func (seriesTable) isNumber(int, int) bool { return true }
func (seriesTable) open() cursor           { return &seriesCursor{} }

// seriesCursor walks over numbers.
type seriesCursor struct {
	start, stop, step int64
	value             int64
	count             int64 // of numbers before value
	left              uint64
	ended             bool
}

func (c *seriesCursor) filter(plan int, args []argument) error {
	*c = seriesCursor{stop: math.MaxUint32, step: 1}
	if plan&1 == 0 {
		return errors.New("generate_series: the first argument is missing")
	}
	for n, to := range []*int64{&c.start, &c.stop, &c.step} {
		if plan>>n&1 == 0 {
			continue
		}
		v := args[0].value
		args = args[1:]
		switch v.Kind() {
		case table.KindNull:
			c.ended = true
			return nil
		case table.KindInteger:
			*to = v.Int()
		default:
			return fmt.Errorf("generate_series: %q is not an integer", v.String())
		}
	}
	c.first()
	return nil
}

// first moves to the first number, and counts those after it without overflow.
func (c *seriesCursor) first() {
	c.value = c.start
	switch {
	case c.step == 0:
		c.step = 1
		fallthrough
	case c.step > 0:
		c.ended = c.start > c.stop
		c.left = (uint64(c.stop) - uint64(c.start)) / uint64(c.step)
	default:
		c.ended = c.start < c.stop
		c.left = (uint64(c.start) - uint64(c.stop)) / -uint64(c.step)
	}
}

func (c *seriesCursor) next() error {
	if c.left == 0 {
		c.ended = true
		return nil
	}
	c.left--
	c.count++
	c.value += c.step
	return nil
}

func (c *seriesCursor) eof() bool { return c.ended }

func (c *seriesCursor) column(i int) table.Value {
	return table.Int([]int64{c.value, c.start, c.stop, c.step}[i])
}

func (c *seriesCursor) rowid() int64 { return c.count + 1 }
