package engine

import (
	"sockstat/vtab/table"
)

// grid is a batch of values.
type grid [][]table.Value

func (g grid) Len() int                          { return len(g) }
func (g grid) Value(row, column int) table.Value { return g[row][column] }

// gridOf makes a batch of integers, or NULL for a negative one.
func gridOf(rows ...[]int) grid {
	g := make(grid, len(rows))
	for i, row := range rows {
		for _, n := range row {
			v := table.Int(n)
			if n < 0 {
				v = table.Null()
			}
			g[i] = append(g[i], v)
		}
	}
	return g
}

// columns are keys of columns of numbers.
func columns(numbers ...int) (keys []key) {
	for _, n := range numbers {
		keys = append(keys, key{n, asNumber})
	}
	return keys
}
