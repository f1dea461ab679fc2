package format

var insertFormat = Format{
	Name: "insert", Doc: "statements that insert the rows into a table",
	Options: Headers | Table,
	encode:  encodeInsert,
}

// insertTable is the name of the table that rows are inserted into if none is given.
const insertTable = "table"

// encodeInsert prints an INSERT a row, with the names of the columns if there are headers.
func encodeInsert(o *output, r Result, s *Settings) error {
	name := s.Table
	if name == "" {
		name = insertTable
	}
	columns := r.Columns()
	into := append([]byte("INSERT INTO "), QuoteName(name)...)
	if s.Headers {
		for i, column := range columns {
			into = append(into, map[bool]byte{true: '(', false: ','}[i == 0])
			into = append(into, QuoteName(column)...)
		}
		into = append(into, ')')
	}
	into = append(into, " VALUES("...)
	return eachRow(o, r, func() {
		o.buf = append(o.buf, into...)
		o.literals(r, len(columns))
		o.buf = append(o.buf, ");\n"...)
	})
}

// QuoteName returns a name as it stands in SQL, in double quotes. What could act on a terminal is
// escaped, since there is no other way to write it in a name.
func QuoteName(name string) string {
	quoted := []byte{'"'}
	for _, c := range []byte(Escape(name)) {
		if c == '"' {
			quoted = append(quoted, c)
		}
		quoted = append(quoted, c)
	}
	return string(append(quoted, '"'))
}
