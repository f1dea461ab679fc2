package format

var jsonlFormat = Format{
	Name: "jsonl", Doc: "one JSON object a line, exact",
	encode: encodeJSONLines,
}

// encodeJSONLines prints one JSON object a line.
func encodeJSONLines(o *output, r Result, s *Settings) error {
	keys := objectKeys(r.Columns())
	return eachRow(o, r, func() {
		o.appendObject(r, keys)
		o.buf = append(o.buf, '\n')
	})
}
