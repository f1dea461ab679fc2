package format

import "sockstat/vtab/table"

var qboxFormat = Format{
	Name: "qbox", Doc: "box with values as they stand in SQL, which tells texts from numbers and from NULL",
	Options: Headers | Widths,
	encode:  encodeQuotedBox,
}

// encodeQuotedBox prints a box of literals.
func encodeQuotedBox(o *output, r Result, s *Settings) error {
	return encodeBox(o, quoted{r}, s)
}

// quoted is a Result whose values are literals of SQL. Numbers stay what they are.
type quoted struct{ Result }

func (q quoted) Value(i int) table.Value {
	switch v := q.Result.Value(i); v.Kind() {
	case table.KindInteger, table.KindReal:
		return v
	default:
		return table.String(string(appendLiteral(nil, v)))
	}
}
