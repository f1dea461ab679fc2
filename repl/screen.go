package repl

import (
	"os"

	"golang.org/x/term"

	"sockstat/repl/format"
)

// A terminal that does not know its size, as a serial console or that of a container, has that of a
// VT100.
const (
	usualColumns = 80
	usualRows    = 24
)

// size returns the size of a terminal in cells.
func size(f *os.File) (columns, rows int) {
	columns, rows, err := term.GetSize(int(f.Fd()))
	if err != nil || columns <= 0 || rows <= 0 {
		return usualColumns, usualRows
	}
	return columns, rows
}

// Columns returns how wide a terminal is, 0 if it is none.
func Columns(f *os.File) int {
	if _, ok := terminal(f); !ok {
		return 0
	}
	columns, _ := size(f)
	return max(columns, 20)
}

const (
	// leastShown is how many rows are shown of a result even on a small screen.
	leastShown = 40
	// besides is how many lines of a screen a table takes beside its rows: its frame, how many rows
	// there are, and the next prompt.
	besides = 6
)

// newScreen returns the screen that a terminal is.
func newScreen(f *os.File, s *format.Settings, hint string) *format.Screen {
	columns, rows := size(f)
	c := &format.Screen{Columns: columns, Color: colored(), Limit: s.MaxRows, Hint: hint}
	if c.Limit == 0 {
		c.Limit = max(leastShown, rows-besides)
	}
	return c
}

// colored reports whether a terminal may be sent colors: not if it cannot show them, nor if the
// user wants none (no-color.org).
func colored() bool {
	t := os.Getenv("TERM")
	return t != "" && t != "dumb" && os.Getenv("NO_COLOR") == ""
}
