package repl

import (
	"maps"
	"math"
	"strconv"
	"strings"

	"sockstat/queries"
	"sockstat/vtab/engine"
	"sockstat/vtab/table"
)

// ParamError says that parameters of a statement have no value.
type ParamError struct {
	Names []string // as they stand in the statement
}

func (e *ParamError) Error() string {
	if len(e.Names) == 1 {
		return "parameter " + e.Names[0] + " has no value"
	}
	return "parameters " + strings.Join(e.Names, ", ") + " have no value"
}

// Hint returns what to do about it on the command line.
func (e *ParamError) Hint() string { return "--param " + e.bare() + "=VALUE" }

// bare returns the first name without its prefix.
func (e *ParamError) bare() string { return strings.TrimLeft(e.Names[0], ":@$?") }

// bind gives the parameters of a statement their values.
func bind(st *engine.Stmt, params map[string]table.Value) error {
	for name, v := range params {
		if _, err := st.Bind(name, v); err != nil {
			return err
		}
	}
	unbound := st.Unbound()
	for i, name := range unbound {
		if name == "" {
			unbound[i] = "?"
		}
	}
	if len(unbound) > 0 {
		return &ParamError{unbound}
	}
	return nil
}

// Params returns the parameters to run a saved query with: its defaults, and in their place
// what is given, the last one that gives a name a value winning.
func Params(q queries.Query, given ...map[string]table.Value) map[string]table.Value {
	params := map[string]table.Value{}
	for _, p := range q.Params {
		if p.HasDefault {
			params[p.Name] = ParseValue(p.Default)
		}
	}
	for _, values := range given {
		maps.Copy(params, values)
	}
	return params
}

// ParseValue reads a value as a user types it: what looks like a number is an INTEGER or a
// REAL, NULL is NULL, and the rest is TEXT, in quotes or not.
func ParseValue(s string) table.Value {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return table.Int(n)
	}
	if strings.Trim(s, "0123456789+-.eE") == "" { // not Go's other spellings
		if f, err := strconv.ParseFloat(s, 64); err == nil && !math.IsInf(f, 0) {
			return table.Float(f)
		}
	}
	switch n := len(s); {
	case strings.EqualFold(s, "NULL"):
		return table.Null()
	case n >= 2 && s[0] == '\'' && s[n-1] == '\'':
		return table.String(strings.ReplaceAll(s[1:n-1], "''", "'"))
	}
	return table.String(s)
}
