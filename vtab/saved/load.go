package saved

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sockstat/vtab/engine"
	"sockstat/vtab/table"
)

// load reads what the file has: its columns, and what the last moment had.
func (w *writer) load() error {
	l, err := readLayout(w.file)
	if err != nil {
		return err
	}
	w.layout = l
	return w.reload()
}

// sync loads anew if somebody else added a moment, or ours failed.
func (w *writer) sync() error {
	last, err := lastMoment(w.file)
	if err != nil || last == w.last {
		return err
	}
	if err := w.detach(); err != nil {
		return err
	}
	return w.load()
}

// lastMoment returns the number of the last moment, 0 if there is none.
func lastMoment(file *engine.File) (last int64, err error) {
	err = each(file, "SELECT coalesce(max(moment), 0) FROM moments", func(s *engine.FileStmt) error {
		last = s.Value(0).Int()
		return nil
	})
	return last, err
}

// each calls f for each row of a query.
func each(file *engine.File, sql string, f func(*engine.FileStmt) error, params ...table.Value) (err error) {
	s, err := file.Prepare(sql)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	for i, v := range params {
		if err := s.Bind(i, v); err != nil {
			return err
		}
	}
	for {
		row, err := s.Step()
		if err != nil || !row {
			return err
		}
		if err := f(s); err != nil {
			return err
		}
	}
}

// reload reads what the last moment had: the rows that live, then the tuples that they refer
// to, then the texts that both do.
func (w *writer) reload() (err error) {
	if w.file.Exec("BEGIN") == nil { // else one is open: each statement by itself would lock the file anew
		defer func() { err = errors.Join(err, w.file.Exec("COMMIT")) }()
	}
	w.texts, w.parts, w.tables, w.nextID = newInterned(), map[string]*interned{}, map[string]*interned{}, map[string]int64{}
	w.sequences = map[string]*sequence{}
	if w.last, err = lastMoment(w.file); err != nil {
		return err
	}
	texts, tuples := map[int64]bool{}, map[string]map[int64]bool{}
	for _, p := range w.layout.parts {
		tuples[p.name] = map[int64]bool{}
	}
	for _, t := range w.layout.tables {
		if err := w.reloadTable(t, tuples, texts); err != nil {
			return err
		}
	}
	for _, p := range w.layout.parts {
		if err := w.reloadPart(p, tuples[p.name], texts); err != nil {
			return err
		}
	}
	err = w.reloadTexts(texts)
	w.collected = w.remembered()
	return err
}

// reloadTable reads the rows that live, and notes what they refer to.
func (w *writer) reloadTable(t *tableLayout, tuples map[string]map[int64]bool, texts map[int64]bool) error {
	name, names := t.spansName(), ""
	for _, s := range t.spans {
		column, _, _ := strings.Cut(t.spanDeclaration(s), " ")
		names += ", " + column
	}
	rows := newInterned()
	w.tables[t.name] = rows
	cells := make([]table.Value, len(t.spans))
	var key []byte
	err := each(w.file, "SELECT rowid"+names+" FROM "+name+" WHERE gone IS NULL", func(s *engine.FileStmt) error {
		for i, sc := range t.spans {
			cells[i] = s.Value(i + 1)
			switch integer := cells[i].Kind() == table.KindInteger; {
			case integer && sc.column < 0:
				tuples[sc.part][cells[i].Int()] = true
			case integer && t.columns[sc.column].typ == table.Text:
				texts[cells[i].Int()] = true
			}
		}
		key = appendCells(key[:0], cells)
		for n, size := 0, len(key); rows.has(key); n++ {
			key = appendCell(key[:size], table.Int(n))
		}
		rows.add(key, s.Value(0).Int(), w.turn)
		return nil
	})
	rows.used = 0
	if err != nil {
		return err
	}
	return w.next(name, "rowid", name)
}

