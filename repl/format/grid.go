package format

import (
	"errors"
	"fmt"
)

// grid holds the rows of a result as text, for formats that need to know the widths of
// columns before the first row.
type grid struct {
	names  []string
	widths []int // of columns, negative ones align to the right
	blocks []block
	held   int // bytes of all blocks
}

// block is the texts of some rows, one behind the other. A single text for all rows would be
// copied again and again as it grows.
type block struct {
	text  []byte
	cells []gridCell
}

// gridCell is one cell: where its text ends in the block, and how wide it is.
type gridCell struct{ end, width uint32 }

const (
	blockSize = 256 << 10 // bytes of text from which on a new one begins
	cellSize  = 8
	// maxHeld is how many bytes of rows are held.
	maxHeld = 256 << 20
)

// errHeld says that a result cannot be held.
var errHeld = WithHint(fmt.Errorf("result too large for this format: the limit on held rows is %d MB", maxHeld>>20),
	"csv, tsv, json, jsonl, list and line hold none")

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
			return g, errors.Join(err, g.tooWide())
		}
		if err := g.add(r, s); err != nil {
			return nil, err
		}
	}
}

// add adds a row.
func (g *grid) add(r Result, s *Settings) error {
	if n := len(g.blocks); n == 0 {
		g.blocks = append(g.blocks, block{})
	} else if full := g.blocks[n-1]; len(full.text) >= blockSize {
		g.blocks = append(g.blocks, block{make([]byte, 0, blockSize+blockSize/8), make([]gridCell, 0, len(full.cells))})
	}
	b := &g.blocks[len(g.blocks)-1]
	before := len(b.text)
	for i := range g.names {
		start := len(b.text)
		b.text = appendCell(b.text, r.Value(i), s)
		if len(b.text)-before > maxRow {
			return errRow
		}
		w := width(b.text[start:])
		b.cells = append(b.cells, gridCell{uint32(len(b.text)), uint32(w)})
		g.widen(i, w)
	}
	if g.held += len(b.text) - before + cellSize*len(g.names); g.held > maxHeld {
		return errHeld
	}
	return nil
}

// widen makes a column at least w wide.
func (g *grid) widen(i, w int) {
	if g.widths[i] < 0 {
		g.widths[i] = min(g.widths[i], -w)
	} else {
		g.widths[i] = max(g.widths[i], w)
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

// eachRow calls row with the texts of each row and ends it.
func (g *grid) eachRow(o *output, row func(texts [][]byte, widths []int)) error {
	n := len(g.names)
	texts, widths := make([][]byte, n), make([]int, n)
	for _, b := range g.blocks {
		start := uint32(0)
		for i, c := range b.cells {
			texts[i%n], widths[i%n] = b.text[start:c.end], int(c.width)
			start = c.end
			if i%n < n-1 {
				continue
			}
			row(texts, widths)
			if err := o.endRow(); err != nil {
				return err
			}
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
