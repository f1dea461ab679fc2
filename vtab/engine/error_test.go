package engine

import "testing"

func TestErrorTellsThePosition(t *testing.T) {
	for _, c := range []struct {
		sql    string
		offset int
		want   string
	}{
		{"SELECT x", 7, "bad (line 1, column 8)"},
		{"SELECT\n x", 8, "bad (line 2, column 2)"},
		{"SELECT\r\n\n'é', x", 15, "bad (line 3, column 6)"},
		{"x", 0, "bad (line 1, column 1)"},
		{"x", 1, "bad (line 1, column 2)"}, // the end
		{"x", 2, "bad"},                    // not in the statement
		{"x", -1, "bad"},
		{"", -1, "bad"},
	} {
		e := &Error{Code: 1, Message: "bad", SQL: c.sql, Offset: c.offset}
		if got := e.Error(); got != c.want {
			t.Errorf("%q at %d: %s", c.sql, c.offset, got)
		}
	}
}
