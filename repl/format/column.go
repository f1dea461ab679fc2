package format

var columnFormat = Format{
	Name: "column", Doc: "columns two blanks apart",
	Options: Headers | NullValue | Widths,
	encode:  encodeColumn,
}

// encodeColumn prints columns two blanks apart, with a line of dashes below the headers.
func encodeColumn(o *output, r Result, s *Settings) error {
	return encodeDrawn(o, r, s, apart{})
}

// apart is the frame that consists of the blanks between columns.
type apart struct{}

func (apart) room(columns, padding int) int { return (columns - 1) * (1 + padding) }

func (apart) draw(o *output, g *grid, s *Settings, padding int) error {
	row := func(cells []cell, style func(cell) style) {
		start := len(o.buf)
		for i, c := range cells {
			if i > 0 {
				o.pad(1 + padding)
			}
			o.aligned(c, g.widths[i], style(c))
		}
		o.trimLine(start)
	}
	if s.Headers {
		row(g.header(), func(cell) style { return s.Screen.header() })
	}
	if s.Headers && g.rows > 0 {
		for i, w := range g.widths {
			if i > 0 {
				o.pad(1 + padding)
			}
			o.repeat("-", max(w, -w))
		}
		o.buf = append(o.buf, '\n')
	}
	return g.eachRow(o, func(cells []cell) {
		row(cells, func(c cell) style { return s.Screen.style(c.text, c.null) })
	})
}
