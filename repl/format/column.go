package format

var columnFormat = Format{
	Name: "column", Doc: "columns two blanks apart",
	Options: Headers | NullValue | Widths,
	encode:  encodeColumn,
}

// encodeColumn prints columns two blanks apart, with a line of dashes below the headers.
func encodeColumn(o *output, r Result, s *Settings) error {
	g, err := readGrid(r, s, s.Headers)
	if err != nil {
		return err
	}
	row := func(texts [][]byte, widths []int) {
		start := len(o.buf)
		for i, text := range texts {
			if i > 0 {
				o.pad(2)
			}
			o.aligned(text, widths[i], g.widths[i])
		}
		o.trimLine(start)
	}
	if s.Headers {
		row(g.header())
		for i, w := range g.widths {
			if i > 0 {
				o.pad(2)
			}
			o.repeat("-", max(w, -w))
		}
		o.buf = append(o.buf, '\n')
	}
	return g.eachRow(o, row)
}

// header returns the names of the columns and their widths as a row.
func (g *grid) header() (texts [][]byte, widths []int) {
	for _, name := range g.names {
		texts = append(texts, []byte(name))
		widths = append(widths, width([]byte(name)))
	}
	return texts, widths
}
