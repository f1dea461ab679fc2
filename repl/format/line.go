package format

var lineFormat = Format{
	Name: "line", Doc: "one value a line, name = value",
	Options: NullValue,
	encode:  encodeLine,
}

// encodeLine prints one value a line after the name of its column, with names aligned to
// the right and an empty line between rows.
func encodeLine(o *output, r Result, s *Settings) error {
	columns := r.Columns()
	names, widths, longest := make([]string, len(columns)), make([]int, len(columns)), 0
	for i, name := range columns {
		names[i] = Escape(name)
		widths[i] = width([]byte(names[i]))
		longest = max(longest, widths[i])
	}
	first := true
	return eachRow(o, r, func() {
		if !first {
			o.buf = append(o.buf, '\n')
		}
		first = false
		for i, name := range names {
			if o.full() {
				return
			}
			o.pad(longest - widths[i])
			o.buf = append(o.buf, name...)
			o.buf = append(o.buf, " = "...)
			o.buf = append(appendCell(o.buf, r.Value(i), s), '\n')
		}
	})
}
