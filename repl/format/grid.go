package format

import (
	"errors"
	"fmt"

	"sockstat/vtab/table"
)

// grid holds the rows of a result as text, for formats that need to know the widths of
// columns before the first row.
type grid struct {
	names  []string
	widths []int   // of columns, negative ones align to the right
	given  []bool  // which widths were asked for
	data   []int   // widths of the values alone
	kinds  []uint8 // of the values, a bit for each table.Kind
	blocks []block
	held   int  // bytes of all blocks
	rows   int  // that are held
	more   bool // there is another row, on which the result is
}

// block is the texts of some rows, one behind the other. A single text for all rows would be
// copied again and again as it grows.
type block struct {
	text  []byte
	cells []gridCell
}

// gridCell is one cell: where its text ends in the block, and how wide it is.
type gridCell struct{ end, width uint32 }

// isNull in the width of a cell says that its value is NULL.
const isNull = 1 << 31

// cell is a cell of a grid on its way to the output.
type cell struct {
	text  []byte
	width int
	null  bool
}

const (
	blockSize = 128 << 10 // bytes of text from which on a new one begins
	cellSize  = 8
	// maxHeld is how many bytes of rows are held.
	maxHeld = 256 << 20
)

// errHeld says that a result cannot be held.
var errHeld = WithHint(fmt.Errorf("result too large for this format: the limit on held rows is %d MB", maxHeld>>20),
	"csv, tsv, json, jsonl, list and line hold none")

// readGrid reads all rows, or as many as the screen shows. Widths are at least those of the
// settings, and of the headers if they are shown.
func readGrid(r Result, s *Settings) (*grid, error) {
	columns := r.Columns()
	g := &grid{data: make([]int, len(columns)), kinds: make([]uint8, len(columns))}
	for i, name := range columns {
		g.names = append(g.names, Escape(name))
		w := 0
		if i < len(s.Widths) {
			w = s.Widths[i]
		}
		g.given = append(g.given, w != 0)
		g.widths = append(g.widths, w)
	}
	limit := 0
	if s.Screen != nil {
		limit = s.Screen.Limit
	}
	var err error
	for {
		g.more, err = r.Next()
		if err != nil || !g.more || limit > 0 && g.rows == limit {
			break
		}
		if err := g.add(r, s); err != nil {
			return nil, err
		}
	}
	g.measure(s.Headers)
	return g, errors.Join(err, g.tooWide())
}

// add adds a row.
func (g *grid) add(r Result, s *Settings) error {
	if n := len(g.blocks); n == 0 {
		g.blocks = append(g.blocks, block{})
	} else if full := g.blocks[n-1]; len(full.text) >= blockSize {
		g.blocks = append(g.blocks, block{make([]byte, 0, blockSize+blockSize/8), make([]gridCell, 0, len(full.cells)+len(g.names))})
	}
	b := &g.blocks[len(g.blocks)-1]
	text, before := b.text, len(b.text)
	for i := range g.names {
		v, w := r.Value(i), 0
		text, w = appendMeasured(text, v, s)
		if len(text)-before > maxRow {
			return errRow
		}
		g.data[i] = max(g.data[i], w)
		g.kinds[i] |= 1 << v.Kind()
		c := gridCell{uint32(len(text)), uint32(w)}
		if v.IsNull() {
			c.width |= isNull
		}
		b.cells = append(b.cells, c)
	}
	b.text = text
	g.rows++
	if g.held += len(text) - before + cellSize*len(g.names); g.held > maxHeld {
		return errHeld
	}
	return nil
}

// numeric reports whether a column has numbers alone.
func (g *grid) numeric(i int) bool {
	const numbers = 1<<table.KindInteger | 1<<table.KindReal
	return g.kinds[i]&numbers != 0 && g.kinds[i]&^(numbers|1<<table.KindNull) == 0
}

// measure sets the widths to those of the data.
func (g *grid) measure(headers bool) {
	for i, w := range g.data {
		if headers {
			w = max(w, width([]byte(g.names[i])))
		}
		if g.widths[i] < 0 {
			g.widths[i] = min(g.widths[i], -w)
		} else {
			g.widths[i] = max(g.widths[i], w)
		}
	}
}

// alignNumbers aligns columns of numbers to the right, unless the settings say how they are.
func (g *grid) alignNumbers() {
	for i, given := range g.given {
		if !given && g.numeric(i) {
			g.widths[i] = -g.widths[i]
		}
	}
}

// tooWide returns an error if a row would be too long with the blanks between its texts.
func (g *grid) tooWide() error {
	total := 0
	for _, w := range g.widths {
		if total += max(w, -w); total > maxRow {
			return errRow
		}
	}
	return nil
}

// eachRow calls row with the cells of each row and ends it.
func (g *grid) eachRow(o *output, row func([]cell)) error {
	n := len(g.names)
	cells := make([]cell, n)
	for _, b := range g.blocks {
		start := uint32(0)
		for rest := b.cells; len(rest) > 0; rest = rest[n:] {
			for i, c := range rest[:n] {
				cells[i] = cell{b.text[start:c.end], int(c.width &^ isNull), c.width&isNull != 0}
				start = c.end
			}
			row(cells)
			if err := o.endRow(); err != nil {
				return err
			}
		}
	}
	return nil
}

// header returns the names of the columns as cells.
func (g *grid) header() []cell {
	cells := make([]cell, len(g.names))
	for i, name := range g.names {
		cells[i] = cell{text: []byte(name), width: width([]byte(name))}
	}
	return cells
}

// aligned appends a cell in a column of the given width, shortened if it is wider.
func (o *output) aligned(c cell, column int, s style) {
	if room := max(column, -column); c.width > room {
		c.text, c.width = shorten(c.text, room)
	}
	o.pad(-column - c.width)
	o.styled(c.text, s)
	o.pad(column - c.width)
}

// blank is a line of a grid without its texts. Where these are plain, as nearly always, a line is
// that and the texts in their places.
type blank struct {
	line   []byte
	places []place
}

// place is where in a line a column begins, in bytes, and how wide it is.
type place struct{ start, width int }

// fill appends a line of plain texts. It reports whether they are.
func (b *blank) fill(o *output, cells []cell) bool {
	start := len(o.buf)
	o.buf = append(o.buf, b.line...)
	line := o.buf[start:]
	for i, c := range cells {
		p := b.places[i]
		if len(c.text) != c.width { // no character takes more cells than it has bytes
			o.buf = o.buf[:start]
			return false
		}
		if p.width < 0 {
			copy(line[p.start-p.width-c.width:], c.text)
		} else {
			copy(line[p.start:], c.text)
		}
	}
	return true
}
