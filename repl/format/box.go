package format

var boxFormat = Format{
	Name: "box", Doc: "a table drawn with lines",
	Options: Headers | NullValue | Widths,
	encode:  encodeBox,
}

// encodeBox prints a table drawn with Unicode's box drawing characters.
func encodeBox(o *output, r Result, s *Settings) error {
	return encodeDrawn(o, r, s, &boxRules)
}

var boxRules = rules{
	top: [3]string{"┌", "┬", "┐"}, middle: [3]string{"├", "┼", "┤"}, bottom: [3]string{"└", "┴", "┘"},
	horizontal: "─", vertical: "│",
}
