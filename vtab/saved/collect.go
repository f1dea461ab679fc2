package saved

import "sockstat/vtab/table"

// What the writer remembers of texts and tuples it needs as long as a row that lives refers to
// them. Which those are is found out once in a while, and before any of them go from the file.

// sequence returns the sequence of a table.
func (w *writer) sequence(name string) *sequence {
	s := w.sequences[name]
	if s == nil {
		s = &sequence{}
		w.sequences[name] = s
	}
	return s
}

// collectMany collects if there are many more texts and tuples than after the last collection.
func (w *writer) collectMany() {
	const few = 1000
	if n := w.remembered(); n > 2*w.collected+few {
		w.collect()
	}
}

// remembered returns how many texts and tuples the writer remembers.
func (w *writer) remembered() int {
	n := w.texts.live()
	for _, p := range w.parts {
		n += p.live()
	}
	return n
}

// collect forgets the texts and tuples that no row of the last moment refers to. They stay in
// the file for the rows of before.
func (w *writer) collect() {
	texts, tuples := &marks{}, map[string]*marks{}
	for _, p := range w.layout.parts {
		tuples[p.name] = &marks{}
	}
	for _, t := range w.layout.tables {
		of := make([]*marks, len(t.spans))
		for i, s := range t.spans {
			if s.column < 0 {
				of[i] = tuples[s.part]
			} else if t.columns[s.column].typ == table.Text {
				of[i] = texts
			}
		}
		w.tables[t.name].mark(of)
	}
	for _, p := range w.layout.parts {
		w.parts[p.name].retain(*tuples[p.name])
		of := make([]*marks, len(p.columns))
		for i, c := range p.columns {
			if c.typ == table.Text {
				of[i] = texts
			}
		}
		w.parts[p.name].mark(of)
	}
	w.texts.retain(*texts)
	w.collected = w.remembered()
}

// mark marks the numbers in the cells that entries are made of, each where it belongs.
func (n *interned) mark(of []*marks) {
	for i := range n.entries {
		eachCell(n.entries[i].key, func(cell int, number int64) {
			if cell < len(of) && of[cell] != nil && number <= mostMarked {
				of[cell].set(number)
			}
		})
	}
}

// retain drops all whose numbers are not marked.
func (n *interned) retain(used marks) {
	_ = n.sweep(func(e *internedEntry) bool { return used.has(e.id) }, func(int64) error { return nil })
	n.compact()
}
