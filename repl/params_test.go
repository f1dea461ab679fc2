package repl

import (
	"testing"

	"sockstat/vtab/engine"
)

func TestParseValue(t *testing.T) {
	for text, want := range map[string]engine.Value{
		"22":                   engine.Int(22),
		"-1":                   engine.Int(-1),
		"9223372036854775808":  engine.Float(9223372036854775808),
		"1.5":                  engine.Float(1.5),
		".5":                   engine.Float(.5),
		"1e3":                  engine.Float(1000),
		"1e999":                engine.String("1e999"),
		"inf":                  engine.String("inf"),
		"nan":                  engine.String("nan"),
		"0x10":                 engine.String("0x10"),
		"1_000":                engine.String("1_000"),
		"10.0.0.1":             engine.String("10.0.0.1"),
		"null":                 engine.Null(),
		"'null'":               engine.String("null"),
		"'22'":                 engine.String("22"),
		"'it''s'":              engine.String("it's"),
		"'":                    engine.String("'"),
		"":                     engine.String(""),
		"LISTEN":               engine.String("LISTEN"),
		"-":                    engine.String("-"),
		"-9223372036854775808": engine.Int(-1 << 63),
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
