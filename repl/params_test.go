package repl

import (
	"testing"

	"sockstat/vtab/table"
)

func TestParseValue(t *testing.T) {
	for text, want := range map[string]table.Value{
		"22":                   table.Int(22),
		"-1":                   table.Int(-1),
		"9223372036854775808":  table.Float(9223372036854775808),
		"1.5":                  table.Float(1.5),
		".5":                   table.Float(.5),
		"1e3":                  table.Float(1000),
		"1e999":                table.String("1e999"),
		"inf":                  table.String("inf"),
		"nan":                  table.String("nan"),
		"0x10":                 table.String("0x10"),
		"1_000":                table.String("1_000"),
		"10.0.0.1":             table.String("10.0.0.1"),
		"null":                 table.Null(),
		"'null'":               table.String("null"),
		"'22'":                 table.String("22"),
		"'it''s'":              table.String("it's"),
		"'":                    table.String("'"),
		"":                     table.String(""),
		"LISTEN":               table.String("LISTEN"),
		"-":                    table.String("-"),
		"-9223372036854775808": table.Int(-1 << 63),
	} {
		if got := ParseValue(text); got != want {
			t.Errorf("ParseValue(%q) is %v %v, want %v %v", text, got.Kind(), got, want.Kind(), want)
		}
	}
}

func TestSplitArguments(t *testing.T) {
	for line, want := range map[string]string{
		`mode csv`:           "[mode][csv]",
		`  mode	 csv  `:      "[mode][csv]",
		`read 'a b.sql'`:     "[read][a b.sql]",
		`read "a \"b\".sql"`: `[read][a "b".sql]`,
		`read it's.sql`:      "[read][it's.sql]",
		`read 'it''s'`:       "[read][it's]",
		`nullvalue ''`:       "[nullvalue][]",
		`run q a='x y' b=1`:  "[run][q][a=x y][b=1]",
		`run q a=`:           "[run][q][a=]",
		`x "\t\n\q"`:         "[x][\t\n\\q]",
		`once 'open`:         "unterminated quote",
	} {
		args, err := splitArguments(line)
		got := message(err)
		for _, a := range args {
			if err == nil {
				got += "[" + a.text + "]"
			}
		}
		if got != want {
			t.Errorf("%s: %s, want %s", line, got, want)
		}
	}
}
