package saved

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"sockstat/vtab/engine"
	"sockstat/vtab/table"
)

// Limit is how much a file keeps. The oldest moments go first; the last one stays.
type Limit struct {
	Age  time.Duration // of moments; 0 for any
	Size int64         // of the file, in bytes; 0 for any
}

// sizes are the units of a size.
var sizes = []struct {
	unit  string
	bytes float64
}{{"KB", 1 << 10}, {"MB", 1 << 20}, {"GB", 1 << 30}, {"TB", 1 << 40}}

// ParseLimit returns the limit that a text stands for: an age, as 12h or 7d, a size, as 500MB or
// 2GB, or both with a comma between them.
func ParseLimit(text string) (l Limit, err error) {
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		size, ok := parseSize(part)
		if ok {
			l.Size = size
			continue
		}
		if l.Age, err = ParseSpan(part); err != nil || l.Age <= 0 {
			return Limit{}, fmt.Errorf("%q is neither an age nor a size: 12h, 7d, 500MB, 2GB, or 7d,2GB", part)
		}
	}
	return l, nil
}

func parseSize(text string) (bytes int64, ok bool) {
	upper := strings.ToUpper(text)
	for _, s := range sizes {
		if number, found := strings.CutSuffix(upper, s.unit); found {
			n, err := strconv.ParseFloat(number, 64)
			return int64(n * s.bytes), err == nil && n > 0 && n < 1e6
		}
	}
	return 0, false
}

// portion is which part of all is dropped at once: to find out what nobody refers to any more
// means to read all of the file.
const portion = 32

// keep drops old moments as far as a limit says. It is part of the transaction that adds one.
func (w *writer) keep(now Moment, limit Limit) error {
	if limit.Age > 0 {
		oldest := now.Time.Add(-limit.Age)
		first, err := w.number("SELECT coalesce(min(time_ms), 0) FROM moments WHERE kept")
		if err != nil {
			return err
		}
		if time.UnixMilli(first).Before(oldest.Add(-limit.Age / portion)) {
			if err := w.dropBefore(oldest); err != nil {
				return err
			}
		}
	}
	for limit.Size > 0 {
		more, err := w.isLarger(limit.Size)
		if err != nil || !more {
			return err
		}
		if more, err = w.dropSome(now); err != nil || !more {
			return err
		}
	}
	return nil
}

// number returns the number that a query results in.
func (w *writer) number(sql string) (n int64, err error) {
	err = each(w.file, sql, func(s *engine.FileStmt) error {
		n = s.Value(0).Int()
		return nil
	})
	return n, err
}

// isLarger reports whether what is in the file takes more than some bytes. Pages that are free
// are used again.
func (w *writer) isLarger(size int64) (bool, error) {
	var pages [3]int64
	for i, pragma := range []string{"page_count", "freelist_count", "page_size"} {
		n, err := w.number("PRAGMA " + pragma)
		if err != nil {
			return false, err
		}
		pages[i] = n
	}
	return (pages[0]-pages[1])*pages[2] > size, nil
}

// dropBefore drops the moments before a time, but not the last one before it: what was open then
// is still asked for.
func (w *writer) dropBefore(t time.Time) error {
	oldest, err := w.number(fmt.Sprintf("SELECT coalesce(max(moment), 0) FROM moments WHERE kept AND time_ms <= %d", t.UnixMilli()))
	if err != nil || oldest == 0 {
		return err
	}
	return w.drop(oldest)
}

// dropSome drops some of the oldest moments. It reports whether there were any to be dropped.
func (w *writer) dropSome(now Moment) (bool, error) {
	const kept = "SELECT count(*) FROM moments WHERE kept"
	n, err := w.number(kept)
	if err != nil || n <= 1 { // the last one stays
		return false, err
	}
	oldest, err := w.number(fmt.Sprintf("SELECT coalesce(min(moment), %d) FROM (SELECT moment FROM moments WHERE kept ORDER BY moment LIMIT -1 OFFSET %d)",
		now.Number, n/portion+1))
	if err != nil {
		return false, err
	}
	return true, w.drop(oldest)
}

