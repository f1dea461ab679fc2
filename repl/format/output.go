package format

import (
	"fmt"
	"io"

	"sockstat/vtab/table"
)

// output collects what is printed. Formats append to buf and call endRow after each row.
type output struct {
	w   io.Writer
	buf []byte
}

// outputSize is how much is collected before it is written.
const outputSize = 32 << 10

// maxRow is how many bytes a row may take as it is printed: it is put together before it is
// written.
const maxRow = 32 << 20

// errRow says that a row is longer.
var errRow = fmt.Errorf("row too long: the limit on a row is %d MB as it is printed", maxRow>>20)

// full reports whether a row has become too long. The rest of its values need not be printed.
func (o *output) full() bool { return len(o.buf) > maxRow }

// endRow writes what was collected if it is enough.
func (o *output) endRow() error {
	if len(o.buf) < outputSize {
		return nil
	}
	return o.flush()
}

// flush writes what was collected.
func (o *output) flush() error {
	if len(o.buf) == 0 {
		return nil
	}
	_, err := o.w.Write(o.buf)
	o.buf = o.buf[:0]
	return err
}

// pad appends n blanks.
func (o *output) pad(n int) {
	const blanks = "                                                                "
	for n > 0 {
		more := min(n, len(blanks))
		o.buf = append(o.buf, blanks[:more]...)
		n -= more
	}
}

// repeat appends a text n times.
func (o *output) repeat(s string, n int) {
	for ; n > 0; n-- {
		o.buf = append(o.buf, s...)
	}
}

// trimLine removes the blanks at the end of the line that begins at start, and ends it.
func (o *output) trimLine(start int) {
	end := len(o.buf)
	for end > start && o.buf[end-1] == ' ' {
		end--
	}
	o.buf = append(o.buf[:end], '\n')
}

// appendMeasured appends a value as text formats show it and returns the width of that.
func appendMeasured(dst []byte, v table.Value, s *Settings) ([]byte, int) {
	start := len(dst)
	switch v.Kind() {
	case table.KindText, table.KindBlob:
		if text := v.Bytes(); plain(text) {
			return append(dst, text...), len(text)
		}
	case table.KindInteger, table.KindReal:
		dst = v.Append(dst)
		return dst, len(dst) - start
	}
	dst = appendCell(dst, v, s)
	return dst, width(dst[start:])
}

// appendCell appends a value as text formats show it.
func appendCell(dst []byte, v table.Value, s *Settings) []byte {
	switch v.Kind() {
	case table.KindNull:
		return AppendEscaped(dst, s.NullValue)
	case table.KindText, table.KindBlob:
		return AppendEscaped(dst, v.Bytes())
	}
	return v.Append(dst)
}
