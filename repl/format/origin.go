package format

import (
	"slices"
	"strings"
	"time"

	"sockstat/vtab/table"
)

// Origin says where rows come from, for those who put the rows of many machines together. Results get
// the columns host, boot_id, zone and ts before all others. What a result has of them itself keeps its
// values and is moved there, so that no name is there twice.
type Origin struct {
	Host, BootID table.Value
	Zone         table.Value      // of rows that do not say theirs
	Now          func() time.Time // when the result was asked for; nil is [time.Now]
}

// originColumns are the columns, and how wide they are in the layout of the listing.
var originColumns = []struct {
	name  string
	width int
}{{"host", 15}, {"boot_id", 36}, {"zone", 10}, {"ts", 24}}

// timeForm is that of ts: RFC 3339 in UTC, with milliseconds, so that the texts are in the order of time.
const timeForm = "2006-01-02T15:04:05.000Z"

// ofOrigin is a result with the columns of an origin before its own.
type ofOrigin struct {
	Result
	columns []string
	from    []int // the column of the result that each is, or that of constants, counted from -1 down
	known   []table.Value
}

// withOrigin returns such a result, and sets the widths of the settings to it.
func withOrigin(r Result, s *Settings) *ofOrigin {
	now := time.Now
	if s.Origin.Now != nil {
		now = s.Origin.Now
	}
	o := &ofOrigin{Result: r, known: []table.Value{s.Origin.Host, s.Origin.BootID, s.Origin.Zone, table.String(now().UTC().Format(timeForm))}}
	own := r.Columns()
	for i, c := range originColumns {
		at, name := column(own, c.name), c.name
		if s.Format == listingFormat.Name {
			name = strings.ToUpper(name)
		}
		if at < 0 {
			at = -1 - i
		}
		o.columns, o.from = append(o.columns, name), append(o.from, at)
	}
	for i, name := range own {
		if !slices.Contains(o.from, i) {
			o.columns, o.from = append(o.columns, name), append(o.from, i)
		}
	}
	s.Widths = o.widths(s)
	return o
}

// widths returns the widths of the columns, given those of the result. The listing has some of its own.
func (o *ofOrigin) widths(s *Settings) []int {
	var widths []int
	for i, at := range o.from {
		w := 0
		switch {
		case at >= 0 && at < len(s.Widths):
			w = s.Widths[at]
		case at < 0 && s.Format == listingFormat.Name:
			w = originColumns[i].width
		}
		widths = append(widths, w)
	}
	return widths
}

func (o *ofOrigin) Columns() []string { return o.columns }

func (o *ofOrigin) Value(i int) table.Value {
	if at := o.from[i]; at >= 0 {
		return o.Result.Value(at)
	}
	return o.known[-1-o.from[i]]
}
