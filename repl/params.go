package repl

import (
	"math"
	"strconv"
	"strings"

	"sockstat/vtab/engine"
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
func bind(st *engine.Stmt, params map[string]engine.Value) error {
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

// ParseValue reads a value as a user types it: what looks like a number is an INTEGER or a
// REAL, NULL is NULL, and the rest is TEXT, in quotes or not.
func ParseValue(s string) engine.Value {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return engine.Int(n)
	}
	if strings.Trim(s, "0123456789+-.eE") == "" { // not Go's other spellings
		if f, err := strconv.ParseFloat(s, 64); err == nil && !math.IsInf(f, 0) {
			return engine.Float(f)
		}
	}
	switch n := len(s); {
	case strings.EqualFold(s, "NULL"):
		return engine.Null()
	case n >= 2 && s[0] == '\'' && s[n-1] == '\'':
		return engine.String(strings.ReplaceAll(s[1:n-1], "''", "'"))
	}
	return engine.String(s)
}
