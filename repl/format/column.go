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
	blank := g.blank(1 + padding)
	return g.eachRow(o, func(cells []cell) {
		if start := len(o.buf); s.Screen == nil && blank.fill(o, cells) {
			o.trimLine(start)
			return
		}
		row(cells, func(c cell) style { return s.Screen.style(c.text, c.null) })
	})
}

// blank returns a line without texts and with so many blanks between its columns.
func (g *grid) blank(between int) *blank {
	var o output
	b := &blank{}
	for i, w := range g.widths {
		if i > 0 {
			o.pad(between)
		}
		b.places = append(b.places, place{len(o.buf), w})
		o.pad(max(w, -w))
	}
	b.line = o.buf
	return b
}
