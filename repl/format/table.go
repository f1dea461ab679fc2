package format

var tableFormat = Format{
	Name: "table", Doc: "a table drawn with + - |",
	Options: Headers | NullValue | Widths,
	encode:  encodeTable,
}

// encodeTable prints a table drawn with ASCII characters.
func encodeTable(o *output, r Result, s *Settings) error {
	return encodeRuled(o, r, s, &asciiRules)
}

// rules are the characters that a table is drawn with, from left to right.
type rules struct {
	top, middle, bottom [3]string // left end, crossing, right end
	horizontal          string
	vertical            string
}

var asciiRules = rules{
	top: [3]string{"+", "+", "+"}, middle: [3]string{"+", "+", "+"}, bottom: [3]string{"+", "+", "+"},
	horizontal: "-", vertical: "|",
}

// encodeRuled prints a table with rules around it and below the headers, which are
// centered.
func encodeRuled(o *output, r Result, s *Settings, d *rules) error {
	g, err := readGrid(r, s, s.Headers)
	if err != nil {
		return err
	}
	d.rule(o, g, d.top)
	if s.Headers {
		for i, name := range g.names {
			text := []byte(name)
			w := width(text)
			room := max(g.widths[i], -g.widths[i]) - w
			o.buf = append(o.buf, d.vertical...)
			o.pad(1 + room/2)
			o.buf = append(o.buf, text...)
			o.pad(room - room/2 + 1)
		}
		o.buf = append(append(o.buf, d.vertical...), '\n')
		d.rule(o, g, d.middle)
	}
	err = g.eachRow(o, func(texts [][]byte, widths []int) {
		for i, text := range texts {
			o.buf = append(append(o.buf, d.vertical...), ' ')
			o.aligned(text, widths[i], g.widths[i])
			o.buf = append(o.buf, ' ')
		}
		o.buf = append(append(o.buf, d.vertical...), '\n')
	})
	if err != nil {
		return err
	}
	d.rule(o, g, d.bottom)
	return nil
}

// rule draws a line through all columns.
func (d *rules) rule(o *output, g *grid, ends [3]string) {
	for i, w := range g.widths {
		o.buf = append(o.buf, ends[min(i, 1)]...)
		o.repeat(d.horizontal, max(w, -w)+2)
	}
	o.buf = append(append(o.buf, ends[2]...), '\n')
}
