package table

import (
	"slices"
	"strings"
)

// Showing returns columns of which SELECT * shows those with some names, blank-separated. They
// come first; the others are hidden, and stand behind them in the order that they have. It
// panics if there is no column of a name.
//
// The order matters: which of the first 63 columns a statement reads, SQLite tells one by one.
func Showing[R any](names string, columns []Column[R]) []Column[R] {
	shown := strings.Fields(names)
	for _, name := range shown {
		if !slices.ContainsFunc(columns, func(c Column[R]) bool { return c.Name == name }) {
			panic("table: there is no column " + name)
		}
	}
	all := slices.Clone(columns)
	for i := range all {
		all[i].Hidden = !slices.Contains(shown, all[i].Name)
	}
	slices.SortStableFunc(all, func(a, b Column[R]) int {
		switch {
		case a.Hidden == b.Hidden:
			return 0
		case a.Hidden:
			return 1
		}
		return -1
	})
	return all
}
