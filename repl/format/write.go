package format

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"sockstat/vtab/table"
)

// Result is what a format needs of a statement.
type Result interface {
	// Columns returns the names of the columns.
	Columns() []string
	// Next moves to the next row and reports whether there is one.
	Next() (bool, error)
	// Value returns a column of the row. It is valid until Next.
	Value(i int) table.Value
}

// Live is a Result whose rows may come as they happen.
type Live interface {
	// OnWait has f called by Next before it waits for a row, so that nobody waits for those
	// that there are. An error of f is that of Next.
	OnWait(f func() error)
}

// Write prints a result to w as s says. What was complete before an error is printed, but
// no header if nothing was, and nothing at all if the format refuses the result.
func Write(w io.Writer, r Result, s Settings) error {
	f, err := Default(s.Format, s.Screen != nil)
	if err != nil {
		return err
	}
	if s.Through != nil {
		r = s.Through(r)
	}
	return f.write(w, r, s)
}

func (f *Format) write(w io.Writer, r Result, s Settings) error {
	if s.Format = f.Name; s.Origin != nil {
		r = withOrigin(r, &s)
	}
	err := f.check(r.Columns())
	if err != nil {
		return err
	}
	o := &output{w: w, buf: make([]byte, 0, outputSize+outputSize/8)}
	if live, ok := r.(Live); ok {
		live.OnWait(o.flush)
		defer live.OnWait(nil)
	}
	p := &primed{Result: r}
	if p.more, err = r.Next(); err != nil {
		return err
	}
	err = f.encode(o, p, s.only(f.Options))
	if flushed := o.flush(); err == nil {
		err = flushed
	}
	return err
}

// check returns why the format cannot show a result with such columns, nil if it can.
func (f *Format) check(columns []string) error {
	for _, name := range f.Needs {
		if column(columns, name) < 0 {
			return WithHint(fmt.Errorf("format %s: the result has no column %s", f.Name, name),
				f.Name+" needs the columns "+strings.Join(f.Needs, " "))
		}
	}
	if f.refuse == nil {
		return nil
	}
	if err := f.refuse(columns); err != nil {
		return fmt.Errorf("format %s: %w", f.Name, err)
	}
	return nil
}

// column returns the place of a column, -1 for none. As in SQL, case does not count.
func column(columns []string, name string) int {
	return slices.IndexFunc(columns, func(c string) bool { return strings.EqualFold(c, name) })
}

// primed is a Result whose first row was asked for already.
type primed struct {
	Result
	more  bool
	begun bool
}

func (p *primed) Next() (bool, error) {
	if !p.begun {
		p.begun = true
		return p.more, nil
	}
	return p.Result.Next()
}

// eachRow calls row for each row and ends it. What it appended of one too long is dropped, and
// what stands before the first row if it is that.
func eachRow(o *output, r Result, row func()) error {
	for start := 0; ; start = len(o.buf) {
		more, err := r.Next()
		if err != nil || !more {
			return err
		}
		row()
		if o.full() {
			o.buf = o.buf[:start]
			return errRow
		}
		if err := o.endRow(); err != nil {
			return err
		}
	}
}
