package format

import "strings"

// Screen is the terminal that a result is printed on. The formats that draw a table (table, box,
// column) fit what they draw to it and show the first rows; where not even narrow columns
// have room, they print one value a line.
type Screen struct {
	Columns int    // its width in cells
	Color   bool   // it may be sent colors
	Limit   int    // how many rows of a drawn table are shown; 0 for all
	Hint    string // how to see all rows, said where not all are shown
}

// narrowest is the least width of a screen that anything is fitted to.
const narrowest = 20

// columns returns the width that is fitted to.
func (c *Screen) columns() int { return max(c.Columns, narrowest) }

// style is how a cell is set off on a terminal, as a sequence of ECMA-48 (SGR).
type style string

const (
	noStyle style = ""
	bold    style = "\x1b[1m"
	dim     style = "\x1b[2m"
	red     style = "\x1b[31m"
	green   style = "\x1b[32m"
	yellow  style = "\x1b[33m"

	unstyled = "\x1b[0m"
)

// styles are those of the states of sockets and processes that matter: what serves, what waits for
// the other end to answer, and what only the program that holds it can end.
var styles = map[string]style{
	"LISTEN":   green,
	"SYN_SENT": yellow, "SYN_RCVD": yellow, "FIN_WAIT_1": yellow, "CLOSING": yellow, "LAST_ACK": yellow,
	"CLOSE_WAIT": red,
	"TIME_WAIT":  dim, "FIN_WAIT_2": dim,
}

// style returns that of a cell.
func (c *Screen) style(text []byte, null bool) style {
	switch {
	case c == nil || !c.Color:
		return noStyle
	case null:
		return dim
	}
	return styles[string(text)]
}

// header returns the style of names of columns.
func (c *Screen) header() style {
	if c == nil || !c.Color {
		return noStyle
	}
	return bold
}

// styled appends a text in a style.
func (o *output) styled(text []byte, s style) {
	if s == noStyle {
		o.buf = append(o.buf, text...)
		return
	}
	o.buf = append(append(append(o.buf, s...), text...), unstyled...)
}

// Lines returns how many lines of a screen a line of output takes that ends before its newline.
func (c *Screen) Lines(line string) int {
	for {
		before, after, found := strings.Cut(line, "\x1b[")
		_, rest, ended := strings.Cut(after, "m")
		if !found || !ended {
			break
		}
		line = before + rest
	}
	return max(1, (width([]byte(line))+c.Columns-1)/max(c.Columns, 1))
}
