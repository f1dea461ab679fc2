package repl

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"sockstat/repl/format"
	"sockstat/vtab/table"
)

// parameter sets, removes and lists values of parameters.
func parameter(s *Shell, c *call) error {
	name := strings.TrimLeft(c.arg(1), ":@$")
	switch {
	case c.arg(0) == "set" && len(c.args) == 3 && name != "":
		s.Params[name] = argumentValue(c.args[2].raw, c.arg(2))
	case c.arg(0) == "unset" && len(c.args) == 2:
		delete(s.Params, name)
	case c.arg(0) == "clear" && len(c.args) == 1:
		clear(s.Params)
	case c.arg(0) == "list" && len(c.args) == 1:
		return format.PrintPairs(c.out, c.columns, func(yield func(string, string) bool) {
			for _, name := range slices.Sorted(maps.Keys(s.Params)) {
				if !yield(":"+name, literal(s.Params[name])) {
					return
				}
			}
		})
	default:
		return errUsage
	}
	return nil
}

// argumentValue returns the value of an argument, a text if it was quoted.
func argumentValue(raw, text string) table.Value {
	if raw != "" && (raw[0] == '\'' || raw[0] == '"') {
		return table.String(text)
	}
	return ParseValue(raw)
}

// literal returns a value as it stands in SQL.
func literal(v table.Value) string {
	switch v.Kind() {
	case table.KindNull:
		return "NULL"
	case table.KindText:
		return "'" + strings.ReplaceAll(v.Bytes(), "'", "''") + "'"
	case table.KindBlob:
		return fmt.Sprintf("x'%x'", v.Bytes())
	}
	return v.String()
}

// parameterWords completes the arguments of .parameter.
func parameterWords(s *Shell, words []string, _ string) []string {
	switch {
	case len(words) == 0:
		return []string{"set", "unset", "list", "clear"}
	case len(words) == 1 && (words[0] == "set" || words[0] == "unset"):
		return slices.Sorted(maps.Keys(s.Params))
	}
	return nil
}
