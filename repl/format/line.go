package format

import "sockstat/vtab/table"

var lineFormat = Format{
	Name: "line", Doc: "one value a line, name = value",
	Options: NullValue,
	encode:  encodeLine,
}

// encodeLine prints one value a line after the name of its column, with names aligned to
// the right and an empty line between rows.
func encodeLine(o *output, r Result, s *Settings) error {
	columns := r.Columns()
	if s.Screen != nil && s.NullValue == "" {
		s.NullValue = "NULL"
	}
	names := make([]string, len(columns))
	for i, name := range columns {
		names[i] = Escape(name)
	}
	l := newLabels(names, s.Screen, noStyle)
	first := true
	var text []byte
	return eachRow(o, r, func() {
		if !first {
			o.buf = append(o.buf, '\n')
		}
		first = false
		for i := range columns {
			if o.full() {
				return
			}
			v, w := r.Value(i), 0
			text, w = appendMeasured(text[:0], v, s)
			l.value(o, i, cell{text, w, v.Kind() == table.KindNull})
		}
	})
}

// maxRecords is how many rows are shown on a screen where each takes many lines.
const maxRecords = 10

// records prints the rows of a grid as encodeLine does, and returns how many if not all.
func (g *grid) records(o *output, s *Settings) (shown int, err error) {
	name := noStyle
	if s.Headers {
		name = s.Screen.header()
	}
	l := newLabels(g.names, s.Screen, name)
	err = g.eachRow(o, func(cells []cell) {
		if s.Screen.Limit > 0 && shown == min(maxRecords, s.Screen.Limit) {
			return
		}
		if shown > 0 {
			o.buf = append(o.buf, '\n')
		}
		shown++
		for i, c := range cells {
			l.value(o, i, c)
		}
	})
	return shown, err
}

// labels are names of columns that values stand behind, one a line.
type labels struct {
	screen *Screen
	style  style // of the names
	cells  []cell
	width  int // of the widest one
	room   int // for a value on a screen
}

// newLabels returns labels that leave half of a screen to the values.
func newLabels(names []string, screen *Screen, name style) *labels {
	l := &labels{screen: screen, style: name}
	for _, name := range names {
		c := cell{text: []byte(name), width: width([]byte(name))}
		if screen != nil && c.width > screen.columns()/2 {
			c.text, c.width = shorten(c.text, screen.columns()/2)
		}
		l.cells = append(l.cells, c)
		l.width = max(l.width, c.width)
	}
	if screen != nil {
		l.room = screen.columns() - l.width - len(" = ")
	}
	return l
}

// value prints a value behind its label. On a screen it goes on below itself.
func (l *labels) value(o *output, i int, c cell) {
	o.pad(l.width - l.cells[i].width)
	o.styled(l.cells[i].text, l.style)
	o.buf = append(o.buf, " ="...)
	style := l.screen.style(c.text, c.null)
	for len(c.text) > 0 {
		part := c.text
		if l.screen != nil && c.width > l.room {
			part = begin(c.text, l.room)
		}
		o.buf = append(o.buf, ' ')
		o.styled(part, style)
		if c.text = c.text[len(part):]; len(c.text) > 0 {
			c.width -= width(part)
			o.buf = append(o.buf, '\n')
			o.pad(l.width + len(" ="))
		}
	}
	o.buf = append(o.buf, '\n')
}
