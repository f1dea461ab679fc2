package format

import (
	"fmt"
	"strconv"
)

// frame is how a format draws a grid.
type frame interface {
	// room returns how many cells of a line the frame itself takes, with so many blanks
	// beside each cell.
	room(columns, padding int) int
	draw(o *output, g *grid, s *Settings, padding int) error
}

// encodeDrawn prints a result as a grid in a frame. On a screen it is one that fits, or else one value a
// line.
func encodeDrawn(o *output, r Result, s *Settings, f frame) error {
	if s.Screen != nil && s.NullValue == "" {
		s.NullValue = "NULL" // where nobody reads it but a person, it is to be seen
	}
	g, err := readGrid(r, s)
	if err != nil {
		return err
	}
	g.alignNumbers()
	switch {
	case s.Screen == nil:
		return f.draw(o, g, s, 1)
	case g.rows == 0:
		o.buf = append(o.buf, "0 rows\n"...)
		return nil
	}
	shown := g.rows
	switch room := func(padding int) int { return s.Screen.columns() - f.room(len(g.names), padding) }; {
	case g.fit(room(1), &wellKept):
		err = f.draw(o, g, s, 1)
	case g.fit(room(0), &wellKept), g.fit(room(0), &leastKept):
		err = f.draw(o, g, s, 0)
	default:
		shown, err = g.records(o, s)
	}
	if err != nil || !g.more && shown == g.rows {
		return err
	}
	if err := o.flush(); err != nil { // counting may take its time
		return err
	}
	total, err := g.count(r)
	if err != nil {
		return err
	}
	o.buf = fmt.Appendf(o.buf, "%s rows, %s shown", thousands(total), thousands(shown))
	if s.Screen.Hint != "" {
		o.buf = append(append(o.buf, "; "...), s.Screen.Hint...)
	}
	o.buf = append(o.buf, '\n')
	return nil
}

// count reads the rows that are not held and returns how many there are in all.
func (g *grid) count(r Result) (total int, err error) {
	total = g.rows
	for more := g.more; more; {
		total++
		if more, err = r.Next(); err != nil {
			return total, err
		}
	}
	return total, nil
}

// thousands returns a number with a comma between each three digits.
func thousands(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
