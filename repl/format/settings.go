package format

// Settings is how results are shown. The zero value is a table without headers.
type Settings struct {
	Format    string // the name of a [Format]; "" is box on a terminal, else table
	Headers   bool   // names of columns, where the format can do without
	NullValue string // text of NULL where the format has none of its own
	// Widths are the least widths of columns, in cells of a terminal; 0 or missing is what the
	// data needs, a negative one aligns to the right. Nothing is cut.
	Widths    []int
	Fit       bool   // widths are fitted to the data, which is held for that
	Separator string // between the values of a row; "" is "|"
	Table     string // into which rows are inserted; "" is "table"
	// Origin is where rows come from, nil if they need not tell.
	Origin *Origin
	// Screen is the terminal that the output is, nil if it is none. Formats that carry what
	// strangers wrote as it is do not do so there.
	Screen *Screen
	// MaxRows is how many rows of a drawn table are shown on a terminal; 0 is as many as fit it
	// or a pager, but some in any case, a negative number is all.
	MaxRows int
	NoPager bool // no pager is started on a terminal
	// Through makes of each result the one that is shown; nil shows it as it is.
	Through func(Result) Result
}

// Options says which fields of [Settings] a format has.
type Options uint8

// The options, each named like its field.
const (
	Headers Options = 1 << iota
	NullValue
	Widths
	Fit
	Separator
	Table
)

// only returns the settings of which a format has the given ones, so that what a format
// does not declare it cannot heed.
func (s Settings) only(has Options) *Settings {
	if has&Headers == 0 {
		s.Headers = false
	}
	if has&NullValue == 0 {
		s.NullValue = ""
	}
	if has&Widths == 0 {
		s.Widths = nil
	}
	if has&Fit == 0 {
		s.Fit = false
	}
	if has&Separator == 0 {
		s.Separator = ""
	}
	if has&Table == 0 {
		s.Table = ""
	}
	return &s
}