// drop drops the moments before the oldest one that is kept, and what only they had.
func (w *writer) drop(oldest int64) error {
	if err := w.run("UPDATE moments SET kept = 0 WHERE moment < ? AND kept", table.Int(oldest)); err != nil {
		return err
	}
	for _, t := range w.layout.tables {
		if err := w.run("DELETE FROM "+t.spansName()+" WHERE gone <= ?", table.Int(oldest)); err != nil {
			return err
		}
	}
	return w.dropUnused()
}

// mostMarked is far more than any number in a file of ours, and no memory to speak of in bits.
const mostMarked = 1 << 32

// marks are the numbers that something refers to.
type marks []uint64

func (m *marks) set(n int64) {
	if n < 0 {
		return
	}
	for int(n/64) >= len(*m) {
		*m = append(*m, make(marks, max(64, len(*m)))...)
	}
	(*m)[n/64] |= 1 << (n % 64)
}

func (m marks) has(n int64) bool { return n >= 0 && int(n/64) < len(m) && m[n/64]&(1<<(n%64)) != 0 }

// dropUnused drops tuples, texts and times that no row refers to.
func (w *writer) dropUnused() error {
	w.collect()
	used := map[string]*marks{"texts": {}, "moments": {}}
	for _, p := range w.layout.parts {
		used[p.name] = &marks{}
	}
	for _, t := range w.layout.tables {
		if err := w.markSpans(t, used); err != nil {
			return err
		}
	}
	for _, p := range w.layout.parts {
		if err := w.dropUnmarked(p.name, "tuple_id", *used[p.name]); err != nil {
			return err
		}
		if err := w.markTexts(p.name, p.columns, used["texts"]); err != nil {
			return err
		}
	}
	if err := w.dropUnmarked("texts", "text_id", *used["texts"]); err != nil {
		return err
	}
	return w.dropUnmarked("moments WHERE NOT kept", "moment", *used["moments"])
}

// markSpans marks what the rows of a table refer to.
func (w *writer) markSpans(t *tableLayout, used map[string]*marks) error {
	names, of := "first, gone", []*marks{used["moments"], used["moments"]}
	for _, s := range t.spans {
		name, _, _ := strings.Cut(t.spanDeclaration(s), " ")
		switch {
		case s.column < 0:
			names, of = names+", "+name, append(of, used[s.part])
		case t.columns[s.column].typ == table.Text:
			names, of = names+", "+name, append(of, used["texts"])
		}
	}
	return w.mark("SELECT "+names+" FROM "+t.spansName(), of)
}

// markTexts marks the texts that tuples refer to.
func (w *writer) markTexts(name string, columns []column, texts *marks) error {
	names, of := "NULL", []*marks{{}}
	for _, c := range columns {
		if c.typ == table.Text {
			names, of = names+", "+quoted(c.name), append(of, texts)
		}
	}
	return w.mark("SELECT "+names+" FROM "+name, of)
}

// mark marks the numbers in the columns of a query, each where it belongs.
func (w *writer) mark(sql string, of []*marks) error {
	return each(w.file, sql, func(s *engine.FileStmt) error {
		for i, m := range of {
			if v := s.Value(i); v.Kind() == table.KindInteger && v.Int() <= mostMarked {
				m.set(v.Int())
			}
		}
		return nil
	})
}

// dropUnmarked deletes the rows with numbers that are not marked.
func (w *writer) dropUnmarked(from, column string, used marks) error {
	var unused []int64
	err := each(w.file, "SELECT "+column+" FROM "+from, func(s *engine.FileStmt) error {
		if id := s.Value(0).Int(); !used.has(id) {
			unused = append(unused, id)
		}
		return nil
	})
	name, _, _ := strings.Cut(from, " ")
	for _, id := range unused {
		if err == nil {
			err = w.run("DELETE FROM "+name+" WHERE "+column+" = ?", table.Int(id))
		}
	}
	return err
}
