package repl

import (
	"bytes"
	"context"
	"testing"

	"sockstat/repl/format"
	"sockstat/vtab/table"
)

func TestRun(t *testing.T) {
	db := openTest(t)
	params := map[string]table.Value{"port": table.Int(22), ":state": table.String("LISTEN"), "other": table.Null()}
	for _, test := range []struct{ sql, want, err string }{
		{"SELECT 1 AS a; SELECT 2 AS a;", "a\n1\na\n2\n", ""},
		{"-- nothing\n;;", "", ""},
		{"BEGIN; SELECT count(*) AS n FROM sockets; COMMIT", "n\n3\n", ""},
		{"SELECT name FROM sockets WHERE port = :port AND state = :state", "name\nsshd\n", ""},
		{"SELECT $port AS a, @port AS b", "a|b\n22|22\n", ""},
		{"SELECT 1 AS a; SELECT :x, :y", "a\n1\n", "parameters :x, :y have no value"},
		{"SELECT ?", "", "parameter ? has no value"},
		{"SELECT 1 AS a; SELECT nope; SELECT 3", "a\n1\n", "no such column: nope (line 1, column 23)"},
		{"SELECT 1;\x00SELECT 2", "", "statement contains a NUL character"},
	} {
		var got bytes.Buffer
		err := Run(context.Background(), db, test.sql, params, &got, format.Settings{Format: "list", Headers: true})
		if got.String() != test.want {
			t.Errorf("%s: printed %q, want %q", test.sql, got.String(), test.want)
		}
		if message(err) != test.err {
			t.Errorf("%s: error is %v, want %s", test.sql, err, test.err)
		}
	}
}

// message returns the text of an error, "" for none.
func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
