package format

// grid holds the rows of a result as text, for formats that need to know the widths of
// columns before the first row.
type grid struct {
	names  []string
	widths []int // of columns, negative ones align to the right
	text   []byte
	cells  []gridCell
}

// gridCell is one cell: where its text ends and how wide it is.
type gridCell struct{ end, width int }

// readGrid reads all rows. Widths are at least those of the settings, and of the headers
// if they are shown.
func readGrid(r Result, s *Settings, headers bool) (*grid, error) {
	g := &grid{}
	for i, name := range r.Columns() {
		g.names = append(g.names, Escape(name))
		w := 0
		if i < len(s.Widths) {
			w = s.Widths[i]
		}
		g.widths = append(g.widths, w)
		if headers {
			g.widen(i, width([]byte(g.names[i])))
		}
	}
	for {
		more, err := r.Next()
		if err != nil || !more {
			return g, err
		}
		for i := range g.names {
			start := len(g.text)
			g.text = appendCell(g.text, r.Value(i), s)
			w := width(g.text[start:])
			g.cells = append(g.cells, gridCell{len(g.text), w})
			g.widen(i, w)
		}
	}
}

// widen makes a column at least w wide.
func (g *grid) widen(i, w int) {
	if g.widths[i] < 0 {
		g.widths[i] = min(g.widths[i], -w)
	} else {
		g.widths[i] = max(g.widths[i], w)
	}
}

// eachRow calls row with the texts of each row and ends it.
func (g *grid) eachRow(o *output, row func(texts [][]byte, widths []int)) error {
	n, start := len(g.names), 0
	texts, widths := make([][]byte, n), make([]int, n)
	for i, c := range g.cells {
		texts[i%n], widths[i%n] = g.text[start:c.end], c.width
		start = c.end
		if i%n < n-1 {
			continue
		}
		row(texts, widths)
		if err := o.endRow(); err != nil {
			return err
		}
	}
	return nil
}

// aligned appends a text of width w in a column of the given width.
func (o *output) aligned(text []byte, w, column int) {
	o.pad(-column - w)
	o.buf = append(o.buf, text...)
	o.pad(column - w)
}
