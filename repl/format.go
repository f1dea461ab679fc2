package repl

import (
	"fmt"
	"io"
	"strings"
)

// Settings is how results are shown. The zero value is a table without headers.
type Settings struct {
	Format    string // the name of a [Format]; "" is the first one
	Headers   bool   // names of columns, where the format can do without
	NullValue string // text of NULL where the format has none of its own
	// Widths are the least widths of columns in column, table, box and listing; 0 or
	// missing is what the data needs, a negative one aligns to the right. Nothing is cut.
	Widths    []int
	Fit       bool   // listing: widths are fitted to the data, which is held for that
	Separator string // between the values of list; "" is "|"
}

// Format is a way to show results.
type Format struct {
	Name, Doc string
	// encode prints a result. It returns the errors of the result and of the output.
	encode func(*output, Result, *Settings) error
}

// formats are all there are. The first one is the default.
var formats = []Format{
	{"table", "a table drawn with + - |", encodeTable},
	{"box", "a table drawn with lines", encodeBox},
	{"column", "columns two blanks apart", encodeColumn},
	{"list", "values with a separator between them, |", encodeList},
	{"csv", "comma-separated values as of RFC 4180, exact; NULL is empty, an empty text is \"\"", encodeCSV},
	{"tsv", "tab-separated values with backslash escapes as PostgreSQL has them; NULL is \\N", encodeTSV},
	{"json", "an array with one object a line, exact", encodeJSON},
	{"jsonl", "one JSON object a line, exact", encodeJSONLines},
	{"line", "one value a line, name = value", encodeLine},
	{"markdown", "a Markdown table", encodeMarkdown},
	{"html", "the rows of an HTML table", encodeHTML},
	{"listing", "padded columns, the layout of sockstat without -q", encodeListing},
}

// Formats returns all formats. The first one is the default.
func Formats() []Format { return formats }

// FindFormat returns the format of a name. The error for an unknown one lists all.
func FindFormat(name string) (Format, error) {
	if name == "" {
		return formats[0], nil
	}
	names := make([]string, len(formats))
	for i, f := range formats {
		if f.Name == name {
			return f, nil
		}
		names[i] = f.Name
	}
	return Format{}, fmt.Errorf("unknown format %q: it is one of %s", name, strings.Join(names, " "))
}

// Write prints a result to w as s says. What was complete before an error is printed, but
// no header if nothing was.
func Write(w io.Writer, r Result, s Settings) error {
	f, err := FindFormat(s.Format)
	if err != nil {
		return err
	}
	p := &primed{Result: r}
	if p.more, err = r.Next(); err != nil {
		return err
	}
	o := &output{w: w}
	err = f.encode(o, p, &s)
	if flushed := o.flush(); err == nil {
		err = flushed
	}
	return err
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

// eachRow calls row for each row and ends it.
func eachRow(o *output, r Result, row func()) error {
	for {
		more, err := r.Next()
		if err != nil || !more {
			return err
		}
		row()
		if err := o.endRow(); err != nil {
			return err
		}
	}
}
