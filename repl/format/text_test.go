package format

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// What is printed for people to read breaks at blanks on a terminal, and nowhere else.
func TestFolds(t *testing.T) {
	pairs := func(yield func(string, string) bool) {
		_ = yield("one", "what the first of them means, at some length") && yield("ワイド", "wide\x1b[1m")
	}
	sql := "-- Sockets and those who hold them\nCREATE TABLE t (\n  a TEXT,  -- the first column, with a long comment\n  b TEXT   -- short\n);"
	for _, c := range []struct {
		columns        int
		pairs, declare string
	}{
		{0, "one     what the first of them means, at some length\nワイド  wide\\x1b[1m\n", sql + "\n"},
		{30, "one     what the first of them\n        means, at some length\nワイド  wide\\x1b[1m\n",
			"-- Sockets and those who hold\n-- them\nCREATE TABLE t (\n  a TEXT,  -- the first\n           -- column, with a\n           -- long comment\n  b TEXT   -- short\n);\n"},
	} {
		var got, declared bytes.Buffer
		if err := PrintPairs(&got, c.columns, pairs); err != nil || got.String() != c.pairs {
			t.Errorf("%d columns:\n%s", c.columns, got.String())
		}
		if err := PrintDeclarations(&declared, c.columns, sql); err != nil || declared.String() != c.declare {
			t.Errorf("%d columns:\n%s", c.columns, declared.String())
		}
	}
	var narrow bytes.Buffer
	PrintPairs(&narrow, 20, pairs)
	if slices.ContainsFunc(strings.Split(narrow.String(), "\n"), func(line string) bool { return width([]byte(line)) > 20 }) {
		t.Errorf("20 columns:\n%s", narrow.String())
	}
}