// next finds out the next number of a table.
func (w *writer) next(name, column, key string) error {
	return each(w.file, fmt.Sprintf("SELECT coalesce(max(%s), 0) + 1 FROM %s", column, name), func(s *engine.FileStmt) error {
		w.nextID[key] = s.Value(0).Int()
		return nil
	})
}

// reloadPart reads tuples, and notes the texts that they refer to.
func (w *writer) reloadPart(p *partLayout, ids, texts map[int64]bool) error {
	names := ""
	for _, c := range p.columns {
		names += ", " + quoted(c.name)
	}
	rows := newInterned()
	w.parts[p.name] = rows
	cells := make([]table.Value, len(p.columns))
	var key []byte
	err := eachID(w.file, "SELECT tuple_id"+names+" FROM "+p.name+" WHERE tuple_id = ?", ids, func(s *engine.FileStmt) {
		for i, c := range p.columns {
			cells[i] = s.Value(i + 1)
			if c.typ == table.Text && cells[i].Kind() == table.KindInteger {
				texts[cells[i].Int()] = true
			}
		}
		key = appendCells(key[:0], cells)
		rows.add(key, s.Value(0).Int(), w.turn)
	})
	rows.used = 0
	if err != nil {
		return err
	}
	return w.next(p.name, "tuple_id", p.name)
}

// reloadTexts reads texts.
func (w *writer) reloadTexts(ids map[int64]bool) error {
	err := eachID(w.file, "SELECT text_id, text FROM texts WHERE text_id = ?", ids, func(s *engine.FileStmt) {
		w.texts.add(bytesOf(s.Value(1).Bytes()), s.Value(0).Int(), w.turn)
	})
	w.texts.used = 0
	if err != nil {
		return err
	}
	return w.next("texts", "text_id", "texts")
}

// eachID calls f for the row of each number that there is.
func eachID(file *engine.File, sql string, ids map[int64]bool, f func(*engine.FileStmt)) (err error) {
	s, err := file.Prepare(sql)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		if err := s.Bind(0, table.Int(id)); err != nil {
			return err
		}
		row, err := s.Step()
		if err != nil {
			return err
		}
		if row {
			f(s)
		}
		if err := s.Reset(); err != nil {
			return err
		}
	}
	return nil
}

// readLayout reads the columns of a file and checks that it has what follows from them, and
// nothing else.
func readLayout(file *engine.File) (*layout, error) {
	found := map[string]object{}
	err := each(file, "SELECT type, name, sql FROM sqlite_schema", func(s *engine.FileStmt) error {
		o := object{s.Value(0).Clone().String(), s.Value(1).Clone().String(), s.Value(2).Clone().String()}
		if len(found) > 4*maxColumns {
			return errNotOurs
		}
		found[o.name] = o
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, errNotOurs
	}
	for _, o := range fixed {
		if found[o.name] != o {
			return nil, errNotOurs
		}
	}
	var columns []column
	err = each(file, "SELECT table_name, name, type, part, joined FROM saved_columns ORDER BY rowid", func(s *engine.FileStmt) error {
		if len(columns) > maxColumns {
			return errNotOurs
		}
		c := column{table: s.Value(0).Clone().String(), name: s.Value(1).Clone().String(),
			typ: table.Type(s.Value(2).Clone().String()), part: s.Value(3).Clone().String()}
		if text := s.Value(4).Clone().String(); text != "" {
			c.joined[0], c.joined[1], _ = strings.Cut(text, ":")
		}
		columns = append(columns, c)
		return nil
	})
	if err != nil {
		return nil, err
	}
	l, err := newLayout(columns)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNotOurs, err)
	}
	objects := l.objects()
	for _, o := range objects {
		if found[o.name] != o {
			return nil, fmt.Errorf("%w: its schema is not ours at %s", errNotOurs, o.name)
		}
	}
	if len(found) != len(objects) {
		return nil, fmt.Errorf("%w: it has more than we put there", errNotOurs)
	}
	return l, nil
}

// errNotOurs is the error for a database that is not a file of moments.
var errNotOurs = errors.New("not a file of saved moments")
