package format

import "sockstat/vtab/table"

var listingFormat = Format{
	Name: "listing", Doc: "padded columns, the layout of sockstat without -q",
	Options: Headers | NullValue | Widths | Fit,
	encode:  encodeListing,
}

// encodeListing prints columns one blank apart, each padded to its width but the last. A
// longer value pushes on those behind it. Rows are held only to fit the widths to them.
func encodeListing(o *output, r Result, s *Settings) error {
	if s.Fit {
		return encodeFitted(o, r, s)
	}
	columns := r.Columns()
	if s.Headers {
		listingRow(o, len(columns), s, func(i int) table.Value { return table.String(columns[i]) })
	}
	return eachRow(o, r, func() { listingRow(o, len(columns), s, r.Value) })
}

// listingRow prints a row of n values.
func listingRow(o *output, n int, s *Settings, value func(int) table.Value) {
	start := len(o.buf)
	for i := range n {
		if o.full() {
			return
		}
		if i > 0 {
			o.buf = append(o.buf, ' ')
		}
		column := 0
		if i < len(s.Widths) {
			column = s.Widths[i]
		}
		cell := len(o.buf)
		var w int
		o.buf, w = appendMeasured(o.buf, value(i), s)
		if column >= 0 {
			o.pad(column - w)
		} else if room := -column - w; room > 0 {
			o.pad(room)
			copy(o.buf[cell+room:], o.buf[cell:]) // to the right
			for j := range room {
				o.buf[cell+j] = ' '
			}
		}
	}
	o.trimLine(start)
}

// encodeFitted prints the listing with widths fitted to the data.
func encodeFitted(o *output, r Result, s *Settings) error {
	fitted := *s
	fitted.Widths, fitted.Screen = nil, nil // which would narrow them
	g, err := readGrid(r, &fitted)
	if err != nil {
		return err
	}
	row := func(cells []cell) {
		start := len(o.buf)
		for i, c := range cells {
			if i > 0 {
				o.buf = append(o.buf, ' ')
			}
			o.aligned(c, g.widths[i], noStyle)
		}
		o.trimLine(start)
	}
	if s.Headers {
		row(g.header())
	}
	blank := g.blank(1)
	return g.eachRow(o, func(cells []cell) {
		if start := len(o.buf); blank.fill(o, cells) {
			o.trimLine(start)
			return
		}
		row(cells)
	})
}
