package vtab

import (
	"context"
	"io"
	"testing"

	"sockstat/vtab/engine"
	"sockstat/vtab/table"
)

// Whether a table may have a text that a query wants: in doubt it may.
func TestWants(t *testing.T) {
	var has string  // the one text of the table
	var wanted bool // it, the last time
	spec := &table.Spec[string]{
		Name: "texts",
		Columns: []table.Column[string]{{Name: "name", Type: table.Text, Pushed: true,
			Get: func(s *string) table.Value { return table.String(*s) }}},
		Open: func(_ context.Context, q *table.Query) (table.Reader[string], error) {
			wanted = wants(q, "name", has)
			return &oneText{has, !wanted}, nil
		},
	}
	db, err := engine.Open(spec)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, text := range []string{"", "foo", "foo ", " foo", "FOO  "} {
		has = text
		for _, where := range []string{
			"= ''", "= 'foo'", "= 'foo '", "= ' foo'", "= 'FOO' COLLATE NOCASE", "= 'foo    ' COLLATE RTRIM",
			"IN ('x', 'foo ')", "= 'x'",
		} {
			found := query(t, db, "SELECT 1 FROM texts WHERE name %s", where)
			if where == "= 'x'" && wanted {
				t.Errorf("%q is wanted by %s", text, where)
			}
			if all := query(t, db, "SELECT 1 FROM texts WHERE +name %s", where); len(found) != len(all) {
				t.Errorf("%q %s: %d rows, want %d", text, where, len(found), len(all))
			}
		}
	}
}

// oneText is a reader of one row.
type oneText struct {
	text string
	read bool
}

func (r *oneText) Read(dst []string) ([]string, error) {
	if r.read {
		return dst, io.EOF
	}
	r.read = true
	return append(dst, r.text), nil
}

func (r *oneText) Close() error { return nil }
