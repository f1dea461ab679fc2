package format

var tableFormat = Format{
	Name: "table", Doc: "a table drawn with + - |",
	Options: Headers | NullValue | Widths,
	encode:  encodeTable,
}

// encodeTable prints a table drawn with ASCII characters.
func encodeTable(o *output, r Result, s *Settings) error {
	return encodeDrawn(o, r, s, &asciiRules)
}

// rules are the characters that a table is drawn with, from left to right: rules around it
// and below the headers, which are centered.
type rules struct {
	top, middle, bottom [3]string // left end, crossing, right end
	horizontal          string
	vertical            string
}

var asciiRules = rules{
	top: [3]string{"+", "+", "+"}, middle: [3]string{"+", "+", "+"}, bottom: [3]string{"+", "+", "+"},
	horizontal: "-", vertical: "|",
}

func (d *rules) room(columns, padding int) int { return columns*(2*padding+1) + 1 }

// draw draws the table. One without rows is its header alone: a frame around nothing would be
// the most of it.
func (d *rules) draw(o *output, g *grid, s *Settings, padding int) error {
	if g.rows == 0 {
		if s.Headers {
			d.header(o, g, s, padding)
		}
		return nil
	}
	d.rule(o, g, d.top, padding)
	if s.Headers {
		d.header(o, g, s, padding)
		d.rule(o, g, d.middle, padding)
	}
	blank := d.blank(g, padding)
	err := g.eachRow(o, func(cells []cell) {
		if s.Screen == nil && blank.fill(o, cells) {
			return
		}
		for i, c := range cells {
			o.buf = append(o.buf, d.vertical...)
			o.pad(padding)
			o.aligned(c, g.widths[i], s.Screen.style(c.text, c.null))
			o.pad(padding)
		}
		o.buf = append(append(o.buf, d.vertical...), '\n')
	})
	if err != nil {
		return err
	}
	d.rule(o, g, d.bottom, padding)
	return nil
}

// blank returns a line without texts.
func (d *rules) blank(g *grid, padding int) *blank {
	var o output
	b := &blank{}
	for _, w := range g.widths {
		o.buf = append(o.buf, d.vertical...)
		o.pad(padding)
		b.places = append(b.places, place{len(o.buf), w})
		o.pad(max(w, -w) + padding)
	}
	b.line = append(append(o.buf, d.vertical...), '\n')
	return b
}

// header draws the names of the columns.
func (d *rules) header(o *output, g *grid, s *Settings, padding int) {
	for i, c := range g.header() {
		room := max(g.widths[i], -g.widths[i])
		if c.width > room {
			c.text, c.width = shorten(c.text, room)
		}
		room -= c.width
		o.buf = append(o.buf, d.vertical...)
		o.pad(padding + room/2)
		o.styled(c.text, s.Screen.header())
		o.pad(room - room/2 + padding)
	}
	o.buf = append(append(o.buf, d.vertical...), '\n')
}

// rule draws a line through all columns.
func (d *rules) rule(o *output, g *grid, ends [3]string, padding int) {
	for i, w := range g.widths {
		o.buf = append(o.buf, ends[min(i, 1)]...)
		o.repeat(d.horizontal, max(w, -w)+2*padding)
	}
	o.buf = append(append(o.buf, ends[2]...), '\n')
}
